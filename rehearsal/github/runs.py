"""What became of workflows, as the API of Actions tells it: runs, and their jobs with steps.

https://docs.github.com/en/rest/actions/workflow-runs
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from rehearsal.github.answers import Failed
from rehearsal.github.api import Call, Route
from rehearsal.github.repositories import Repository

_FILTERS = ("branch", "event", "head_sha", "status")
_MOST_JOBS = 1000  # of one run: what tells the ids of jobs apart


class Run(Protocol):
    """One run, which can describe itself."""

    def describe(self) -> dict[str, Any]:
        """Its facts."""


class Runner(Protocol):
    """Who runs workflows."""

    def runs(self, repository: str) -> Sequence[Run]:
        """The runs of a repository, oldest first."""

    def close(self) -> None:
        """End what runs."""


class Runs:
    """The runs of `runner`, once somebody runs workflows (`runner` is None where nobody does)."""

    def __init__(self) -> None:
        self.runner: Runner | None = None

    def routes(self) -> tuple[Route, ...]:
        """Its part of the API."""
        return (
            Route("GET", "/actions/runs", ("actions",), self.list),
            Route("GET", "/actions/runs/{id}", ("actions",), self.one),
            Route("GET", "/actions/runs/{id}/jobs", ("actions",), self.jobs),
        )

    def list(self, call: Call) -> tuple[int, Any]:
        """Those that the filters let through, newest first, all on one page."""
        if unknown := sorted(set(call.query) - {*_FILTERS, "per_page", "page"}):
            raise Failed(501, f"the rehearsal's GitHub does not support the filter {', '.join(unknown)}")
        wanted = {name.replace("branch", "head_branch"): call.query[name] for name in _FILTERS if name in call.query}
        found = [_shown(call.repository, each) for each in reversed(self._of(call))]
        found = [each for each in found if all(_fits(each, name, value) for name, value in wanted.items())]
        return 200, {"total_count": len(found), "workflow_runs": found if call.query.get("page", "1") == "1" else []}

    def one(self, call: Call) -> tuple[int, Any]:
        """One of them."""
        return 200, _shown(call.repository, self._at(call))

    def jobs(self, call: Call) -> tuple[int, Any]:
        """The jobs of a run, each with its steps."""
        run = self._at(call)
        found = [_job(run, number, each) for number, each in enumerate(run["jobs"])]
        return 200, {"total_count": len(found), "jobs": found}

    def _of(self, call: Call) -> Sequence[Mapping[str, Any]]:
        runs = self.runner.runs(call.repository.name) if self.runner else ()
        return [each.describe() for each in runs]

    def _at(self, call: Call) -> Mapping[str, Any]:
        found = next((each for each in self._of(call) if str(each["id"]) == call.parts["id"]), None)
        if found is None:
            raise Failed(404, "Not Found")
        return found


def _fits(run: Mapping[str, Any], name: str, value: str) -> bool:
    """`status` is one of status or conclusion, as the filter of the API is."""
    return value in (run["status"], run["conclusion"]) if name == "status" else run[name] == value


def _shown(repository: Repository, run: Mapping[str, Any]) -> dict[str, Any]:
    """A run; that of a pull request shows the branch and commit of its head, not the merge that it ran on."""
    branch, sha = run["ref"].removeprefix("refs/heads/").removeprefix("refs/tags/"), run["sha"]
    if run["event"] == "pull_request":
        branch, parents = (
            repository.pulls[int(run["ref"].split("/")[2])]["head"]["ref"],
            repository.git.commit(sha).parents,
        )
        sha = parents[-1] if len(parents) == 2 else sha  # one that conflicts ran on the head itself
    return {
        "id": run["id"],
        "name": run["workflow"],
        "path": run["path"],
        "run_number": run["number"],
        "event": run["event"],
        "head_branch": branch,
        "head_sha": sha,
        "status": run["status"],
        "conclusion": run["conclusion"] or None,
        "html_url": f"{repository.url}/actions/runs/{run['id']}",
    }


def _job(run: Mapping[str, Any], number: int, job: Mapping[str, Any]) -> dict[str, Any]:
    steps = [
        {"number": count, **{name: each[name] or None for name in ("name", "status", "conclusion")}}
        for count, each in enumerate(job["steps"], 1)
    ]
    return {
        "id": run["id"] * _MOST_JOBS + number,
        "run_id": run["id"],
        "name": job["name"],
        "status": job["status"],
        "conclusion": job["conclusion"] or None,
        "steps": steps,
    }
