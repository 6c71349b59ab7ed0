"""Resources by their names: what models, endpoints, jobs, pipelines and groups have alike."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

from rehearsal.api import ApiError, Params
from rehearsal.sagemaker import arns
from rehearsal.sagemaker.arns import Scope
from rehearsal.sagemaker.errors import invalid
from rehearsal.sagemaker.tags import Tags

T = TypeVar("T")


class Resources(Generic[T]):
    """The resources of one kind by account, region and name, with their tags. Thread-safe: `lock` guards them.

    `kind` is what their ARNs call them, `words` what people do.
    """

    kind: str
    words: str

    def __init__(self, tags: Tags) -> None:
        self.lock = threading.RLock()
        self._tags = tags
        self._all: dict[tuple[Scope, str], T] = {}

    def taken(self, arn: str) -> ApiError:
        """The error for a name that exists."""
        return invalid(f'Cannot create already existing {self.words} "{arn}".')

    def absent(self, arn: str) -> ApiError:
        """The error for a name that does not exist."""
        return invalid(f'Could not find {self.words} "{arn}".')

    def add(self, scope: Scope, name: str, made: T, tags: list[Params] | None = None) -> str:
        """Keep a new one, and give back its ARN. Raises ApiError when the name is taken."""
        arn = arns.make(scope, self.kind, name)
        with self.lock:
            if (scope, name) in self._all:
                raise self.taken(arn)
            self._tags.register(arn, tags)
            self._all[scope, name] = made
        return arn

    def find(self, scope: Scope, name: str) -> T | None:
        """The one of that name, or None."""
        with self.lock:
            return self._all.get((scope, name))

    def at(self, scope: Scope, name: str) -> T:
        """The one of that name. Raises ApiError without any."""
        found = self.find(scope, name)
        if found is None:
            raise self.absent(arns.make(scope, self.kind, name))
        return found

    def of(self, scope: Scope) -> list[T]:
        """All of an account and region, the oldest first."""
        with self.lock:
            return [each for (where, _), each in self._all.items() if where == scope]

    def remove(self, scope: Scope, name: str) -> None:
        """Forget the one of that name and its tags, if it is there."""
        with self.lock:
            self._all.pop((scope, name), None)
            self._tags.forget(arns.make(scope, self.kind, name))
