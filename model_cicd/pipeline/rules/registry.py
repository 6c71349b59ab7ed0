"""The list of rules, and what a rule is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from model_cicd.pipeline.schema import PipelineConfig, Step
from model_cicd.text.source import Document, KeyPath

Finding: TypeAlias = tuple[KeyPath, str]


@dataclass(frozen=True)
class Subject:
    """What rules look at: the document and its configuration."""

    document: Document
    config: PipelineConfig

    @property
    def steps(self) -> Iterator[tuple[KeyPath, Step]]:
        """The steps with their key paths."""
        for index, step in enumerate(self.config.pipeline.steps):
            yield ("pipeline", "steps", index), step


Rule: TypeAlias = Callable[[Subject], Iterable[Finding]]
#: what a good pipeline keeps to
RULES: list[Rule] = []
#: what a pipeline may leave aside, at a price that is worth a warning
ADVICE: list[Rule] = []
R = TypeVar("R", bound=Rule)


def rule(function: R) -> R:
    """Register a rule: a function that yields the key path and the message of everything it finds wrong."""
    RULES.append(function)
    return function


def advice(function: R) -> R:
    """Register a rule whose findings are warnings."""
    ADVICE.append(function)
    return function


def repeated(names: Iterable[tuple[KeyPath, str]], what: str) -> Iterator[Finding]:
    """A finding for each name that stands twice."""
    seen: set[str] = set()
    for path, name in names:
        if name in seen:
            yield path, f"the {what} {name!r} stands twice"
        seen.add(name)
