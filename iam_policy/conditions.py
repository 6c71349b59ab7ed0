"""The Condition element: operators with their qualifiers, absent and multivalued keys.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
"""

from __future__ import annotations

import enum
import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from iam_policy.context import Context, Value
from iam_policy.errors import PolicyError, Unsupported, nearest, within
from iam_policy.operators import OPERATORS, Test

IF_EXISTS, NULL = "IfExists", "Null"


class Over(enum.Enum):
    """The qualifier: how many values of a multivalued key must match."""

    ONE = ""
    ANY = "ForAnyValue"
    ALL = "ForAllValues"


@dataclass(frozen=True)
class Condition:
    """One operator, one key and its values: any of them suffices (or none may match, for a negated operator)."""

    operator: str
    key: str
    values: tuple[str, ...]
    over: Over = Over.ONE
    negated: bool = False
    if_exists: bool = False
    tests: tuple[Test, ...] = field(default=(), compare=False, repr=False)

    @functools.cached_property
    def lowered(self) -> str:
        """The key in lower case."""
        return self.key.lower()

    def holds(self, context: Context) -> bool:
        """Whether the request's context satisfies it."""
        value = context.get(self.lowered)
        if self.operator == NULL:
            return ("true" if value is None else "false") in self.values
        if value is None:
            return self._when_absent()
        if self.over is Over.ONE:
            # "Multivalued context keys require a condition set operator": without one nothing matches.
            return isinstance(value, str) and self._matches(value, context)
        return self._over(value, context)

    def _when_absent(self) -> bool:
        return self.if_exists or self.over is Over.ALL or (self.negated and self.over is Over.ONE)

    def _over(self, value: Value, context: Context) -> bool:
        values = (value,) if isinstance(value, str) else value
        quantifier = any if self.over is Over.ANY else all
        return quantifier(self._matches(each, context) for each in values)

    def _matches(self, value: str, context: Context) -> bool:
        if len(self.tests) == 1:
            return self.tests[0](value, context.variable) is not self.negated
        return any(test(value, context.variable) for test in self.tests) is not self.negated

    def __str__(self) -> str:
        """As in the policy, on one line."""
        return f"{self.operator} {self.key} {' | '.join(self.values)}"


def parse(element: Any, *, variables: bool) -> tuple[Condition, ...]:
    """The conditions of a statement, all of which must hold.

    Raises:
        PolicyError: a wrong shape or value; the message begins with the member below `Condition`.
        Unsupported: an operator that is not known.
    """
    if not isinstance(element, Mapping):
        raise PolicyError(f"Condition: expected an object of operators, got {element!r}")
    found: list[Condition] = []
    for name, keys in element.items():
        with within(f"Condition.{name}"):
            over, base, if_exists = _operator(str(name))
            if not isinstance(keys, Mapping) or not keys:
                raise PolicyError(f"expected an object of condition keys, got {keys!r}")
        for key, element_values in keys.items():
            with within(f"Condition.{name}.{key}"):
                if not key or not isinstance(key, str):
                    raise PolicyError("a condition key without a name")
                values = _values(element_values)
                if base == NULL:
                    found.append(Condition(NULL, key, tuple(_null(value) for value in values)))
                    continue
                known = OPERATORS[base]
                tests = tuple(known.compile(value, variables) for value in values)
                found.append(Condition(name, key, values, over, known.negated, if_exists, tests))
    return tuple(found)


def _operator(name: str) -> tuple[Over, str, bool]:
    """Its qualifier, its name and whether IfExists follows."""
    qualifier, _, rest = name.rpartition(":")
    base = rest.removesuffix(IF_EXISTS)
    if qualifier not in {over.value for over in Over}:
        raise Unsupported(f"unknown qualifier {qualifier!r}: expected ForAnyValue or ForAllValues")
    if base == NULL and name != NULL:
        raise PolicyError("Null takes neither a qualifier nor IfExists")
    if base not in OPERATORS and base != NULL:
        raise Unsupported(f"unknown operator{nearest(base, [*OPERATORS, NULL])}")
    return Over(qualifier), base, base != rest


def _null(value: str) -> str:
    if value.lower() not in ("true", "false"):
        raise PolicyError(f"{value!r}: expected true or false")
    return value.lower()


def _values(element: Any) -> tuple[str, ...]:
    listed = element if isinstance(element, list | tuple) else [element]
    if not listed:
        raise PolicyError("no value")
    return tuple(_scalar(value) for value in listed)


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise PolicyError(f"expected a string, number or boolean, got {value!r}")
