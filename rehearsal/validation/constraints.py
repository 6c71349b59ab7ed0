"""Members of a request against the limits that its model has: length, range, pattern and enumeration.

SageMaker checks its own requests (`rehearsal.sagemaker.shapes`), S3 has no such limits in its model.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import Any

from rehearsal.api import ApiError, Params
from rehearsal.param_types import detected, operation_model
from rehearsal.refusals import QUERY_SERVICES

_ELSEWHERE = frozenset({"s3", "sagemaker"})
# what AWS has and the installed model of botocore does not
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
_NEWER = {"Runtime": ("nodejs24.x", "python3.14")}
# longer texts (definitions, documents) are measured, but not matched: some patterns take forever on them
_MATCHED = 8192
# how services call a value that breaks a limit, where their operation's model has such an error
_CODES = ("ValidationException", "InvalidParameterException", "InvalidInputException", "InvalidParameterValueException",
          "InvalidParameterValue", "InvalidRequestException", "InvalidParameter", "ValidationError")  # fmt: skip


def check(service: str, operation: str, params: Params) -> None:
    """Raises ApiError with every limit that is broken, in the words of AWS's front ends."""
    if service in _ELSEWHERE:
        return
    found = operation_model(service, operation)
    if found is None or found.input_shape is None:
        return
    wrong = list(_problems(found.input_shape, params, ""))
    if wrong:
        raise ApiError(_code(service, found), detected(wrong))


def _code(service: str, operation: Any) -> str:
    """The modelled error of an operation that comes closest, else what every service has."""
    modelled = {shape.error_code or shape.name: None for shape in operation.error_shapes}
    general = "ValidationError" if service in QUERY_SERVICES else "ValidationException"
    return next((code for code in _CODES if code in modelled), general)


def _problems(shape: Any, value: Any, where: str) -> Iterator[str]:
    kind = shape.type_name
    if kind == "structure" and isinstance(value, dict):
        for name, part in value.items():
            if name in shape.members and part is not None:
                yield from _problems(shape.members[name], part, _path(where, name))
    elif kind == "list" and isinstance(value, list):
        yield from _limits(shape, value, len(value), where, "length")
        for index, item in enumerate(value, 1):
            yield from _problems(shape.member, item, f"{where}.{index}.member")
    elif kind == "map" and isinstance(value, dict):
        yield from _limits(shape, value, len(value), where, "length")
        for name, part in value.items():
            yield from _problems(shape.key, name, f"{where}.{name}.key")
            yield from _problems(shape.value, part, f"{where}.{name}.member")
    elif kind == "string" and isinstance(value, str):
        yield from _text(shape, value, where)
    elif kind in ("integer", "long", "float", "double") and not isinstance(value, str):
        yield from _limits(shape, value, value, where, "value")


def _text(shape: Any, value: str, where: str) -> Iterator[str]:
    if shape.enum and value not in (*shape.enum, *_NEWER.get(shape.name, ())):
        yield f"{_value(value, where)} Member must satisfy enum value set: [{', '.join(shape.enum)}]"
        return
    yield from _limits(shape, value, len(value), where, "length")
    pattern = shape.metadata.get("pattern")
    if pattern and len(value) <= _MATCHED and not compiled(pattern).fullmatch(value):
        yield f"{_value(value, where)} Member must satisfy regular expression pattern: {pattern}"


def _limits(shape: Any, value: Any, size: float, where: str, unit: str) -> Iterator[str]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    measured = "have length" if unit == "length" else "have value"
    if low is not None and size < low:
        yield f"{_value(value, where)} Member must {measured} greater than or equal to {low}"
    if high is not None and size > high:
        yield f"{_value(value, where)} Member must {measured} less than or equal to {high}"


def _value(value: Any, where: str) -> str:
    shown = str(value)
    return f"Value '{shown if len(shown) <= 256 else shown[:256] + '...'}' at '{where}' failed to satisfy constraint:"


def _path(where: str, name: str) -> str:
    first = name[:1].lower() + name[1:]
    return f"{where}.{first}" if where else first


# Unicode properties that Python's patterns do not have; letters and digits beyond ASCII are not told apart
_PROPERTIES = {"L": r"\w", "N": r"\w", "Z": r"\s", "Alnum": "a-zA-Z0-9", "Print": r"\x20-\x7e", "ASCII": r"\x00-\x7f"}
_SURROGATES = re.compile(r"\\uD800\\uDC00-\\uDBFF\\uDFFF")


@functools.cache
def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern of a model, which is written for Java; one that Python cannot read takes everything."""
    text = _SURROGATES.sub(r"\\U00010000-\\U0010FFFF", pattern).replace(r"[\w-_]", r"[\w\-_]")
    text = re.sub(r"\\p\{(\w+)\}", lambda found: _property(text, found), text)
    try:
        return re.compile(text)
    except re.error:
        return re.compile(".*", re.DOTALL)


def _property(text: str, found: re.Match[str]) -> str:
    """A property as Python has it: in brackets of its own where it does not stand in a set."""
    known = _PROPERTIES.get(found[1], r"\x00-\U0010ffff")
    inside = text.rfind("[", 0, found.start()) > text.rfind("]", 0, found.start())
    return known if inside else f"[{known}]"
