"""Plain data read without trust, for rules: what is of another type than expected counts as not there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from model_cicd.text.messages import KeyPath

Item = tuple[KeyPath, Mapping[str, Any]]


def mappings(path: KeyPath, value: object) -> Iterator[Item]:
    """The mappings in the list `value` at `path`."""
    for index, item in enumerate(value if isinstance(value, list | tuple) else ()):
        if isinstance(item, Mapping):
            yield (*path, index), item


def mapping(value: object) -> Mapping[str, Any]:
    """`value`, or an empty mapping."""
    return value if isinstance(value, Mapping) else {}


def integer(value: object) -> int | None:
    """`value` where it is a whole number."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def text(value: object) -> str:
    """`value`, or the empty string."""
    return value if isinstance(value, str) else ""


def folded(value: object) -> str | None:
    """Text without regard to case."""
    return value.casefold() if isinstance(value, str) else None
