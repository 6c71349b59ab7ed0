"""Lambda steps: a function that is called, and what it answers."""

from __future__ import annotations

from typing import Annotated, Any

from model_cicd.pipeline.document import Step
from model_cicd.pipeline.fields import named
from model_cicd.pipeline.needs import Needs
from model_cicd.pipeline.rights import Right, Rights
from model_cicd.pipeline.scope import Scope
from model_cicd.pipeline.steps.base import StepType, properties
from model_cicd.pipeline.steps.outside import Outside, compile_outside, outside_outputs

FunctionArn = Annotated[
    str,
    named(
        "the ARN of a Lambda function (arn:aws:lambda:region:account:function:name)",
        r"arn:[^:]+:lambda:[^:]+:[^:]+:function:[A-Za-z0-9_{}:$-]+",
    ),
]

INVOKE = Right(
    sid="Invoke",
    actions=("lambda:InvokeFunction",),
    on="the function that a step names",
    page="https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-access.html",
    targets={"functions of steps": "lambda:function"},
    shared=True,
)


class LambdaConfig(Outside):
    """The `lambda` key; the service takes no expression for the function."""

    function_arn: FunctionArn


def _compile(_: Step, config: LambdaConfig, scope: Scope) -> dict[str, Any]:
    return {"FunctionArn": config.function_arn, **compile_outside(config, scope)}


def _needs(_: Step, config: LambdaConfig, needs: Needs) -> None:
    needs.allow(INVOKE, config.function_arn)


TYPE = StepType(
    name="Lambda",
    key="lambda",
    config=LambdaConfig,
    summary="a Lambda function that is called, and what it answers",
    documentation="https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html",
    compile=_compile,
    outputs=outside_outputs,
    properties=properties("OutputParameters"),
    rights=Rights(uses=(INVOKE,)),
    needs=_needs,
)
