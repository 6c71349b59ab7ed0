"""Resources of a service by account, region and name."""

from __future__ import annotations

import threading
from typing import ClassVar, Generic, TypeVar

from rehearsal.api import ApiError

Scope = tuple[str, str]
"""Account and region: where a resource lives."""

Error = tuple[str, str]
"""AWS's code, and the text with `{name}`, `{account}`, `{arn}` and `{words}` in it."""

T = TypeVar("T")


class Named(Generic[T]):
    """All resources of one kind, in the order in which they were made. Thread-safe: `lock` guards them.

    `words` is what people call one of them. `taken` is the error for a name that exists, `absent` the one for a name
    that does not.
    """

    words: str = ""
    taken: ClassVar[Error]
    absent: ClassVar[Error]

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._all: dict[tuple[Scope, str], T] = {}

    def arn(self, scope: Scope, name: str) -> str:
        """The ARN of the one of that name."""
        raise NotImplementedError

    def error(self, kind: Error, scope: Scope, name: str) -> ApiError:
        """The error about a name."""
        code, text = kind
        arn = self.arn(scope, name) if "{arn}" in text else ""
        return ApiError(code, text.format(name=name, account=scope[0], arn=arn, words=self.words))

    def add(self, scope: Scope, name: str, made: T) -> None:
        """Keep a new one. Raises ApiError when the name is taken."""
        with self.lock:
            if (scope, name) in self._all:
                raise self.error(self.taken, scope, name)
            self._all[scope, name] = made

    def find(self, scope: Scope, name: str) -> T | None:
        """The one of that name, or None."""
        with self.lock:
            return self._all.get((scope, name))

    def at(self, scope: Scope, name: str) -> T:
        """The one of that name. Raises ApiError without any."""
        found = self.find(scope, name)
        if found is None:
            raise self.error(self.absent, scope, name)
        return found

    def of(self, scope: Scope) -> list[T]:
        """All of an account and region."""
        with self.lock:
            return [each for (where, _), each in self._all.items() if where == scope]

    def everywhere(self) -> list[T]:
        """All of all accounts and regions."""
        with self.lock:
            return list(self._all.values())

    def pop(self, scope: Scope, name: str) -> T | None:
        """Remove the one of that name and give it back; None without any."""
        with self.lock:
            return self._all.pop((scope, name), None)
