"""What services of AWS see of the hosts through a connection: a `RepositoryHosts`."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

from rehearsal.github.events import Events, Happened, changed_paths
from rehearsal.github.repositories import Repositories, Repository
from rehearsal.ports import HostChange, HostCommit

_ACTIONS = {"opened": "OPEN", "reopened": "OPEN", "synchronize": "UPDATED", "closed": "CLOSED"}


class Sources:
    """Of all hosts."""

    def __init__(self, repositories: Repositories, bus: Events) -> None:
        self._repositories = repositories
        self._bus = bus

    def on_change(self, listener: Callable[[HostChange], None]) -> None:
        """Call `listener` for each push and pull request of every host."""

        def heard(happened: Happened) -> None:
            change = _change(happened)
            if change is not None:
                listener(change)

        self._bus.listen(heard)

    def commit(self, host: str, repository: str, name: str) -> HostCommit:
        """The commit of a branch, tag or id. Raises KeyError."""
        git = self._repositories.at(repository, host).git
        sha = git.resolve(name)
        if sha is None:
            raise KeyError(f"{repository} at {host} has no commit {name}")
        found = git.commit(sha)
        who, seconds, _ = found.author.rsplit(" ", 2)
        author, _, email = who.partition(" <")
        date = datetime.datetime.fromtimestamp(int(seconds), datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return HostCommit(sha, found.message.rstrip("\n"), author, email.rstrip(">"), date)

    def archive(self, host: str, repository: str, sha: str) -> bytes:
        """A zip of the files of a commit. Raises KeyError."""
        return self._repositories.at(repository, host).git.archive(self.commit(host, repository, sha).sha)

    def bundle(self, host: str, repository: str) -> bytes:
        """All branches and tags with their history. Raises KeyError."""
        return self._repositories.at(repository, host).git.bundle()


def _change(happened: Happened) -> HostChange | None:
    """What an event tells a connection; None for deletions, dispatches and the like."""
    event, repository = happened.event, happened.repository
    if event.name == "push":
        before = event.payload["before"] if not event.payload["created"] else None
        if event.payload["deleted"]:
            return None
        paths = tuple(changed_paths(repository, before, event.sha))
        return HostChange(repository.host, repository.name, event.ref, event.sha, paths)
    kind = _ACTIONS.get(str(event.payload.get("action")))
    if event.name != "pull_request" or kind is None or event.from_fork:
        return None
    return _of_pull(repository, dict(event.payload["pull_request"]), kind)


def _of_pull(repository: Repository, pull: dict[str, Any], kind: str) -> HostChange:
    head, base = pull["head"], pull["base"]
    paths = tuple(changed_paths(repository, repository.git.merge_base(base["sha"], head["sha"]), head["sha"]))
    ref = f"refs/heads/{head['ref']}"
    return HostChange(
        repository.host, repository.name, ref, head["sha"], paths, kind, base["ref"], pull["number"], pull["title"]
    )
