"""Callback steps: a message to a queue, and waiting for the answer that somebody else sends."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

from model_cicd.pipeline.document import Step
from model_cicd.pipeline.fields import named
from model_cicd.pipeline.needs import Needs
from model_cicd.pipeline.rights import Right, Rights
from model_cicd.pipeline.scope import Scope
from model_cicd.pipeline.steps.base import StepType, properties
from model_cicd.pipeline.steps.outside import Outside, compile_outside, outside_outputs

QueueUrl = Annotated[
    str,
    named(
        "the URL of an SQS queue (https://sqs.region.amazonaws.com/account/name)",
        r"https://sqs\.[^/]+/[^/]+/[A-Za-z0-9_{}:.-]+",
    ),
]

ASK = Right(
    sid="Ask",
    actions=("sqs:SendMessage",),
    on="the queue that a step names",
    page="https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-access.html",
    targets={"queues of steps": "sqs:queue"},
    shared=True,
)


class CallbackConfig(Outside):
    """The `callback` key; the service takes no expression for the queue."""

    sqs_queue_url: QueueUrl


def _compile(_: Step, config: CallbackConfig, scope: Scope) -> dict[str, Any]:
    return {"SqsQueueUrl": config.sqs_queue_url, **compile_outside(config, scope)}


def _needs(_: Step, config: CallbackConfig, needs: Needs) -> None:
    host, account, name = config.sqs_queue_url.removeprefix("https://").split("/")
    region = host.split(".")[1]
    needs.allow(ASK, replace(needs.place, account=account, region=region).arn("sqs", name))


TYPE = StepType(
    name="Callback",
    key="callback",
    config=CallbackConfig,
    summary="a message to a queue, and waiting for the answer",
    documentation="https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html",
    compile=_compile,
    outputs=outside_outputs,
    properties=properties("OutputParameters"),
    rights=Rights(uses=(ASK,)),
    needs=_needs,
)
