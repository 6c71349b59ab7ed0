"""An endpoint that can be away for a while: its stack keeps the release, model and configuration, which cost nothing.

The parameter `Asleep` says whether it is there (docs/adr/0040-sleep.md).
"""

from __future__ import annotations

import aws_cdk as cdk
from constructs import IConstruct

from model_cicd.aws.sleep import ASLEEP

#: what costs, or would watch or scale an endpoint that is not there
_AWAY = (
    "AWS::ApplicationAutoScaling::ScalableTarget",
    "AWS::ApplicationAutoScaling::ScalingPolicy",
    "AWS::SageMaker::Endpoint",
)


def away_while_asleep(stack: cdk.Stack, *, name_output: str, endpoint_name: str, idle_alarm: str) -> None:
    """Make the endpoint of `stack`, with its scaling and the alarm of the id `idle_alarm`, be there while it is awake.

    The output `name_output` cannot refer to an endpoint that may be away: it has its name (`endpoint_name`) instead.
    """
    asleep = cdk.CfnParameter(
        stack,
        ASLEEP,
        type="String",
        default="false",
        allowed_values=["false", "true"],
        description="Whether the environment sleeps: without its endpoint",
    )
    awake = cdk.CfnCondition(stack, "Awake", expression=cdk.Fn.condition_equals(asleep, "false"))
    for each in stack.node.find_all():
        if isinstance(each, cdk.CfnResource) and _is_away(each, idle_alarm):
            each.cfn_options.condition = awake
    output = stack.node.find_child(name_output)
    assert isinstance(output, cdk.CfnOutput)
    output.value = endpoint_name


def _is_away(each: cdk.CfnResource, idle_alarm: str) -> bool:
    found: IConstruct = each
    return each.cfn_resource_type in _AWAY or found.node.id == idle_alarm
