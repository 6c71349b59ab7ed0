"""Which members of a request the embedded SageMaker knows: any other is refused by its key path, never ignored.

The members are those of members.json, by botocore's shapes. What a newer botocore has besides is refused until somebody
decides about it.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rehearsal.api import unsupported


@functools.cache
def groups() -> Mapping[str, Mapping[str, list[str]]]:
    """`known`, `without effect` and `refused` (by the operations themselves): shape -> members."""
    found: Mapping[str, Mapping[str, list[str]]] = json.loads(Path(__file__).with_name("members.json").read_text())
    return {name: found[name] for name in ("known", "without effect", "refused")}


@functools.cache
def decided(shape: str) -> frozenset[str]:
    """The members of a shape that somebody decided about."""
    return frozenset(member for group in groups().values() for member in group.get(shape, ()))


def check(operation: str, shape: Any, params: Any) -> None:
    """Raise ApiError for the first member that nobody decided about, by its key path."""
    for path in unknown(shape, params):
        raise unsupported(f"{operation} {path}")


def unknown(shape: Any, value: Any, where: str = "") -> Iterator[str]:
    """The key paths of such members."""
    if isinstance(value, dict) and shape.type_name == "structure":
        for name, part in value.items():
            path = f"{where}.{name}" if where else name
            if name not in shape.members:
                continue  # misspelt, or an expression
            if name in groups()["refused"].get(shape.name, ()):
                continue  # by the operation, whatever is below it
            if name in decided(shape.name):
                yield from unknown(shape.members[name], part, path)
            else:
                yield path
    elif isinstance(value, list) and shape.type_name == "list":
        for index, item in enumerate(value):
            yield from unknown(shape.member, item, f"{where}[{index}]")
    elif isinstance(value, dict) and shape.type_name == "map":
        for name, part in value.items():
            yield from unknown(shape.value, part, f"{where}.{name}")
