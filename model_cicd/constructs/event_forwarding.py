"""Sends what happens to the models of one group from the build account to the tooling account's event bus."""

from __future__ import annotations

from aws_cdk import aws_events as events
from constructs import Construct

from model_cicd.aws.resources import Forwarding
from model_cicd.constructs.iam import Statement, role, trust_service
from model_cicd.constructs.resource import resource

#: https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
MODEL_STATE_CHANGE = "SageMaker Model Package State Change"
PROCESSING_STATE_CHANGE = "SageMaker Processing Job State Change"
#: how event patterns of model packages begin
MODEL_EVENTS = {"source": ["aws.sagemaker"], "detail-type": [MODEL_STATE_CHANGE]}


class EventForwarding(Construct):
    """A rule on exactly this model package group, and a role that may put events on exactly one bus."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        account: str,
        forwarding: Forwarding,
        description: str,
        model_package_group_name: str,
        event_bus_arn: str,
    ) -> None:
        super().__init__(scope, id)
        sender = role(
            self,
            "Role",
            name=forwarding.role.name,
            description=description,
            trust=trust_service("events.amazonaws.com", source_account=account),
            statements=[Statement("Forward", ["events:PutEvents"], [event_bus_arn])],
        )
        resource(
            events.CfnRule,
            self,
            "Rule",
            name=forwarding.rule,
            description=description,
            event_pattern={**MODEL_EVENTS, "detail": {"ModelPackageGroupName": [model_package_group_name]}},
            targets=[{"id": "tooling-bus", "arn": event_bus_arn, "roleArn": sender.attr_arn}],
        )
