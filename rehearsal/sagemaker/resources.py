"""Resources with an ARN and tags: what models, endpoints, jobs, pipelines and groups have alike."""

from __future__ import annotations

from typing import TypeVar

from rehearsal.api import Params
from rehearsal.named import Named, Scope
from rehearsal.sagemaker import arns
from rehearsal.sagemaker.tags import Tags

T = TypeVar("T")


class Resources(Named[T]):
    """The resources of one kind. `kind` is what their ARNs call them."""

    kind: str
    taken = ("ValidationException", 'Cannot create already existing {words} "{arn}".')
    absent = ("ValidationException", 'Could not find {words} "{arn}".')

    def __init__(self, tags: Tags) -> None:
        super().__init__()
        self._tags = tags

    def arn(self, scope: Scope, name: str) -> str:
        """The ARN of the one of that name."""
        return arns.make(scope, self.kind, name)

    def register(self, scope: Scope, name: str, made: T, tags: list[Params] | None = None) -> str:
        """Keep a new one with its tags, and give back its ARN. Raises ApiError when the name is taken."""
        arn = self.arn(scope, name)
        with self.lock:
            self.add(scope, name, made)
            self._tags.register(arn, tags)
        return arn

    def pop(self, scope: Scope, name: str) -> T | None:
        """Remove the one of that name with its tags and give it back; None without any."""
        with self.lock:
            self._tags.forget(self.arn(scope, name))
            return super().pop(scope, name)
