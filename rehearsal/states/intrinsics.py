"""Intrinsic functions of payload templates: `States.Format('records/{}.json', $.number)`.

https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from rehearsal.states.paths import PathError, select, steps

_CALL = re.compile(r"(?P<name>States\.[A-Za-z0-9]+)\((?P<arguments>.*)\)", re.DOTALL)
_ARGUMENT = re.compile(
    r"\s*(?:'(?P<text>(?:[^'\\]|\\.)*)'|(?P<path>\$[^,\s]*)|(?P<json>-?\d+(?:\.\d+)?|true|false|null))\s*(?:,|$)"
)
_PLACE = re.compile(r"\\(.)|(\{\})")


def is_call(text: str) -> bool:
    """Whether a value of a template is a call."""
    return text.startswith("States.")


def call(text: str, data: Any, context: Any) -> str:
    """The value of a call. Raises PathError for what AWS refuses and for functions that are not supported."""
    template, *given = [select(value, data, context) if kind == "path" else value for kind, value in _arguments(text)]
    values = iter(given)

    def filled(place: re.Match[str]) -> str:
        return place[1] if place[1] else _shown(next(values))

    return _PLACE.sub(filled, template)


def check(text: str) -> None:
    """Raises PathError for a call that is not supported or has a wrong number of arguments."""
    for kind, value in _arguments(text):
        if kind == "path":
            steps(value)


def _arguments(text: str) -> list[tuple[str, Any]]:
    found = _CALL.fullmatch(text)
    name = found["name"] if found else text.partition("(")[0]
    if name != "States.Format":
        raise PathError(f"the embedded AWS does not support the intrinsic function {name}: only States.Format")
    arguments = list(_read(found["arguments"], text)) if found else []
    if not arguments or arguments[0][0] != "text":
        raise PathError(f"{text}: expected a text with {{}} in quotes as the first argument")
    places = sum(1 for place in _PLACE.finditer(arguments[0][1]) if place[2])
    if places != len(arguments) - 1:
        raise PathError(f"{text}: got {len(arguments) - 1} values for {places} places")
    return arguments


def _read(text: str, whole: str) -> Iterator[tuple[str, Any]]:
    place = 0
    while place < len(text):
        argument = _ARGUMENT.match(text, place)
        if argument is None:
            raise PathError(f"{whole}: {text[place:]!r} is no argument")
        kind = str(argument.lastgroup)
        yield kind, json.loads(argument["json"]) if kind == "json" else argument[kind]
        place = argument.end()


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
