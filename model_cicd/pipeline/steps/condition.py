"""Condition steps: what decides, and the steps of either outcome."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from pydantic import Field

from model_cicd.aws.comparison import GAIN
from model_cicd.pipeline.document import Step
from model_cicd.pipeline.fields import Name, Scalar, StepName
from model_cicd.pipeline.model import Model
from model_cicd.pipeline.rights import Rights
from model_cicd.pipeline.scope import Scope
from model_cicd.pipeline.steps.base import StepType, properties
from model_cicd.text.metrics import NONE, SERVING_VERSION

#: comparisons of two values
COMPARISONS = ("Equals", "NotEquals", "GreaterThan", "GreaterThanOrEqualTo", "LessThan", "LessThanOrEqualTo")
#: of these, those between numbers
ORDERS = ("GreaterThan", "GreaterThanOrEqualTo", "LessThan", "LessThanOrEqualTo")
#: whether a value is among several
MEMBERSHIPS = ("In", "NotIn")

Operator = Literal[
    "Equals",
    "NotEquals",
    "GreaterThan",
    "GreaterThanOrEqualTo",
    "LessThan",
    "LessThanOrEqualTo",
    "In",
    "NotIn",
]


class BetterThanServing(Model):
    """Against the version that serves: `metric` is better by at least `by`, in units of the metric.

    The property file (`step_name`, `property_file`) has by how much the new model is better, `{"gain": {METRIC: N}}`.
    It holds as well where no version serves yet, which the parameter ServingVersion says.
    """

    step_name: StepName
    property_file: Name
    metric: Name
    by: Scalar = 0


class Condition(Model):
    """A comparison, or `or`, `and`, `not` of conditions, or `better_than_serving`.

    A comparison is `operator` between a value and `threshold`, or with In and NotIn a list of `values`. The value is
    that at `json_path` of a property file (`step_name`, `property_file`), or `value`.
    """

    operator: Operator | None = None
    step_name: StepName | None = None
    property_file: Name | None = None
    json_path: str | None = Field(default=None, min_length=1)
    value: Scalar | None = None
    threshold: Scalar | None = None
    values: list[Scalar] | None = Field(default=None, min_length=1)
    or_: list[Condition] | None = Field(default=None, alias="or", min_length=1)
    and_: list[Condition] | None = Field(default=None, alias="and", min_length=1)
    not_: Condition | None = Field(default=None, alias="not")
    better_than_serving: BetterThanServing | None = None


class ConditionConfig(Model):
    """The `condition` key: `if_steps` run when all conditions hold, `else_steps` otherwise."""

    conditions: list[Condition] = Field(min_length=1)
    if_steps: list[StepName] = Field(default_factory=list)
    else_steps: list[StepName] = Field(default_factory=list)


class Reading(NamedTuple):
    """A comparison with a value of a property file."""

    operator: str
    step_name: str
    property_file: str
    json_path: str
    threshold: object


def readings(step: Step) -> Iterator[Reading]:
    """The comparisons of a step with values of property files that must all hold."""
    for each in _required(step):
        parts = each.operator, each.step_name, each.property_file, each.json_path
        match parts:
            case str(operator), str(name), str(file), str(path) if operator in COMPARISONS:
                yield Reading(operator, str(name), file, path, each.threshold)


def gains(step: Step) -> Iterator[Reading]:
    """The comparisons of a step with the version that serves, which must all hold where one serves."""
    for each in _required(step):
        if wanted := each.better_than_serving:
            where = str(wanted.step_name), wanted.property_file, f"{GAIN}.{wanted.metric}"
            yield Reading("GreaterThanOrEqualTo", *where, wanted.by)


def _required(step: Step) -> Iterator[Condition]:
    """The conditions of a step that must all hold, those within `and` among them."""
    config = step.get(ConditionConfig)
    pending: list[Condition] = list(config.conditions) if config else []
    while pending:
        each = pending.pop(0)
        pending[:0] = each.and_ or []
        yield each


def _compile(_: Step, config: ConditionConfig, scope: Scope) -> dict[str, Any]:
    """The arguments of a condition; the steps of its branches stand inside it."""
    return {
        "Arguments": {
            "Conditions": [each for condition in config.conditions for each in _all(condition, scope)],
            "IfSteps": [scope.compiled(name) for name in config.if_steps],
            "ElseSteps": [scope.compiled(name) for name in config.else_steps],
        }
    }


def _all(condition: Condition, scope: Scope) -> list[dict[str, Any]]:
    """The conditions that must all hold, where a list of them is wanted."""
    if condition.and_ is None:
        return [_one(condition, scope)]
    return [each for part in condition.and_ for each in _all(part, scope)]


def _one(condition: Condition, scope: Scope) -> dict[str, Any]:
    match condition:
        case Condition(not_=Condition() as inner):
            return _not(_one(inner, scope))
        case Condition(or_=list(parts)):
            return {"Type": "Or", "Conditions": [_one(each, scope) for each in parts]}
        case Condition(and_=list(parts)):
            # the service has no And below the list of conditions: not (not a or not b)
            return _not({"Type": "Or", "Conditions": [_not(_one(each, scope)) for each in parts]})
    return _comparison(condition, scope)


def _comparison(condition: Condition, scope: Scope) -> dict[str, Any]:
    if condition.better_than_serving is not None:
        return _better(condition.better_than_serving, scope)
    left = scope.value(condition.value)
    if condition.step_name is not None and condition.property_file is not None and condition.json_path is not None:
        left = scope.json_get(condition.step_name, condition.property_file, condition.json_path)
    if condition.values is not None:
        values = [scope.value(each) for each in condition.values]
        among = {"Type": "In", "QueryValue": left, "Values": values}
        return among if condition.operator == "In" else _not(among)
    right = scope.value(condition.threshold)
    if condition.operator == "NotEquals":  # as NotIn: a form that no SDK of AWS writes
        return _not({"Type": "Equals", "LeftValue": left, "RightValue": right})
    return {"Type": condition.operator, "LeftValue": left, "RightValue": right}


def _better(wanted: BetterThanServing, scope: Scope) -> dict[str, Any]:
    """No version serves, or the new one is better by enough."""
    nothing = {"Type": "Equals", "LeftValue": {"Get": f"Parameters.{SERVING_VERSION}"}, "RightValue": NONE}
    gain = scope.json_get(wanted.step_name, wanted.property_file, f"{GAIN}.{wanted.metric}")
    better = {"Type": "GreaterThanOrEqualTo", "LeftValue": gain, "RightValue": scope.value(wanted.by)}
    return {"Type": "Or", "Conditions": [nothing, better]}


def _not(condition: dict[str, Any]) -> dict[str, Any]:
    return {"Type": "Not", "Condition": condition}


TYPE = StepType(
    name="Condition",
    key="condition",
    config=ConditionConfig,
    summary="runs one of two lists of steps, as values turn out",
    documentation="https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html",
    compile=_compile,
    rights=Rights(none="SageMaker compares by itself; the property files are outputs of other steps"),
    properties=properties("Outcome"),
)
