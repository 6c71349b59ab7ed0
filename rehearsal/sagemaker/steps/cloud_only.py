"""Step types that need a service of AWS which no laptop has: known, and failed by a sentence unless stubbed.

What they show are the properties that versions 2 and 3 of the SageMaker Python SDK know of them.
https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from rehearsal.api import Params
from rehearsal.sagemaker import shapes
from rehearsal.sagemaker.pipelines.expressions import is_expression
from rehearsal.sagemaker.steps.base import Context, StepFailed, StepType
from rehearsal.sagemaker.steps.function import missing_output, output_shapes
from rehearsal.sagemaker.steps.quality_check import CheckStep

_TEXT = {"type": "string"}


class CloudOnlyStep(StepType):
    """A step that only AWS can run; `needs` is what this machine lacks.

    Its members are not looked at, besides its arguments where it is known what the step makes.
    """

    keys = None

    def __init__(self, needs: str, made: str | None = None) -> None:
        """`made` is what the step makes, where SageMaker has operations that create and describe it."""
        self._needs, self._made = needs, made
        self.describe = made and f"Describe{made}"

    def problems(self, step: Params) -> Iterator[str]:
        """The arguments have the shapes of the operation."""
        if self._made:
            shape = shapes.input_shape(f"Create{self._made}")
            yield from shapes.problems(shape, step["Arguments"], "Arguments", expression=is_expression, required=False)

    def properties(self, step: Params) -> dict[str, Any] | None:
        """Those of the Describe operation, where one is known."""
        return super().properties(step) or None

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


class CallbackStep(CloudOnlyStep):
    """A step whose output parameters somebody sends."""

    def properties(self, step: Params) -> dict[str, Any]:
        """The output parameters."""
        return output_shapes(step)

    def missing_property(self, step: Params, keys: list[str | int]) -> str | None:
        """`OutputParameters['NAME']`, as declared."""
        return missing_output(step, keys)


class ClarifyCheckStep(CheckStep, CloudOnlyStep):
    """A check of bias or explainability: constraints without statistics."""

    files: ClassVar[Mapping[str, str]] = {"CalculatedBaselineConstraints": "analysis.json"}


class EmrStep(CloudOnlyStep):
    """A step of a cluster, shown as EMR shows it."""

    def properties(self, step: Params) -> dict[str, Any]:
        """Those of EMR's Step, and the cluster."""
        return dict(shapes.model("emr").shape_for("Step").members) | shapes.members({"ClusterId": _TEXT})


class AutoMLStep(CloudOnlyStep):
    """An Autopilot job with the reports on its best candidate."""

    def properties(self, step: Params) -> dict[str, Any]:
        """Those of DescribeAutoMLJob, and the reports."""
        reports = dict.fromkeys(("ModelInsightsJsonReportPath", "ExplainabilityJsonReportPath"), _TEXT)
        more = shapes.members({"BestCandidateProperties": {"type": "structure", "members": reports}})
        return (super().properties(step) or {}) | more


CLOUD_ONLY: dict[str, StepType] = {
    "EMR": EmrStep("an EMR cluster"),
    "EMRServerless": CloudOnlyStep("EMR Serverless"),
    "AutoML": AutoMLStep("SageMaker Autopilot", "AutoMLJob"),
    "Callback": CallbackStep("a worker that answers through SQS"),
    "ClarifyCheck": ClarifyCheckStep("AWS's Clarify container", "ProcessingJob"),
    "EndpointConfig": CloudOnlyStep("an account with endpoints", "EndpointConfig"),
    "Endpoint": CloudOnlyStep("an account with endpoints", "Endpoint"),
    "InferenceComponent": CloudOnlyStep("an account with endpoints", "InferenceComponent"),
    "Lineage": CloudOnlyStep("SageMaker's lineage store"),
    "Cleanup": CloudOnlyStep("the resources of an account"),
    "Job": CloudOnlyStep("SageMaker's serverless jobs"),
}
