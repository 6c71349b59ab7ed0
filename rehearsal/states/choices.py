"""Choice rules. https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html"""

from __future__ import annotations

import fnmatch
import operator
from collections.abc import Callable, Iterator
from typing import Any

from rehearsal.states import paths

_TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "GreaterThan": operator.gt,
    "LessThanEquals": operator.le,
    "GreaterThanEquals": operator.ge,
}
_TYPES: dict[str, tuple[type, ...]] = {"String": (str,), "Numeric": (int, float)}
_IS: dict[str, Callable[[Any], bool]] = {
    "IsNull": lambda value: value is None,
    "IsString": lambda value: isinstance(value, str),
    "IsNumeric": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "IsBoolean": lambda value: isinstance(value, bool),
}
COMPARISONS = frozenset(
    [f"{kind}{test}{path}" for kind in _TYPES for test in _TESTS for path in ("", "Path")]
    + ["BooleanEquals", "BooleanEqualsPath", "StringMatches", "IsPresent", *_IS]
)
_COMBINED = ("And", "Or", "Not")


def problems(rule: Any, where: str, *, top: bool = True) -> Iterator[str]:
    """What is wrong with a rule, or not supported, each with its place."""
    if not isinstance(rule, dict):
        yield f"{where}: got {rule!r}, expected an object"
        return
    members = set(rule) - {"Next", "Comment", "Variable"}
    combined = sorted(members & set(_COMBINED))
    if combined:
        yield from (f"{where}: {name} next to {combined[0]}" for name in sorted(members - {combined[0]}))
        rules = [rule["Not"]] if combined[0] == "Not" else rule[combined[0]]
        for number, each in enumerate(rules if isinstance(rules, list) else [rules]):
            yield from problems(each, f"{where}/{combined[0]}[{number}]", top=False)
        return
    for name in sorted(members - COMPARISONS):
        yield f"{where}: the embedded AWS does not support the comparison {name}"
    if len(members & COMPARISONS) != 1:
        yield f"{where}: got {len(members & COMPARISONS)} comparisons, expected one"
    yield from paths.problem(rule.get("Variable"), f"{where}/Variable")
    for name in members & COMPARISONS:
        if name.endswith("Path"):
            yield from paths.problem(rule[name], f"{where}/{name}")


def matches(rule: dict[str, Any], data: Any, context: Any) -> bool:
    """Whether a rule holds. Raises PathError when its variable is missing."""
    if "And" in rule:
        return all(matches(each, data, context) for each in rule["And"])
    if "Or" in rule:
        return any(matches(each, data, context) for each in rule["Or"])
    if "Not" in rule:
        return not matches(rule["Not"], data, context)
    name = next(key for key in rule if key in COMPARISONS)
    if name == "IsPresent":
        return paths.has(rule["Variable"], data, context) is bool(rule[name])
    wanted = paths.select(rule[name], data, context) if name.endswith("Path") else rule[name]
    return _holds(name.removesuffix("Path"), paths.select(rule["Variable"], data, context), wanted)


def _holds(name: str, value: Any, wanted: Any) -> bool:
    if name in _IS:
        return _IS[name](value) is bool(wanted)
    if name == "BooleanEquals":
        return isinstance(value, bool) and value is wanted
    if name == "StringMatches":
        return isinstance(value, str) and fnmatch.fnmatchcase(value, wanted.replace("[", "[[]").replace("?", "[?]"))
    kind = "String" if name.startswith("String") else "Numeric"
    right = isinstance(value, _TYPES[kind]) and not isinstance(value, bool)
    return right and _TESTS[name.removeprefix(kind)](value, wanted)
