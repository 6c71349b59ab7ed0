"""Fail steps. https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html"""

from __future__ import annotations

from collections.abc import Iterator

from rehearsal.api import Params
from rehearsal.sagemaker.pipelines.expressions import is_expression
from rehearsal.sagemaker.shapes import nearest
from rehearsal.sagemaker.steps.base import Context, StepFailed, StepType


class FailStep(StepType):
    """Ends the execution as failed, with a message."""

    def problems(self, step: Params) -> Iterator[str]:
        """One argument: a text or an expression."""
        for name in step["Arguments"]:
            if name != "ErrorMessage":
                yield f"Arguments.{name}: unknown member{nearest(name, ['ErrorMessage'])}"
        message = step["Arguments"].get("ErrorMessage", "")
        if not isinstance(message, str) and not is_expression(message):
            yield f"Arguments.ErrorMessage: got {type(message).__name__}, expected a string"

    def run(self, context: Context) -> Params:
        """Fail. Raises StepFailed."""
        message = str(context.arguments.get("ErrorMessage", ""))
        context.show({"Fail": {"ErrorMessage": message}})
        raise StepFailed(message)
