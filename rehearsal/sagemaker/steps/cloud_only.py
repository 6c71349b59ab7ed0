"""Step types that need a service of AWS which no laptop has: known, and failed by a sentence unless stubbed.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html
"""

from __future__ import annotations

from collections.abc import Iterator

from rehearsal.api import Params
from rehearsal.sagemaker import shapes
from rehearsal.sagemaker.pipelines.expressions import is_expression
from rehearsal.sagemaker.steps.base import Context, StepFailed, StepType


class CloudOnlyStep(StepType):
    """A step that only AWS can run; `needs` is what this machine lacks.

    Its members are not looked at, besides its arguments where they are those of an `operation`.
    """

    keys = None

    def __init__(self, needs: str, operation: str | None = None) -> None:
        self._needs = needs
        self._operation = operation

    def problems(self, step: Params) -> Iterator[str]:
        """The arguments have the shapes of the operation."""
        if self._operation:
            shape = shapes.input_shape(self._operation)
            yield from shapes.problems(shape, step["Arguments"], "Arguments", expression=is_expression, required=False)

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
    "AutoML": CloudOnlyStep("SageMaker Autopilot", "CreateAutoMLJob"),
    "Callback": CloudOnlyStep("a worker that answers through SQS"),
    "QualityCheck": CloudOnlyStep("AWS's Model Monitor container", "CreateProcessingJob"),
    "ClarifyCheck": CloudOnlyStep("AWS's Clarify container", "CreateProcessingJob"),
    "EndpointConfig": CloudOnlyStep("an account with endpoints", "CreateEndpointConfig"),
    "Endpoint": CloudOnlyStep("an account with endpoints", "CreateEndpoint"),
    "InferenceComponent": CloudOnlyStep("an account with endpoints", "CreateInferenceComponent"),
    "Lineage": CloudOnlyStep("SageMaker's lineage store"),
    "Cleanup": CloudOnlyStep("the resources of an account"),
    "Job": CloudOnlyStep("SageMaker's serverless jobs"),
}
