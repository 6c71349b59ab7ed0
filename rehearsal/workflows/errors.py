"""What is wrong with a workflow file: every problem with its line."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from rehearsal.errors import RehearsalError


@dataclass(frozen=True)
class Problem:
    """One of them; `line` counts from 1."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class WorkflowError(RehearsalError):
    """A workflow file that cannot be run; all of its problems, in the order of their lines."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(set(problems), key=lambda each: (each.file, each.line, each.message))
        super().__init__("workflow", "\n".join(map(str, self.problems)))

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))


def nearest(text: str, known: Iterable[str]) -> str:
    """`; did you mean X?` when one of the `known` is spelt much like `text`, else nothing."""
    found = difflib.get_close_matches(text, list(known), n=1)
    return f"; did you mean {found[0]}?" if found else ""
