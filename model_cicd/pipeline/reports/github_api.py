"""What a run says on GitHub itself: the status of its commit, and one comment on its pull request.

https://docs.github.com/en/rest/commits/statuses and https://docs.github.com/en/rest/issues/comments
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from model_cicd.pipeline.reports.ending import Ending
from model_cicd.pipeline.reports.escape import code
from model_cicd.pipeline.reports.github_http import DEFAULT, GitHubError, ask
from model_cicd.pipeline.reports.markdown import markdown, title

_PAGES = 30  # of 100 comments each
_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)
_SHA = re.compile(r"[0-9a-f]{40,64}")
_LONGEST_COMMENT = 60_000
_STATES = {"Succeeded": "success", "Checked": "success", "Executing": "pending", "NotStarted": "error"}


@dataclass(frozen=True, kw_only=True)
class Job:
    """The job of a workflow, as its variables and its event's payload say; empty and 0 where they say nothing."""

    api: str
    token: str
    repository: str
    sha: str
    url: str
    pull_request: int
    group: str


def read_job(environment: Mapping[str, str], payload: Mapping[str, Any]) -> Job:
    """The job of the variables that GitHub sets; a pull request's statuses belong to its head, not to GITHUB_SHA."""
    pull = payload.get("pull_request")
    pull = pull if isinstance(pull, Mapping) else {}
    head, number = pull.get("head"), pull.get("number")
    sha = str(head.get("sha", "")) if isinstance(head, Mapping) else environment.get("GITHUB_SHA", "")
    repository = environment.get("GITHUB_REPOSITORY", "")
    server, run = environment.get("GITHUB_SERVER_URL", "https://github.com"), environment.get("GITHUB_RUN_ID", "")
    return Job(
        api=environment.get("GITHUB_API_URL") or DEFAULT,
        token=environment.get("GITHUB_TOKEN", ""),
        repository=repository if _REPOSITORY.fullmatch(repository) else "",
        sha=sha if _SHA.fullmatch(sha) else "",
        url=f"{server}/{repository}/actions/runs/{run}" if run.isdigit() else "",
        pull_request=number if isinstance(number, int) and not isinstance(number, bool) and number > 0 else 0,
        group=environment.get("DEPLOYMENT_GROUP", ""),
    )


def set_status(job: Job, ending: Ending) -> None:
    """Put the run's status on the commit. Raises GitHubError."""
    body = {
        "state": _STATES.get(ending.status, "failure") if ending.good or ending.status == "NotStarted" else "failure",
        "context": f"model-cicd/{job.group}" if job.group else "model-cicd",
        "description": title(ending)[:140],
        **({"target_url": job.url} if job.url else {}),
    }
    _ask(job, "POST", f"/repos/{job.repository}/statuses/{job.sha}", body)


def comment(job: Job, ending: Ending) -> None:
    """Say it on the pull request, in the comment of the run before where there is one. Raises GitHubError."""
    group = f"\n\ngroup {code(job.group)}\n" if job.group else "\n"
    write_comment(job, f"run {job.group or 'pipeline'}", title(ending), markdown(ending) + group)


def write_comment(job: Job, subject: str, heading: str, text: str) -> None:
    """Write `text` on the pull request, over the comment of before on the same subject; of one too long, the heading.

    Raises GitHubError.
    """
    marker = f"<!-- model-cicd {re.sub(r'[^A-Za-z0-9_ ./-]', '', subject)} -->"
    text = f"{marker}\n{text}"
    if len(text) > _LONGEST_COMMENT:
        text = f"{marker}\n### {heading}\n\nToo long for a comment: the job's summary has all of it.\n"
    comments = f"/repos/{job.repository}/issues/{job.pull_request}/comments"
    own = _own_comment(job, comments, marker)
    if own is None:
        _ask(job, "POST", comments, {"body": text})
    else:
        _ask(job, "PATCH", f"/repos/{job.repository}/issues/comments/{own}", {"body": text})


def _own_comment(job: Job, comments: str, marker: str) -> int | None:
    """The comment that begins with the marker and is a bot's: whoever else writes the marker is not written over."""
    for page in range(1, _PAGES + 1):
        found = _ask(job, "GET", f"{comments}?per_page=100&page={page}")
        if not isinstance(found, list):
            raise GitHubError(f"GET {comments}: the answer is no list")
        for each in found:
            by = (each.get("user") or {}).get("type")
            if by == "Bot" and str(each.get("body", "")).startswith(marker) and isinstance(each.get("id"), int):
                return int(each["id"])
        if len(found) < 100:
            return None
    return None


def _ask(job: Job, method: str, path: str, body: object = None) -> Any:
    try:
        return ask(job.api, job.token, method, path, body)
    except GitHubError as error:
        wanted = "statuses: write" if "/statuses/" in path else "pull-requests: write"
        needs = f"; the job needs the permission `{wanted}`" if error.status in (403, 404) else ""
        raise GitHubError(f"{error}{needs}", error.status) from None
