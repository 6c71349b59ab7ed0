"""What the engine refuses: a policy that is wrong, and one that asks for what is not supported."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class PolicyError(ValueError):
    """A policy document, request or set of policies that IAM would refuse; the message names the place."""


class Unsupported(PolicyError):
    """Valid in AWS, but not something this engine decides; it refuses instead of guessing."""


def nearest(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'Action'?` when a known spelling is near, else nothing."""
    found = difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.7)
    return f"; did you mean {found[0]!r}?" if found else ""
