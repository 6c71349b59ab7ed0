"""`#{namespace.name}` references. https://docs.aws.amazon.com/codepipeline/latest/userguide/reference-variables.html"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

_REFERENCE = re.compile(r"#\{(?P<namespace>[A-Za-z0-9@_-]+)\.(?P<name>[A-Za-z0-9@_.-]+)\}")


class UnresolvedError(ValueError):
    """A reference has no value; the text names it."""


def references(text: str) -> Iterator[tuple[str, str]]:
    """The (namespace, name) pairs that a text refers to."""
    for found in _REFERENCE.finditer(text):
        yield found["namespace"], found["name"]


def resolve(text: str, values: Mapping[str, Mapping[str, str]]) -> str:
    """The text with its references replaced. Raises UnresolvedError."""

    def value(found: re.Match[str]) -> str:
        try:
            return values[found["namespace"]][found["name"]]
        except KeyError:
            raise UnresolvedError(f"the variable {found[0]} has no value in this execution") from None

    return _REFERENCE.sub(value, text)
