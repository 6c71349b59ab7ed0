"""Repositories of GitHub and of the other hosts of connections: bare git repositories, and what the API keeps."""

from __future__ import annotations

import itertools
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rehearsal.git import Git
from rehearsal.paths import below
from rehearsal.process import Processes

GITHUB, OTHERS = "github.com", ("gitlab.com", "bitbucket.org")
HOSTS = (GITHUB, *OTHERS)
# repo and context are what the default subject is made of
DEFAULT_SUBJECT = ("repo", "context")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}(/[\w.-]{1,100}){1,5}", re.ASCII)


@dataclass
class Repository:
    """A repository `name` (owner/name) of a host; `parent` is what a fork is one of.

    `subject` are the keys that the subject of its tokens is made of, `environments` the variables of each environment.
    """

    name: str
    git: Git
    number: int
    host: str = GITHUB
    default_branch: str = "main"
    parent: str | None = None
    variables: dict[str, str] = field(default_factory=dict)
    environments: dict[str, dict[str, str]] = field(default_factory=dict)
    subject: tuple[str, ...] = DEFAULT_SUBJECT
    pulls: dict[int, dict[str, Any]] = field(default_factory=dict)
    comments: dict[int, dict[str, Any]] = field(default_factory=dict)
    statuses: list[dict[str, Any]] = field(default_factory=list)
    checks: dict[int, dict[str, Any]] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def owner(self) -> str:
        """The user or organization."""
        return self.name.partition("/")[0]

    @property
    def url(self) -> str:
        """Where people see it."""
        return f"https://{self.host}/{self.name}"


class Repositories:
    """All repositories of one rehearsal, by host and name. Thread-safe."""

    def __init__(self, processes: Processes, directory: Path) -> None:
        self._processes = processes
        self._directory = directory
        self._all: dict[tuple[str, str], Repository] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.RLock()

    def create(self, name: str, host: str = GITHUB, parent: Repository | None = None) -> Repository:
        """An empty repository, or a fork. Raises ValueError for a name that is none or is taken."""
        if not _NAME.fullmatch(name) or name.endswith(".git") or ".." in name or host not in HOSTS:
            raise ValueError(f"got the repository {name!r} at {host!r}, expected OWNER/NAME at {', '.join(HOSTS)}")
        git = Git(self._processes, below(self._directory, host, *name.lower().split("/")))
        with self._lock:
            if self.find(name, host):
                raise ValueError(f"the repository {name} exists at {host}")
            made = Repository(name, git, next(self._numbers), host, parent=parent.name if parent else None)
            git.create(None, **{"receive.hideRefs": "refs/pull", "receive.denyDeleteCurrent": "refuse"})
            if parent:
                git.fetch(parent.git, "+refs/heads/*:refs/heads/*")
                made.default_branch = parent.default_branch
            self._all[host, name.lower()] = made
        return made

    def find(self, name: str, host: str = GITHUB) -> Repository | None:
        """The repository of a name, in any case, or None."""
        with self._lock:
            return self._all.get((host, name.lower()))

    def at(self, name: str, host: str = GITHUB) -> Repository:
        """The repository of a name. Raises KeyError."""
        found = self.find(name, host)
        if found is None:
            raise KeyError(f"{host} of this rehearsal has no repository {name}")
        return found

    def all(self) -> list[Repository]:
        """All of them."""
        with self._lock:
            return list(self._all.values())


def shown(repository: Repository) -> Mapping[str, Any]:
    """A repository as the API and events show it."""
    return {
        "id": repository.number,
        "name": repository.name.partition("/")[2],
        "full_name": repository.name,
        "owner": {"login": repository.owner},
        "private": True,
        "visibility": "private",
        "fork": repository.parent is not None,
        "html_url": repository.url,
        "clone_url": f"{repository.url}.git",
        "default_branch": repository.default_branch,
    }
