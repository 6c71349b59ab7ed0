"""Model steps. https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html"""

from __future__ import annotations

from collections.abc import Iterator

from rehearsal.api import Params
from rehearsal.sagemaker.steps.base import Context, StepType, check_request
from rehearsal.sagemaker.steps.job import create, job_name


class ModelStep(StepType):
    """A model, made with the pipeline's role."""

    keys = ("RetryPolicies",)
    describe = "DescribeModel"

    def problems(self, step: Params) -> Iterator[str]:
        """The arguments are those of CreateModel, without its name and with the role optional."""
        given = ("ModelName", "ExecutionRoleArn")
        yield from check_request("CreateModel", step["Arguments"], given=given, ignored=("ModelName",))

    def prepared(self, arguments: Params) -> Params:
        """Without the name, which the pipeline gives."""
        return {name: value for name, value in arguments.items() if name != "ModelName"}

    def run(self, context: Context) -> Params:
        """Create."""
        name = job_name(context)
        role = {"ExecutionRoleArn": context.execution.role}
        arn = create(context, "CreateModel", role | context.arguments | {"ModelName": name})["ModelArn"]
        context.show({"Model": {"Arn": arn}})
        described: Params = context.client("sagemaker").describe_model(ModelName=name)
        return described
