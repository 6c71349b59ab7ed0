"""What the engine refuses: a policy that is wrong, and one that asks for what is not supported."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager


class PolicyError(ValueError):
    """A policy document, request or set of policies that IAM would refuse; the message names the place."""


class Unsupported(PolicyError):
    """Valid in AWS, but not something this engine decides; it refuses instead of guessing."""


@contextmanager
def within(where: str) -> Iterator[None]:
    """Put the place before the message of a PolicyError, which stays of its class."""
    try:
        yield
    except PolicyError as error:
        raise type(error)(f"{where}: {error}") from error


def nearest(word: str, known: Iterable[str]) -> str:
    """` (did you mean 'Action'?)` for the nearest known spelling, or nothing when none is near."""
    by_fold = {each.casefold(): each for each in known}
    found = difflib.get_close_matches(word.casefold(), list(by_fold), n=1, cutoff=0.6)
    return f" (did you mean {by_fold[found[0]]!r}?)" if found else ""
