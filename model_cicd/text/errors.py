"""Errors that reach the user, and the words in which they do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_MAX_SHOWN = 60  # characters of a value in a message


class ModelCicdError(Exception):
    """A failure the user can act on. Commands print it without a traceback and exit with code 1."""


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong in a file.

    `line` counts from 1 (0 where the input has no lines, such as an environment variable); `path` is the key path
    (`deployment-groups[0].buildEnvironment.account`), empty for the whole document.
    """

    file: str
    line: int
    path: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.path}: {self.message}" if self.path else f"{where}: {self.message}"


class ProblemsError(ModelCicdError):
    """Every problem found in an input, all at once."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(set(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))


def nearest(word: str, choices: Iterable[str]) -> str | None:
    """The choice spelt most like `word`, or None when none is near."""
    by_fold = {choice.casefold(): choice for choice in choices}
    found = difflib.get_close_matches(word.casefold(), list(by_fold), n=1, cutoff=0.6)
    return by_fold[found[0]] if found else None


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """` (did you mean 'x'?)` for the nearest choice, or the empty string."""
    choice = nearest(word, choices)
    return f" (did you mean {choice!r}?)" if choice is not None and choice != word else ""


def describe(value: object) -> str:
    """`value` as it is named in a message: its kind and, where short, itself."""
    if value is None:
        text = "nothing"
    elif isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, int | float):
        text = f"the number {value}"
    elif isinstance(value, str):
        text = repr(value if len(value) <= _MAX_SHOWN else value[: _MAX_SHOWN - 3] + "...")
    elif isinstance(value, Mapping):
        text = "a mapping"
    elif isinstance(value, list | tuple):
        text = "a list" if value else "an empty list"
    else:
        text = f"the {type(value).__name__} {value}"  # dates, which YAML makes of 2024-01-01
    return text
