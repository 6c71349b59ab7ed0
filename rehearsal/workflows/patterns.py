"""Patterns of branches, tags and paths in triggers.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#filter-pattern-cheat-sheet
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence

_QUANTIFIERS = "?+"


@functools.cache
def compiled(pattern: str) -> re.Pattern[str]:
    """The regular expression of a pattern without `!`. Raises ValueError with what is wrong with it."""
    parts: list[str] = []
    at, quantified = 0, False
    while at < len(pattern):
        each = pattern[at]
        at += 1
        if each in _QUANTIFIERS:
            if not parts or quantified:
                raise ValueError(f"got {each} in {pattern!r} with nothing before it that it could be for")
            parts[-1] = f"(?:{parts[-1]}){each}"
            quantified = True
            continue
        quantified = False
        if each == "*":
            if not pattern.startswith("*", at):
                parts.append("[^/]*")
                continue
            at += 1
            if pattern.startswith("/", at) and (at == 2 or pattern[at - 3] == "/"):
                at += 1
                parts.append("(?:.*/)?")  # any folders, or none
            else:
                parts.append(".*")
        elif each == "[":
            end = pattern.find("]", at)
            if end <= at:
                raise ValueError(f"got {pattern!r}, expected a ] for its [")
            members = re.sub(r"([\\^[&~|])", r"\\\1", pattern[at:end])
            parts.append(f"[{members}]")
            at = end + 1
        elif each == "\\" and at < len(pattern):
            parts.append(re.escape(pattern[at]))
            at += 1
        else:
            parts.append(re.escape(each))
    return re.compile("".join(parts), re.DOTALL)


def problem(pattern: str) -> str | None:
    """What is wrong with a pattern, or None."""
    try:
        compiled(pattern.removeprefix("!"))
    except (ValueError, re.error) as error:
        return str(error)
    return None if pattern.removeprefix("!") else "got an empty pattern"


def matches(patterns: Sequence[str], name: str) -> bool:
    """Whether a name is in what the patterns say, in their order: `!` takes out, a later one takes in again."""
    found = False
    for pattern in patterns:
        if compiled(pattern.removeprefix("!")).fullmatch(name):
            found = not pattern.startswith("!")
    return found


def wanted(included: Sequence[str] | None, ignored: Sequence[str] | None, name: str) -> bool:
    """Whether a name passes a filter and its `-ignore`, of which there is one or none."""
    if included is not None:
        return matches(included, name)
    return ignored is None or not matches(ignored, name)


def any_wanted(included: Sequence[str] | None, ignored: Sequence[str] | None, names: Iterable[str]) -> bool:
    """Whether one at least of the names passes."""
    return any(wanted(included, ignored, name) for name in names)
