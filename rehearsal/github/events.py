"""What happened, as webhooks tell it, handed to listeners in order and after the request that made it was answered.

https://docs.github.com/en/webhooks/webhook-events-and-payloads
"""

from __future__ import annotations

import logging
import queue
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rehearsal import threads
from rehearsal.git import NO_COMMIT, GitError
from rehearsal.github.ports import GitHubEvent
from rehearsal.github.repositories import GITHUB, Repository, shown
from rehearsal.github.tokens import ROBOT

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Happened:
    """An event of a repository of any host, with the repository as it is now."""

    repository: Repository
    event: GitHubEvent


Listener = Callable[[Happened], None]


class Events:
    """One thread hands out everything. What a job's token did starts no workflow, as on GitHub, except dispatches."""

    def __init__(self) -> None:
        self._queue: queue.Queue[Happened | None] = queue.Queue()
        self._listeners: list[Listener] = []
        self._thread = threads.start(self._run, "github events")

    def listen(self, listener: Listener) -> None:
        """Hand `listener` every event of every host from now on."""
        self._listeners.append(listener)

    def workflows(self, listener: Callable[[GitHubEvent], None]) -> None:
        """Hand `listener` the events that start workflows of GitHub."""

        def chosen(happened: Happened) -> None:
            silent = happened.event.actor == ROBOT and happened.event.name != "workflow_dispatch"
            if happened.repository.host == GITHUB and not silent:
                listener(happened.event)

        self._listeners.append(chosen)

    def put(self, repository: Repository, event: GitHubEvent) -> None:
        """Something happened."""
        self._queue.put(Happened(repository, event))

    def drained(self) -> None:
        """Wait until everything that happened so far was handed out."""
        self._queue.join()

    @property
    def idle(self) -> bool:
        """Whether everything was handed out."""
        return not self._queue.unfinished_tasks

    def close(self) -> None:
        """Hand out no more."""
        self._queue.put(None)

    def _run(self) -> None:
        while (happened := self._queue.get()) is not None:
            for listener in list(self._listeners):
                try:
                    listener(happened)
                except Exception:
                    log.exception("%s of %s was not heard", happened.event.name, happened.event.repository)
            self._queue.task_done()
        self._queue.task_done()


def push(repository: Repository, ref: str, before: str | None, after: str | None, actor: str) -> GitHubEvent:
    """A branch or tag was made, moved or deleted."""
    payload: dict[str, Any] = {
        "ref": ref,
        "before": before or NO_COMMIT,
        "after": after or NO_COMMIT,
        "created": before is None,
        "deleted": after is None,
        "forced": bool(before and after and repository.git.merge_base(before, after) != before),
        "compare": f"{repository.url}/compare/{(before or NO_COMMIT)[:12]}...{(after or NO_COMMIT)[:12]}",
        "repository": shown(repository),
        "pusher": {"name": actor},
        "sender": {"login": actor},
        "head_commit": _commit(repository, before, after) if after else None,
    }
    payload["commits"] = [payload["head_commit"]] if after and ref.startswith("refs/heads/") else []
    return GitHubEvent("push", repository.name, ref, after or NO_COMMIT, actor, payload)


def pull_request(repository: Repository, pull: Mapping[str, Any], action: str, actor: str) -> GitHubEvent:
    """A pull request was opened, got commits, was reopened or closed. `sha` is its merge commit, if there is one."""
    payload = {
        "action": action,
        "number": pull["number"],
        "pull_request": dict(pull),
        "repository": shown(repository),
        "sender": {"login": actor},
    }
    sha = str(pull.get("merge_commit_sha") or pull["head"]["sha"])
    return GitHubEvent("pull_request", repository.name, f"refs/pull/{pull['number']}/merge", sha, actor, payload)


def changed_paths(repository: Repository, before: str | None, after: str) -> list[str]:
    """The files that differ between two commits."""
    try:
        return [each.path for each in repository.git.differences(before, after)]
    except GitError:
        return []


def _commit(repository: Repository, before: str | None, after: str) -> dict[str, Any] | None:
    try:
        found = repository.git.commit(repository.git.resolve(after) or after)
        known = before if before and repository.git.resolve(before) else None
        changes = repository.git.differences(known, found.commit_id)
    except GitError:
        return None
    kinds = {"A": "added", "D": "removed"}
    name, _, rest = found.author.partition(" <")
    made: dict[str, Any] = {
        "id": found.commit_id,
        "message": found.message.rstrip("\n"),
        "url": f"{repository.url}/commit/{found.commit_id}",
        "author": {"name": name, "email": rest.partition(">")[0]},
        "added": [],
        "removed": [],
        "modified": [],
    }
    for change in changes:
        made[kinds.get(change.status, "modified")].append(change.path)
    return made
