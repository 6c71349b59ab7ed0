"""Condition steps. https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rehearsal.api import Params
from rehearsal.sagemaker import shapes
from rehearsal.sagemaker.pipelines import conditions
from rehearsal.sagemaker.pipelines.expressions import ExpressionError
from rehearsal.sagemaker.shapes import nearest
from rehearsal.sagemaker.steps.base import Context, StepFailed, StepType

_ARGUMENTS = ("Conditions", "IfSteps", "ElseSteps")
_PROPERTIES = shapes.members({"Outcome": {"type": "string", "enum": ["True", "False"]}})


class ConditionStep(StepType):
    """All conditions must hold for the steps of IfSteps; otherwise those of ElseSteps run."""

    def problems(self, step: Params) -> Iterator[str]:
        """The members and the conditions; the steps of the branches are looked at with all others."""
        arguments = step["Arguments"]
        for name, value in arguments.items():
            if name not in _ARGUMENTS:
                yield f"Arguments.{name}: unknown member{nearest(name, _ARGUMENTS)}"
            elif not isinstance(value, list):
                yield f"Arguments.{name}: got {type(value).__name__}, expected a list"
        if not isinstance(arguments.get("Conditions"), list) or not arguments["Conditions"]:
            yield "Arguments.Conditions: expected a list of at least one condition"
            return
        for index, condition in enumerate(arguments["Conditions"]):
            yield from conditions.problems(condition, f"Arguments.Conditions[{index}]")

    def properties(self, step: Params) -> dict[str, Any]:
        """There is the outcome, and nothing else."""
        return _PROPERTIES

    def stand_in(self, context: Context) -> Params:
        """The side of IfSteps."""
        return {"Outcome": "True"}

    def prepared(self, arguments: Params) -> Params:
        """The branches are not this step's to evaluate, and conditions only as far as it takes."""
        return {}

    def run(self, context: Context) -> Params:
        """Judge. Raises StepFailed."""
        step = context.execution.definition.steps[context.step]
        try:
            outcome = all(conditions.holds(condition, context.resolve) for condition in step.arguments["Conditions"])
        except ExpressionError as error:
            raise StepFailed(f"ClientError: cannot evaluate the condition: {error}") from None
        context.show({"Condition": {"Outcome": str(outcome)}})
        return {"Outcome": str(outcome)}
