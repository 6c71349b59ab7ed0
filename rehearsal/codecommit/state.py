"""The repositories that the API shows, by account and region."""

from __future__ import annotations

import datetime
import threading
import uuid
from dataclasses import dataclass, field

from rehearsal.api import partition_of
from rehearsal.git import Git
from rehearsal.named import Named


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


class Repositories(Named[Repository]):
    """All repositories of one embedded AWS."""

    taken = ("RepositoryNameExistsException", "Repository named {name} already exists")
    absent = ("RepositoryDoesNotExistException", "{name} does not exist")
