"""Condition steps: comparisons of a property file's values, and the steps of either outcome.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html (Condition step)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from model_cicd.pipeline.expressions import Name, Scalar, StepName
from model_cicd.pipeline.model import Model

if TYPE_CHECKING:
    from model_cicd.pipeline.schema import Step
    from model_cicd.pipeline.scope import Scope

Operator = Literal["Equals", "NotEquals", "GreaterThan", "GreaterThanOrEqualTo", "LessThan", "LessThanOrEqualTo"]


class Comparison(Model):
    """`operator` between the value at `json_path` of a property file and `threshold`."""

    operator: Operator
    step_name: StepName
    property_file: Name
    json_path: str = Field(min_length=1)
    threshold: Scalar


class ConditionConfig(Model):
    """The `condition` key: `if_steps` run when all conditions hold, `else_steps` otherwise."""

    conditions: list[Comparison] = Field(min_length=1)
    if_steps: list[StepName] = Field(default_factory=list)
    else_steps: list[StepName] = Field(default_factory=list)


def compile_condition(step: Step, scope: Scope) -> dict[str, Any]:
    """The arguments of a condition; the steps of its branches stand inside it."""
    config = step.condition
    assert config is not None
    return {
        "Arguments": {
            "Conditions": [
                {
                    "Type": each.operator,
                    "LeftValue": scope.json_get(each.step_name, each.property_file, each.json_path),
                    "RightValue": scope.value(each.threshold),
                }
                for each in config.conditions
            ],
            "IfSteps": [scope.compiled(name) for name in config.if_steps],
            "ElseSteps": [scope.compiled(name) for name in config.else_steps],
        }
    }
