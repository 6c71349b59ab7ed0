"""A branch or tag moved: the event of CodeCommit, and the listeners inside the process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rehearsal.codecommit.state import Repository, now
from rehearsal.git import NO_COMMIT
from rehearsal.ports import BranchMoved, EventSink


@dataclass(frozen=True)
class RefChange:
    """A reference moved from `old` to `new`; None stands for its absence."""

    repository: Repository
    ref: str
    old: str | None
    new: str | None
    caller_arn: str

    @property
    def branch(self) -> str | None:
        """The branch's name, or None for a tag."""
        return self.ref.removeprefix("refs/heads/") if self.ref.startswith("refs/heads/") else None


class Changes:
    """Where changes are reported. `listeners` hear of branches that moved, in turn, before `report` returns."""

    def __init__(self, bus: EventSink) -> None:
        self._bus = bus
        self.listeners: list[Callable[[BranchMoved], None]] = []

    def report(self, change: RefChange) -> None:
        """Keep the default branch, emit the event of CodeCommit, call the listeners.

        https://docs.aws.amazon.com/codecommit/latest/userguide/monitoring-events.html
        """
        repository = change.repository
        repository.modified = now()
        if change.branch and change.new and repository.default_branch is None:
            repository.default_branch = change.branch
            repository.git.set_head(change.branch)
        if not change.ref.startswith(("refs/heads/", "refs/tags/")):
            return
        kind, name = change.ref.removeprefix("refs/").split("/", 1)
        event = "referenceDeleted" if not change.new else "referenceUpdated" if change.old else "referenceCreated"
        detail = {
            "callerUserArn": change.caller_arn,
            "event": event,
            "repositoryName": repository.name,
            "repositoryId": repository.repository_id,
            "referenceType": "branch" if kind == "heads" else "tag",
            "referenceName": name,
            "referenceFullName": change.ref,
        }
        if change.new:
            detail["commitId"] = change.new
        if change.old:
            detail["oldCommitId"] = change.old
        self._bus.emit(
            account=repository.account,
            region=repository.region,
            source="aws.codecommit",
            detail_type="CodeCommit Repository State Change",
            detail=detail,
            resources=[repository.arn],
        )
        if change.branch and change.new:
            moved = BranchMoved(repository.account, repository.region, repository.name, change.branch)
            for listener in self.listeners:
                listener(moved)


def commit_or_none(commit_id: str) -> str | None:
    """A commit id of git's hooks: all zeros means none."""
    return None if commit_id == NO_COMMIT else commit_id
