"""`--report github`: the summary of the job, and one comment on the pull request. Nothing here fails a plan."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from model_cicd.pipeline.reports import github_api
from model_cicd.pipeline.reports.escape import command
from model_cicd.pipeline.reports.github import read_payload
from model_cicd.pipeline.reports.github_http import GitHubError
from model_cicd.plan.documents import as_markdown, title
from model_cicd.plan.records import Plan


def publish(plan: Plan, environment: Mapping[str, str], say: Callable[[str], None]) -> None:
    """Tell GitHub; what it does not take is said as a warning."""
    for problem in (*_summary(plan, environment), *_comment(plan, environment)):
        say(command("warning", problem, {"title": "model-cicd plan"}))


def _summary(plan: Plan, environment: Mapping[str, str]) -> Iterator[str]:
    path = environment.get("GITHUB_STEP_SUMMARY")
    if not path:
        yield "GITHUB_STEP_SUMMARY is not set: not in a job of GitHub Actions?"
        return
    try:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(as_markdown(plan))
    except OSError as error:
        yield f"GITHUB_STEP_SUMMARY: cannot be written: {error.strerror}"


def _comment(plan: Plan, environment: Mapping[str, str]) -> Iterator[str]:
    try:
        job = github_api.read_job(environment, read_payload(environment))
    except (OSError, ValueError) as error:
        yield f"GITHUB_EVENT_PATH cannot be read: {error}"
        return
    if not job.pull_request or not job.token or not job.repository:
        return  # a push, or a job without a token: the summary says it
    try:
        github_api.write_comment(job, f"plan {Path(plan.manifest).as_posix()}", title(plan), as_markdown(plan))
    except GitHubError as error:
        yield f"GitHub was not told: {error}"
