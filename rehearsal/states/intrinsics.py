"""Intrinsic functions of payload templates: `States.Format('records/{}.json', $.number)`, one within another too.

https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rehearsal.states.paths import PathError, select, steps

_NAME = re.compile(r"\s*(States\.[A-Za-z0-9]+)\(")
_VALUE = re.compile(
    r"\s*(?:'(?P<text>(?:[^'\\]|\\.)*)'|(?P<path>\$[^,()\s]*)|(?P<json>-?\d+(?:\.\d+)?|true|false|null))\s*(?=[,)])"
)
_PLACE = re.compile(r"\\(.)|(\{\})")
_ALGORITHMS = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}


@dataclass(frozen=True)
class _Call:
    """A call; each argument is a call, a path, a text between quotes (escapes still in it) or a value of JSON."""

    name: str
    arguments: Sequence[tuple[str, Any]]


def is_call(text: str) -> bool:
    """Whether a value of a template is a call."""
    return text.startswith("States.")


def call(text: str, data: Any, context: Any) -> Any:
    """The value of a call. Raises PathError for what AWS refuses and for functions that are not supported."""
    return _value("call", _parse(text), data, context)


def check(text: str) -> None:
    """Raises PathError for a call that is not supported or has a wrong number of arguments."""
    _check(_parse(text), text)


def _check(found: _Call, text: str) -> None:
    if found.name not in _FUNCTIONS:
        known = ", ".join(_FUNCTIONS)
        raise PathError(f"the embedded AWS does not support the intrinsic function {found.name}: only {known}")
    wanted = _FUNCTIONS[found.name].arguments
    if wanted is not None and len(found.arguments) != wanted:
        raise PathError(f"{text}: got {len(found.arguments)} arguments of {found.name}, expected {wanted}")
    if found.name == "States.Format":
        _check_format(found, text)
    for kind, value in found.arguments:
        if kind == "path":
            steps(value)
        elif kind == "call":
            _check(value, text)


def _check_format(found: _Call, text: str) -> None:
    if not found.arguments or found.arguments[0][0] != "text":
        raise PathError(f"{text}: expected a text with {{}} in quotes as the first argument")
    places = sum(1 for place in _PLACE.finditer(found.arguments[0][1]) if place[2])
    if places != len(found.arguments) - 1:
        raise PathError(f"{text}: got {len(found.arguments) - 1} values for {places} places")


def _parse(text: str) -> _Call:
    found, end = _read(text, 0)
    if text[end:].strip():
        raise PathError(f"{text}: {text[end:]!r} after the call")
    return found


def _read(text: str, place: int) -> tuple[_Call, int]:
    """The call that begins at `place`, and where it ends."""
    head = _NAME.match(text, place)
    if head is None:
        raise PathError(f"{text}: {text[place:]!r} is no call")
    arguments: list[tuple[str, Any]] = []
    place = head.end()
    while not text[place:].lstrip().startswith(")"):
        if arguments:
            if text[place : place + 1] != ",":
                raise PathError(f"{text}: {text[place:]!r} is no argument")
            place += 1
        kind, value, place = _argument(text, place)
        arguments.append((kind, value))
    return _Call(head[1], arguments), text.index(")", place) + 1


def _argument(text: str, place: int) -> tuple[str, Any, int]:
    if _NAME.match(text, place):
        found, end = _read(text, place)
        return "call", found, end
    value = _VALUE.match(text, place)
    if value is None:
        raise PathError(f"{text}: {text[place:]!r} is no argument")
    kind = str(value.lastgroup)
    return kind, json.loads(value["json"]) if kind == "json" else value[kind], value.end()


def _value(kind: str, value: Any, data: Any, context: Any) -> Any:
    if kind == "path":
        return select(value, data, context)
    if kind != "call":
        return value if kind == "json" else re.sub(r"\\(.)", r"\1", value)
    found: _Call = value
    _check(found, found.name)
    if found.name == "States.Format":  # whose text keeps its escapes: they tell \{\} from {}
        (_, template), *rest = found.arguments
        return _format(template, [_value(*each, data, context) for each in rest])
    given = [_value(*each, data, context) for each in found.arguments]
    try:
        return _FUNCTIONS[found.name].run(*given)
    except (TypeError, IndexError, KeyError, ValueError, AttributeError):
        raise PathError(f"Invalid arguments in {found.name}: {given}") from None


def _format(template: str, values: Sequence[Any]) -> str:
    left = iter(values)
    return _PLACE.sub(lambda place: place[1] if place[1] else _shown(next(left)), template)


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def _array(*values: Any) -> list[Any]:
    return list(values)


def _item(values: list[Any], index: int) -> Any:
    if not isinstance(values, list) or index < 0:
        raise TypeError
    return values[index]


def _length(values: list[Any]) -> int:
    if not isinstance(values, list):
        raise TypeError
    return len(values)


def _sum(first: Any, second: Any) -> int:
    """Of whole numbers; a fraction is cut off. https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html"""
    if any(isinstance(each, bool) or not isinstance(each, int | float) for each in (first, second)):
        raise TypeError
    return int(first) + int(second)


def _split(text: str, separators: str) -> list[str]:
    """The parts between any of the characters `separators`; none of them is empty."""
    return [part for part in re.split(f"[{re.escape(separators)}]", text) if part]


def _hash(value: Any, algorithm: str) -> str:
    return hashlib.new(_ALGORITHMS[algorithm], _shown(value).encode(), usedforsecurity=False).hexdigest()


@dataclass(frozen=True)
class _Function:
    run: Callable[..., Any]
    arguments: int | None


_FUNCTIONS = {
    "States.Format": _Function(_format, None),
    "States.Array": _Function(_array, None),
    "States.ArrayGetItem": _Function(_item, 2),
    "States.ArrayLength": _Function(_length, 1),
    "States.MathAdd": _Function(_sum, 2),
    "States.StringSplit": _Function(_split, 2),
    "States.Hash": _Function(_hash, 2),
}
