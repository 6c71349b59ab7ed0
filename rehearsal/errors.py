"""Failures of a rehearsal that reach the user without a traceback."""

from __future__ import annotations

from pathlib import Path


class RehearsalError(Exception):
    """The rehearsal cannot go on: what failed, why, and where the log is."""

    def __init__(self, step: str, cause: str, log: Path | None = None) -> None:
        super().__init__(f"{step}: {cause}")
        self.step = step
        self.cause = cause
        self.log = log


class UsageError(Exception):
    """The command was called wrongly: every problem, a line each."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems
