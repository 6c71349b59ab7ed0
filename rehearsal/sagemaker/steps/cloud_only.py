"""Step types that need a service of AWS which no laptop has: known, and failed by a sentence unless stubbed.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html
"""

from __future__ import annotations

from collections.abc import Iterator

from rehearsal.api import Params
from rehearsal.sagemaker.steps.base import Context, StepFailed, StepType


class CloudOnlyStep(StepType):
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
        """Fail by name. Raises StepFailed."""
        kind = context.execution.definition.steps[context.step].type
        raise StepFailed(
            f"ClientError: {kind} steps cannot run on this machine: they need {self._needs}. "
            f"Stub the step (--stub {context.step}=Succeeded) to go on without it"
        )


CLOUD_ONLY: dict[str, StepType] = {
    "EMR": CloudOnlyStep("an EMR cluster"),
    "EMRServerless": CloudOnlyStep("EMR Serverless"),
    "AutoML": CloudOnlyStep("SageMaker Autopilot"),
    "Callback": CloudOnlyStep("a worker that answers through SQS"),
    "QualityCheck": CloudOnlyStep("AWS's Model Monitor container"),
    "ClarifyCheck": CloudOnlyStep("AWS's Clarify container"),
    "EndpointConfig": CloudOnlyStep("an account with endpoints"),
    "Endpoint": CloudOnlyStep("an account with endpoints"),
    "InferenceComponent": CloudOnlyStep("an account with endpoints"),
    "Lineage": CloudOnlyStep("SageMaker's lineage store"),
    "Cleanup": CloudOnlyStep("the resources of an account"),
    "Job": CloudOnlyStep("SageMaker's serverless jobs"),
}
