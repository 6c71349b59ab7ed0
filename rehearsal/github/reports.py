"""The API of what jobs report on commits and pull requests: statuses, check runs, comments; and pull requests."""

from __future__ import annotations

import itertools
from typing import Any

from rehearsal.github.answers import Failed, now
from rehearsal.github.api import Call, Route
from rehearsal.github.contents import resolved
from rehearsal.github.events import changed_paths
from rehearsal.github.pulls import Pulls

_STATES = ("error", "failure", "pending", "success")
_CONCLUSIONS = ("action_required", "cancelled", "failure", "neutral", "skipped", "success", "timed_out")
_CHECK_STATES = ("queued", "in_progress", "completed")
_COMMENTS = ("issues", "pull-requests")


class Reports:
    """https://docs.github.com/en/rest/commits/statuses https://docs.github.com/en/rest/checks/runs"""

    def __init__(self, pulls: Pulls) -> None:
        self._pulls = pulls
        self._ids = itertools.count(1)

    def routes(self) -> tuple[Route, ...]:
        """Its part of the API. Longer paths come before those that would take them in."""
        pull = ("pull-requests",)
        return (
            Route("POST", "/statuses/{sha}", ("statuses",), self.set_status),
            Route("GET", "/commits/{ref}/statuses", ("statuses",), self.statuses),
            Route("GET", "/commits/{ref}/status", ("statuses",), self.status),
            Route("POST", "/check-runs", ("checks",), self.check),
            Route("PATCH", "/check-runs/{id}", ("checks",), self.update_check),
            Route("GET", "/commits/{ref}/check-runs", ("checks",), self.checks),
            Route("GET", "/issues/{number}/comments", _COMMENTS, self.comments),
            Route("POST", "/issues/{number}/comments", _COMMENTS, self.comment),
            Route("PATCH", "/issues/comments/{id}", _COMMENTS, self.edit_comment),
            Route("GET", "/pulls", pull, self.list_pulls),
            Route("POST", "/pulls", pull, self.open_pull),
            Route("GET", "/pulls/{number}", pull, self.pull),
            Route("PATCH", "/pulls/{number}", pull, self.edit_pull),
            Route("GET", "/pulls/{number}/files", pull, self.files),
            Route("PUT", "/pulls/{number}/merge", ("contents",), self.merge),
        )

    def set_status(self, call: Call) -> tuple[int, Any]:
        """A status of a commit; the latest of a context counts."""
        call.need("state", of="Status")
        if call.body["state"] not in _STATES:
            raise Failed.validation("Status", "state")
        sha = resolved(call.repository, call.parts["sha"])
        given = {name: call.body.get(name) for name in ("target_url", "description")}
        if len(given["description"] or "") > 140:
            raise Failed.validation("Status", "description")
        made = {"id": next(self._ids), "state": call.body["state"], "context": call.body.get("context") or "default",
                **given, "created_at": now(), "creator": {"login": call.token.login}}  # fmt: skip
        call.repository.statuses.append({**made, "sha": sha})
        return 201, made

    def statuses(self, call: Call) -> tuple[int, Any]:
        """The statuses of a commit, the latest first."""
        sha = resolved(call.repository, call.parts["ref"])
        return 200, [each for each in reversed(call.repository.statuses) if each["sha"] == sha]

    def status(self, call: Call) -> tuple[int, Any]:
        """What the latest statuses of a commit come to."""
        _, found = self.statuses(call)
        latest = list({each["context"]: each for each in reversed(found)}.values())
        states = {each["state"] for each in latest}
        state = "failure" if states & {"failure", "error"} else "success" if states == {"success"} else "pending"
        sha = resolved(call.repository, call.parts["ref"])
        return 200, {"state": state, "sha": sha, "total_count": len(latest), "statuses": latest}

    def check(self, call: Call) -> tuple[int, Any]:
        """A check run; those of a person's token there are none."""
        call.need("name", "head_sha", of="CheckRun")
        if call.token.repository is None:
            raise Failed(403, "You must authenticate via a GitHub App.")
        made: dict[str, Any] = {"id": next(self._ids), "started_at": now(), "status": "queued", "conclusion": None}
        made |= {"name": call.body["name"], "head_sha": resolved(call.repository, call.body["head_sha"])}
        call.repository.checks[made["id"]] = self._checked(made, call)
        return 201, made

    def update_check(self, call: Call) -> tuple[int, Any]:
        """Go on with a check run."""
        return 200, self._checked(_one(call.repository.checks, call.parts["id"]), call)

    def checks(self, call: Call) -> tuple[int, Any]:
        """The check runs of a commit."""
        sha = resolved(call.repository, call.parts["ref"])
        found = [each for each in call.repository.checks.values() if each["head_sha"] == sha]
        return 200, {"total_count": len(found), "check_runs": found}

    def comments(self, call: Call) -> tuple[int, Any]:
        """The comments of a pull request."""
        number = _one(call.repository.pulls, call.parts["number"])["number"]
        return 200, [each for each in call.repository.comments.values() if each["issue"] == number]

    def comment(self, call: Call) -> tuple[int, Any]:
        """A new comment."""
        call.need("body", of="IssueComment")
        number = _one(call.repository.pulls, call.parts["number"])["number"]
        made = {"id": next(self._ids), "issue": number, "body": call.body["body"], "created_at": now()}
        made |= {"user": {"login": call.token.login}, "updated_at": made["created_at"]}
        made["html_url"] = f"{call.repository.url}/pull/{number}#issuecomment-{made['id']}"
        call.repository.comments[made["id"]] = made
        return 201, made

    def edit_comment(self, call: Call) -> tuple[int, Any]:
        """Another text of a comment."""
        call.need("body", of="IssueComment")
        found = _one(call.repository.comments, call.parts["id"])
        found |= {"body": call.body["body"], "updated_at": now()}
        return 200, found

    def list_pulls(self, call: Call) -> tuple[int, Any]:
        """Those of a state, `open` by default."""
        state = call.query.get("state", "open")
        found = [each for each in call.repository.pulls.values() if state in ("all", each["state"])]
        head = call.query.get("head")
        return 200, [each for each in found if head in (None, each["head"]["label"])]

    def open_pull(self, call: Call) -> tuple[int, Any]:
        """A new pull request."""
        call.need("head", "base", "title", of="PullRequest")
        return 201, self._pulls.open(call.repository, call.body, call.token.login)

    def pull(self, call: Call) -> tuple[int, Any]:
        """One pull request."""
        return 200, _one(call.repository.pulls, call.parts["number"])

    def edit_pull(self, call: Call) -> tuple[int, Any]:
        """Its title, body or state."""
        found = _one(call.repository.pulls, call.parts["number"])
        return 200, self._pulls.edit(call.repository, found, call.body, call.token.login)

    def files(self, call: Call) -> tuple[int, Any]:
        """What it changes."""
        found = _one(call.repository.pulls, call.parts["number"])
        git = call.repository.git
        base = git.merge_base(found["base"]["sha"], found["head"]["sha"])
        return 200, [{"filename": path} for path in changed_paths(call.repository, base, found["head"]["sha"])]

    def merge(self, call: Call) -> tuple[int, Any]:
        """Merge it."""
        found = _one(call.repository.pulls, call.parts["number"])
        return 200, self._pulls.merge(call.repository, found, call.token.login)

    def _checked(self, check: dict[str, Any], call: Call) -> dict[str, Any]:
        status, conclusion = call.body.get("status", check["status"]), call.body.get("conclusion")
        if status not in _CHECK_STATES or (status == "completed" and not (conclusion or check["conclusion"])):
            raise Failed.validation("CheckRun", "status")
        if conclusion not in (None, *_CONCLUSIONS):
            raise Failed.validation("CheckRun", "conclusion")
        done = {"status": "completed", "conclusion": conclusion, "completed_at": now()} if conclusion else {}
        given = {
            name: call.body[name] for name in ("output", "details_url", "external_id", "name") if name in call.body
        }
        check |= {"status": status, **given, **done}
        return check


def _one(found: dict[int, dict[str, Any]], number: str) -> dict[str, Any]:
    """The one with a number of the path. Raises Failed 404."""
    if not number.isdecimal() or int(number) not in found:
        raise Failed(404, "Not Found")
    return found[int(number)]
