"""The event pattern language, complete; what it does not know is refused when the pattern is compiled.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
"""

from __future__ import annotations

import ipaddress
import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

Test = Callable[[Any], bool]
# A test sees every value of a field: the field itself, or each element of a list; an absent field is the empty list.
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "=": lambda a, b: math.isclose(a, b, rel_tol=0, abs_tol=1e-9),
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
_TEXT: dict[str, Callable[[str, str], bool]] = {
    "prefix": str.startswith,
    "suffix": str.endswith,
    "equals-ignore-case": lambda a, b: a.lower() == b.lower(),
}
_OPERATORS = ("prefix", "suffix", "equals-ignore-case", "wildcard", "anything-but", "numeric", "cidr", "exists")


class PatternError(ValueError):
    """The pattern is not valid; the text says where and why."""


class Pattern:
    """A compiled event pattern. Raises PatternError for JSON that is no event pattern."""

    def __init__(self, text: str) -> None:
        try:
            parsed = json.loads(text)
        except ValueError as error:
            raise PatternError(f"Event pattern is not valid. Reason: {error}") from None
        if not isinstance(parsed, dict) or not parsed:
            raise PatternError("Event pattern is not valid. Reason: Filter is not an object or is empty")
        self._matches = _object(parsed, "")

    def matches(self, event: Mapping[str, Any]) -> bool:
        """Whether an event matches."""
        return self._matches([event])


def _object(pattern: dict[str, Any], path: str) -> Callable[[list[Any]], bool]:
    """A test of the objects at `path`: one of them must match every key."""
    if not pattern:
        raise _error(path, "Empty objects are not allowed")
    alternatives: list[Callable[[list[Any]], bool]] = []
    fields: list[tuple[str, Callable[[list[Any]], bool]]] = []
    for key, value in pattern.items():
        place = f"{path}.{key}" if path else key
        if key == "$or" and isinstance(value, list) and len(value) > 1 and all(isinstance(v, dict) for v in value):
            alternatives = [_object(each, place) for each in value]
        elif isinstance(value, dict):
            fields.append((key, _object(value, place)))
        elif isinstance(value, list):
            fields.append((key, _values(value, place)))
        else:
            raise _error(place, f'"{key}" must be an object or an array')

    def test(candidates: list[Any]) -> bool:
        objects = [each for each in candidates if isinstance(each, Mapping)] or [{}]
        return any(
            all(matches(_flat(each.get(key, []))) for key, matches in fields)
            and (not alternatives or any(matches([each]) for matches in alternatives))
            for each in objects
        )

    return test


def _flat(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [value]


def _values(rules: list[Any], path: str) -> Callable[[list[Any]], bool]:
    if not rules:
        raise _error(path, "Empty arrays are not allowed")
    tests = [_rule(rule, path) for rule in rules]
    return lambda values: any(test(values) for test in tests)


def _rule(rule: Any, path: str) -> Callable[[list[Any]], bool]:
    if not isinstance(rule, dict):
        if isinstance(rule, list):
            raise _error(path, "Match value must be String, number, true, false, or null")
        return _each(_equal(rule))
    if len(rule) != 1:
        raise _error(path, "Only one key allowed in match expression")
    ((operator, operand),) = rule.items()
    if operator not in _OPERATORS:
        raise _error(path, f"Unrecognized match type {operator}")
    if operator == "exists":
        if not isinstance(operand, bool):
            raise _error(path, "exists match pattern must be either true or false")
        return lambda values: bool(values) is operand
    if operator == "anything-but":
        refused = _anything_but(operand, path)
        return _each(lambda value: not refused(value))
    return _each(_operator(operator, operand, path))


def _each(test: Test) -> Callable[[list[Any]], bool]:
    return lambda values: any(test(value) for value in values)


def _operator(operator: str, operand: Any, path: str) -> Test:
    if operator == "numeric":
        return _numeric(operand, path)
    if operator in ("prefix", "suffix") and isinstance(operand, dict) and list(operand) == ["equals-ignore-case"]:
        inner = operand["equals-ignore-case"]
        if isinstance(inner, str):
            fold = _operator(operator, inner.lower(), path)
            return lambda value: isinstance(value, str) and fold(value.lower())
    if not isinstance(operand, str):
        raise _error(path, f"{operator} match pattern must be a string")
    if operator in ("wildcard", "cidr"):
        return _wildcard(operand, path) if operator == "wildcard" else _cidr(operand, path)
    compare = _TEXT[operator]
    return lambda value: isinstance(value, str) and compare(value, operand)


def _equal(expected: Any) -> Test:
    if isinstance(expected, bool) or expected is None:
        return lambda value: value is expected
    if isinstance(expected, (int, float)):
        return lambda value: _number(value) and _COMPARE["="](value, expected)
    return lambda value: isinstance(value, str) and value == expected


def _anything_but(operand: Any, path: str) -> Test:
    if isinstance(operand, dict):
        ((operator, inner),) = operand.items() if len(operand) == 1 else [("", None)]
        if operator not in ("prefix", "suffix", "equals-ignore-case", "wildcard"):
            raise _error(path, f"Unsupported anything-but pattern: {operator or operand}")
        tests = [_operator(operator, each, path) for each in _flat(inner)]
    else:
        if any(not isinstance(each, (str, int, float)) or isinstance(each, bool) for each in _flat(operand)):
            raise _error(path, "Inside anything-but list, start|null|boolean is not supported.")
        tests = [_equal(each) for each in _flat(operand)]
    if not tests:
        raise _error(path, "Empty arrays are not allowed")
    return lambda value: any(test(value) for test in tests)


def _numeric(operand: Any, path: str) -> Test:
    if not isinstance(operand, list) or len(operand) not in (2, 4):
        raise _error(path, "Invalid member in numeric match: expected [operator, number] once or twice")
    tests = []
    for operator, number in zip(operand[::2], operand[1::2], strict=True):
        if operator not in _COMPARE or not _number(number):
            raise _error(path, f"Unrecognized numeric range operator: {operator} {number}")
        tests.append((_COMPARE[operator], number))
    return lambda value: _number(value) and all(compare(value, number) for compare, number in tests)


def _wildcard(operand: str, path: str) -> Test:
    if "**" in operand:
        raise _error(path, "Consecutive wildcard characters")
    pieces = re.split(r"(\\.|\*)", operand)
    expression = re.compile(
        "".join(".*" if each == "*" else re.escape(each[1:] if each[:1] == "\\" else each) for each in pieces), re.S
    )
    return lambda value: isinstance(value, str) and expression.fullmatch(value) is not None


def _cidr(operand: str, path: str) -> Test:
    try:
        network = ipaddress.ip_network(operand, strict=False)
    except ValueError as error:
        raise _error(path, f"Malformed CIDR: {error}") from None

    def test(value: Any) -> bool:
        try:
            return ipaddress.ip_address(value) in network
        except (ValueError, TypeError):
            return False

    return test


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _error(path: str, reason: str) -> PatternError:
    return PatternError(f"Event pattern is not valid. Reason: {reason} at {path or 'the top'}")
