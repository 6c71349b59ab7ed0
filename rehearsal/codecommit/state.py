"""The repositories that the API shows, by account and region."""

from __future__ import annotations

import datetime
import threading
import uuid
from dataclasses import dataclass, field

from rehearsal.api import ApiError, partition_of
from rehearsal.codecommit.git import Git


def now() -> datetime.datetime:
    """The current time, UTC."""
    return datetime.datetime.now(datetime.UTC)


@dataclass
class Repository:
    """A repository. `default_branch` is None until its first commit."""

    account: str
    region: str
    name: str
    git: Git
    description: str | None = None
    kms_key: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    default_branch: str | None = None
    repository_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    created: datetime.datetime = field(default_factory=now)
    modified: datetime.datetime = field(default_factory=now)
    # one writer at a time: the API's read-then-write of a branch must not interleave
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def arn(self) -> str:
        """Its ARN."""
        return f"arn:{partition_of(self.region)}:codecommit:{self.region}:{self.account}:{self.name}"


class Repositories:
    """All repositories of one embedded AWS. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._all: dict[tuple[str, str, str], Repository] = {}

    def add(self, repository: Repository) -> None:
        """Register it. Raises ApiError when the name is taken."""
        key = (repository.account, repository.region, repository.name)
        with self._lock:
            if key in self._all:
                text = f"Repository named {repository.name} already exists"
                raise ApiError("RepositoryNameExistsException", text)
            self._all[key] = repository

    def find(self, account: str, region: str, name: str) -> Repository | None:
        """The repository, or None."""
        with self._lock:
            return self._all.get((account, region, name))

    def get(self, account: str, region: str, name: str) -> Repository:
        """The repository. Raises ApiError when there is none."""
        found = self.find(account, region, name)
        if found is None:
            raise ApiError("RepositoryDoesNotExistException", f"{name} does not exist")
        return found

    def pop(self, account: str, region: str, name: str) -> Repository | None:
        """Remove a repository and give it back; None without such a repository."""
        with self._lock:
            return self._all.pop((account, region, name), None)

    def of(self, account: str, region: str) -> list[Repository]:
        """The repositories of an account in a region, by name."""
        with self._lock:
            return sorted(
                (found for key, found in self._all.items() if key[:2] == (account, region)), key=lambda each: each.name
            )
