"""JSONPath of the Amazon States Language: reference paths and the context object.

https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-paths.html
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

_STEP = re.compile(r"\.(?P<name>[A-Za-z_][\w-]*)|\[(?P<index>\d+)\]|\['(?P<quoted>[^']+)'\]")


class PathError(Exception):
    """A path is not valid, or leads to nothing."""


def steps(path: str) -> list[str | int]:
    """The steps of `$.a.b[0]['c d']`; `$$.` paths go into the context object and keep `$$` as their first step.

    Blanks after it are no part of it. Raises PathError for what it does not support: wildcards, filters, slices.
    """
    path = path.rstrip(" ")
    if not path.startswith("$"):
        raise PathError(f"{path!r} is no path: expected it to start with $")
    found: list[str | int] = ["$$"] if path.startswith("$$") else []
    place = 2 if found else 1
    while place < len(path):
        step = _STEP.match(path, place)
        if step is None:
            raise PathError(f"the embedded AWS does not support the path {path!r} (at {path[place:]!r})")
        found.append(int(step["index"]) if step["index"] else step["name"] or step["quoted"])
        place = step.end()
    return found


def select(path: str, data: Any, context: Any) -> Any:
    """The value at a path. Raises PathError when there is none."""
    walk = steps(path)
    value = data
    if walk[:1] == ["$$"]:
        value, walk = context, walk[1:]
    for step in walk:
        try:
            if isinstance(step, str) != isinstance(value, dict):
                raise KeyError(step)
            value = value[step]
        except (KeyError, IndexError, TypeError):
            raise PathError(f"The JSONPath '{path}' could not be found in the input '{_short(data)}'") from None
    return value


def has(path: str, data: Any, context: Any) -> bool:
    """Whether there is a value at a path."""
    try:
        select(path, data, context)
    except PathError:
        return False
    return True


def put(path: str, data: Any, value: Any) -> Any:
    """`data` with `value` at a reference path; what is missing on the way is made. Raises PathError."""
    walk = steps(path)
    if not walk:
        return value
    made = copy.deepcopy(data)
    place = made
    for step in walk[:-1]:
        if not isinstance(place, dict) or not isinstance(step, str):
            raise PathError(f"Unable to apply ReferencePath {path} to input {_short(data)}")
        place = place.setdefault(step, {})
    if not isinstance(place, dict) or not isinstance(walk[-1], str):
        raise PathError(f"Unable to apply ReferencePath {path} to input {_short(data)}")
    place[walk[-1]] = value
    return made


def problem(path: Any, where: str) -> Iterator[str]:
    """What is wrong with one path."""
    if not isinstance(path, str):
        yield f"{where}: got {path!r}, expected a path"
        return
    try:
        steps(path)
    except PathError as error:
        yield f"{where}: {error}"


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 200 else text[:200] + "..."
