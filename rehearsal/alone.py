"""Commands that run one thing alone, in a cage that ends with it: from the command line to the exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from rehearsal.errors import UsageError

T = TypeVar("T")


def run_alone(
    name: str, arguments: Sequence[str], parse: Callable[[Sequence[str]], T], run: Callable[[T, Path], int]
) -> int:
    """Do what the command `name` is asked for; the exit code is what `run` gives back, or 2 for wrong usage.

    `parse` reads the arguments, `run` gets what they say and a scratch directory. Everything else is imported once they
    are right.
    """
    try:
        wanted = parse(arguments)
    except UsageError as error:
        return _refuse(name, error)
    from rehearsal.cage import run_caged
    from rehearsal.scratch import make_scratch

    scratch = make_scratch()

    def job() -> int:
        try:
            return run(wanted, scratch)
        except UsageError as error:
            return _refuse(name, error)

    return run_caged(job, scratch)


def _refuse(name: str, error: UsageError) -> int:
    """Say everything that is wrong; the exit code for it."""
    for problem in error.problems:
        print(f"{name}: {problem}", file=sys.stderr)
    return 2
