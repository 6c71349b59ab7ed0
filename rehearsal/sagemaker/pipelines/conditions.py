"""Conditions of condition steps. https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html

`Not` has the member `Condition`: the service refuses `Expression`, which the published schema also has
(https://github.com/aws/sagemaker-python-sdk/issues/2746).
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import Any

from rehearsal.api import Params
from rehearsal.sagemaker.pipelines.expressions import ExpressionError
from rehearsal.sagemaker.shapes import nearest

Evaluate = Callable[[Any], Any]

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "Equals": operator.eq,
    "NotEquals": operator.ne,
    "GreaterThan": operator.gt,
    "GreaterThanOrEqualTo": operator.ge,
    "LessThan": operator.lt,
    "LessThanOrEqualTo": operator.le,
}
_MEMBERS = dict.fromkeys(_COMPARE, ("LeftValue", "RightValue")) | {
    "In": ("QueryValue", "Values"),
    "NotIn": ("QueryValue", "Values"),
    "Or": ("Conditions",),
    "Not": ("Condition",),
}


def problems(condition: Any, where: str) -> Iterator[str]:
    """What is wrong with a condition of a definition."""
    kind = condition.get("Type") if isinstance(condition, dict) else None
    if kind not in _MEMBERS:
        yield f"{where}.Type: got {kind!r}, expected {', '.join(_MEMBERS)}{nearest(str(kind), _MEMBERS)}"
        return
    members = _MEMBERS[kind]
    yield from (f"{where}.{name}: missing" for name in members if name not in condition)
    for name in condition:
        if name not in ("Type", *members):
            yield f"{where}.{name}: unknown member of {kind}, expected {', '.join(members)}"
    if kind in ("In", "NotIn", "Or") and not isinstance(condition.get(members[-1], []), list):
        yield f"{where}.{members[-1]}: expected a list"
    elif kind == "Or":
        for index, part in enumerate(condition.get("Conditions", [])):
            yield from problems(part, f"{where}.Conditions[{index}]")
    elif kind == "Not" and "Condition" in condition:
        yield from problems(condition["Condition"], f"{where}.Condition")


def holds(condition: Params, evaluate: Evaluate) -> bool:
    """Whether a condition is true. Raises ExpressionError when values cannot be compared."""
    kind = condition["Type"]
    if kind == "Or":
        return any(holds(part, evaluate) for part in condition["Conditions"])
    if kind == "Not":
        return not holds(condition["Condition"], evaluate)
    if kind in ("In", "NotIn"):
        found = evaluate(condition["QueryValue"]) in [evaluate(value) for value in condition["Values"]]
        return found is (kind == "In")
    left, right = evaluate(condition["LeftValue"]), evaluate(condition["RightValue"])
    if _family(left) != _family(right) or (
        _family(left) not in ("number", "text") and kind not in ("Equals", "NotEquals")
    ):
        raise ExpressionError(f"{kind}: cannot compare {left!r} with {right!r}")
    return bool(_COMPARE[kind](left, right))


def _family(value: Any) -> str:
    if isinstance(value, bool):
        return "truth value"
    if isinstance(value, int | float):
        return "number"
    return "text" if isinstance(value, str) else type(value).__name__
