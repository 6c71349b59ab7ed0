"""Checks values against the API's own shapes, so that what is misspelt or missing is refused by name.

The shapes are botocore's model of SageMaker. Pipeline arguments have the shapes of the requests they become, with
expressions (`{"Get": ...}`) in place of any value.
"""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Callable, Iterator
from typing import Any

from botocore.loaders import Loader
from botocore.model import DenormalizedStructureBuilder, ServiceModel

from rehearsal.api import Params

IsExpression = Callable[[Any], bool]
Check = Callable[[Any, Any, str, IsExpression, bool], Iterator[str]]


@functools.cache
def model(service: str = "sagemaker") -> Any:
    """botocore's model of a service."""
    # without a session, whose import takes longer than everything else in a run from the cache
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


def members(described: Params) -> dict[str, Any]:
    """Shapes of one's own: name -> `{"type": ...}`."""
    return dict(DenormalizedStructureBuilder().with_members(described).build_model().members)


def input_shape(operation: str) -> Any:
    """The shape of an operation's request."""
    return model().operation_model(operation).input_shape


def output_shape(operation: str) -> Any:
    """The shape of an operation's answer."""
    return model().operation_model(operation).output_shape


def never(value: Any) -> bool:
    """No value is an expression: what an API request is checked with."""
    return False


def problems(
    shape: Any, value: Any, where: str = "", *, expression: IsExpression = never, required: bool = True
) -> Iterator[str]:
    """What is wrong with `value`, each with its key path; `required` False lets top-level members be absent."""
    if expression(value):
        return
    check: Check = _CHECKS.get(shape.type_name, _accept)
    yield from check(shape, value, where, expression, required)


def nearest(name: str, known: Any) -> str:
    """` (did you mean X?)` or nothing."""
    found = difflib.get_close_matches(name, list(known), 1)
    return f" (did you mean {found[0]}?)" if found else ""


def member(shape: Any, keys: list[str | int]) -> Any:
    """The shape at the end of `keys` below `shape`. Raises KeyError whose text names the key that is not there."""
    for key in keys:
        kind = shape.type_name
        if kind == "structure":
            if key not in shape.members:
                raise KeyError(f"{key}{nearest(str(key), shape.members)}")
            shape = shape.members[key]
        elif kind == "list":
            shape = shape.member
        elif kind == "map":
            shape = shape.value
        else:
            raise KeyError(f"{key}: there is nothing below a {kind}")
    return shape


def _structure(shape: Any, value: Any, where: str, expression: IsExpression, required: bool) -> Iterator[str]:
    if not isinstance(value, dict):
        yield _wrong(where, value, "an object")
        return
    for name in value:
        if name not in shape.members:
            yield f"{_join(where, name)}: unknown member{nearest(name, shape.members)}"
    for name in shape.required_members if required else ():
        if name not in value:
            yield f"{_join(where, name)}: missing"
    for name, part in value.items():
        if name in shape.members:
            yield from problems(shape.members[name], part, _join(where, name), expression=expression)


def _list(shape: Any, value: Any, where: str, expression: IsExpression, required: bool) -> Iterator[str]:
    if not isinstance(value, list):
        yield _wrong(where, value, "a list")
        return
    yield from _limits(shape, len(value), where, "items")
    for index, item in enumerate(value):
        yield from problems(shape.member, item, f"{where}[{index}]", expression=expression)


def _map(shape: Any, value: Any, where: str, expression: IsExpression, required: bool) -> Iterator[str]:
    if not isinstance(value, dict):
        yield _wrong(where, value, "an object")
        return
    yield from _limits(shape, len(value), where, "entries")
    for name, part in value.items():
        yield from problems(shape.key, name, f"{where} key {name}", expression=expression)
        yield from problems(shape.value, part, _join(where, name), expression=expression)


def _string(shape: Any, value: Any, where: str, expression: IsExpression, required: bool) -> Iterator[str]:
    if not isinstance(value, str):
        yield _wrong(where, value, "a string")
        return
    if shape.enum and value not in shape.enum:
        short = ", ".join(shape.enum) if len(shape.enum) <= 12 else "a known value"
        yield f"{where}: got {value!r}, expected {short}{nearest(value, shape.enum)}"
        return
    yield from _limits(shape, len(value), where, "characters")
    pattern = shape.metadata.get("pattern")
    if pattern and not _pattern(pattern).fullmatch(value):
        yield f"{where}: got {value!r}, expected the pattern {pattern}"


def _scalar(shape: Any, value: Any, where: str, expression: IsExpression, required: bool) -> Iterator[str]:
    types, expected = _SCALARS[shape.type_name]
    if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
        yield _wrong(where, value, expected)
        return
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if types == (int,) and ((low is not None and value < low) or (high is not None and value > high)):
        yield f"{where}: got {value}, expected {low} to {high if high is not None else 'any'}"


def _accept(shape: Any, value: Any, where: str, expression: IsExpression, required: bool) -> Iterator[str]:
    yield from ()


def _limits(shape: Any, size: int, where: str, unit: str) -> Iterator[str]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if (low is not None and size < low) or (high is not None and size > high):
        yield f"{where}: got {size} {unit}, expected {low or 0} to {high if high is not None else 'any'}"


_BEYOND_ASCII = "\x80-\U0010ffff"
_PROPERTIES = {"L": f"A-Za-z{_BEYOND_ASCII}", "N": f"0-9{_BEYOND_ASCII}", "Z": f" {_BEYOND_ASCII}"}
_ALL = "\x09-\U0010ffff"


@functools.cache
def _pattern(text: str) -> re.Pattern[str]:
    # The patterns are Java's; of the Unicode properties that Python lacks only the ASCII characters are judged here.
    text = re.sub(r"\\p\{(\w+)\}", lambda found: _PROPERTIES.get(found[1], _ALL), text)
    text = re.sub(r"\$\{\d+,\d+\}$", "", text)  # an end of the text that is repeated, which Python refuses
    try:
        return re.compile(text)
    except re.error:
        return re.compile(".*", re.DOTALL)


def _wrong(where: str, value: Any, expected: str) -> str:
    return f"{where or 'the value'}: got {type(value).__name__} {value!r}, expected {expected}"


def _join(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


_SCALARS: dict[str, tuple[tuple[type, ...], str]] = {
    **dict.fromkeys(("integer", "long"), ((int,), "an integer")),
    **dict.fromkeys(("float", "double", "timestamp"), ((int, float), "a number")),
    "boolean": ((bool,), "true or false"),
}
_CHECKS: dict[str, Check] = {"structure": _structure, "list": _list, "map": _map, "string": _string}
_CHECKS |= dict.fromkeys(_SCALARS, _scalar)
