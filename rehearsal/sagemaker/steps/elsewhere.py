"""Step types that need a service of AWS which no laptop has: known, and failed by a sentence unless stubbed.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html
"""

from __future__ import annotations

from collections.abc import Iterator

from rehearsal.api import Params
from rehearsal.sagemaker.steps.base import Context, StepFailed, StepType


class ElsewhereStep(StepType):
    """A step that only AWS can run; `needs` is what this machine lacks. Its members are not looked at."""

    keys = None

    def __init__(self, needs: str) -> None:
        self._needs = needs

    def problems(self, step: Params) -> Iterator[str]:
        """None: AWS checks these."""
        yield from ()

    def missing_property(self, step: Params, keys: list[str | int]) -> str | None:
        """Every property may be there."""
        return None

    def prepared(self, arguments: Params) -> Params:
        """Nothing is done with them."""
        return {}

    def run(self, context: Context) -> Params:
        """Fail by name."""
        kind = context.execution.definition.steps[context.step].type
        raise StepFailed(
            f"ClientError: {kind} steps cannot run on this machine: they need {self._needs}. "
            f"Stub the step (--stub {context.step}=Succeeded) to go on without it"
        )


ELSEWHERE: dict[str, StepType] = {
    "EMR": ElsewhereStep("an EMR cluster"),
    "EMRServerless": ElsewhereStep("EMR Serverless"),
    "AutoML": ElsewhereStep("SageMaker Autopilot"),
    "Callback": ElsewhereStep("a worker that answers through SQS"),
    "QualityCheck": ElsewhereStep("AWS's Model Monitor container"),
    "ClarifyCheck": ElsewhereStep("AWS's Clarify container"),
    "EndpointConfig": ElsewhereStep("an account with endpoints"),
    "Endpoint": ElsewhereStep("an account with endpoints"),
    "InferenceComponent": ElsewhereStep("an account with endpoints"),
    "Lineage": ElsewhereStep("SageMaker's lineage store"),
    "Cleanup": ElsewhereStep("the resources of an account"),
    "Job": ElsewhereStep("SageMaker's serverless jobs"),
}
