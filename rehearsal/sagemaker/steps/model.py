"""Model steps. https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html"""

from __future__ import annotations

from rehearsal.api import Params
from rehearsal.sagemaker.steps.base import Context, RequestStep
from rehearsal.sagemaker.steps.job import create, job_name


class ModelStep(RequestStep):
    """A model, made with the pipeline's role."""

    keys = ("RetryPolicies",)
    describe = "DescribeModel"
    operation, named, given = "CreateModel", "ModelName", ("ExecutionRoleArn",)

    def run(self, context: Context) -> Params:
        """Create."""
        name = job_name(context, self.named)
        role = {"ExecutionRoleArn": context.execution.role}
        arn = create(context, "CreateModel", role | context.arguments | {"ModelName": name})["ModelArn"]
        context.show({"Model": {"Arn": arn}})
        described: Params = context.client("sagemaker").describe_model(ModelName=name)
        return described
