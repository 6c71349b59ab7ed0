"""The objects that every embedded AWS is made of, by the path that leads to each: the same ones in the next process.

Services, their parts, their tables, locks and closures are made in the same order each time. What they hold besides is
state. So a snapshot keeps the state, refers to the parts by their paths, and fills the parts of a fresh embedded AWS.
"""

from __future__ import annotations

import collections
import datetime
import enum
import functools
import pathlib
import re
import types
from collections.abc import Iterator
from typing import Any

# Values, never parts.
_VALUES = (
    *(str, int, float, bool, bytes, type(None), type, frozenset, enum.Enum, pathlib.PurePath, re.Pattern),
    *(datetime.date, datetime.timedelta, types.ModuleType, types.BuiltinFunctionType),
)
_OURS = ("rehearsal", "iam_policy", "cfn_template")


class Anchors:
    """The parts that can be reached from `root`, which must be fresh."""

    def __init__(self, root: object) -> None:
        self.parts: dict[str, Any] = {}
        self._paths: dict[int, str] = {}
        left = collections.deque([("", root)])
        while left:
            path, part = left.popleft()
            if id(part) in self._paths or _is_value(part):
                continue
            self._paths[id(part)] = path
            self.parts[path] = part  # which also keeps the id from being given to another object
            left.extend((path + step, each) for step, each in _inside(part))

    def path(self, part: object) -> str | None:
        """Where a part is; None for what came later."""
        return self._paths.get(id(part))


def is_ours(part: object) -> bool:
    """Whether it is an instance of a class of this program."""
    return type(part).__module__.partition(".")[0] in _OURS


def is_frozen(part: object) -> bool:
    """Whether its attributes never change."""
    parameters = getattr(type(part), "__dataclass_params__", None)
    return bool(parameters and parameters.frozen)


def _is_value(part: object) -> bool:
    if isinstance(part, _VALUES):
        return True
    if isinstance(part, tuple):
        return all(map(_is_value, part))
    return is_ours(part) and is_frozen(part) and all(map(_is_value, vars_of(part).values()))


def _inside(part: Any) -> Iterator[tuple[str, Any]]:
    """What a part leads to, and by which step."""
    match part:
        case dict():
            yield from ((f"[{key!r}]", value) for key, value in list(part.items()) if _is_value(key))
        case list() | tuple() | collections.deque():
            yield from ((f"[{index}]", value) for index, value in enumerate(part))
        case types.MethodType():
            yield ".__self__", part.__self__
        case types.FunctionType():
            for name, cell in zip(part.__code__.co_freevars, part.__closure__ or (), strict=True):
                yield f".{name}", cell.cell_contents
        case functools.partial():
            yield ".func", part.func
            yield from ((f".args[{index}]", value) for index, value in enumerate(part.args))
            yield from ((f".keywords[{key}]", value) for key, value in part.keywords.items())
        case _ if is_ours(part):
            yield from ((f".{name}", value) for name, value in vars_of(part).items())


def vars_of(part: object) -> dict[str, Any]:
    """The attributes of an instance, slots among them."""
    found = dict(getattr(part, "__dict__", {}))
    for kind in type(part).__mro__:
        slots = kind.__dict__.get("__slots__", ())
        names = (slots,) if isinstance(slots, str) else slots
        found |= {name: getattr(part, name) for name in names if name != "__dict__" and hasattr(part, name)}
    return found
