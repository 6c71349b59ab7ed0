"""Failures as a test's author reads them: the line of the test and the cause, without the lines of this package."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Callable, Iterable
from typing import ParamSpec, TypeVar

from rehearsal.errors import RehearsalError

P = ParamSpec("P")
T = TypeVar("T")


def shown(call: Callable[P, T]) -> Callable[P, T]:
    """Have pytest show a RehearsalError of `call` where the test called it; with the place of the log, if any."""

    @functools.wraps(call)
    def called(*arguments: P.args, **named: P.kwargs) -> T:
        __tracebackhide__ = True
        try:
            return call(*arguments, **named)
        except RehearsalError as error:
            failure = RehearsalError(error.step, error.cause, error.log)
            if error.log:
                failure.args = (f"{error}\nlog: {error.log}",)
        raise failure

    return called


def one_of(step: str, what: str, got: str, known: Iterable[str]) -> RehearsalError:
    """That `got` is none of the known ones, with the nearest of them."""
    names = sorted(known)
    near = difflib.get_close_matches(got, names, 1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    expected = f"expected one of {', '.join(names)}" if names else "there is none"
    return RehearsalError(step, f"{what}: got {got!r}{hint}; {expected}")
