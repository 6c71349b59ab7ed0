"""Sends what happens to models from accounts of a group to the tooling account's event bus."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aws_cdk import aws_events as events
from constructs import Construct

from model_cicd.aws.resources import Forwarding
from model_cicd.constructs.iam import Statement, role, trust_service
from model_cicd.constructs.resource import resource

#: https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
MODEL_STATE_CHANGE = "SageMaker Model Package State Change"
EXECUTION_STATE_CHANGE = "SageMaker Model Building Pipeline Execution Status Change"
PROCESSING_STATE_CHANGE = "SageMaker Processing Job State Change"
#: how event patterns of model packages begin
MODEL_EVENTS = {"source": ["aws.sagemaker"], "detail-type": [MODEL_STATE_CHANGE]}


class EventForwarding(Construct):
    """Rules on exactly this model package group, and this pipeline's failures where they are forwarded.

    Their role may put events on exactly one bus.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        account: str,
        forwarding: Forwarding,
        description: str,
        model_package_group_name: str,
        pipeline_arn: str,
        event_bus_arn: str,
    ) -> None:
        super().__init__(scope, id)
        target = forwarding_target(
            self,
            "Role",
            name=forwarding.role.name,
            account=account,
            description=description,
            event_bus_arn=event_bus_arn,
        )
        resource(
            events.CfnRule,
            self,
            "Rule",
            name=forwarding.rule,
            description=description,
            event_pattern={**MODEL_EVENTS, "detail": {"ModelPackageGroupName": [model_package_group_name]}},
            targets=[target],
        )
        if forwarding.failures_rule:
            resource(
                events.CfnRule,
                self,
                "Failures",
                name=forwarding.failures_rule,
                description=description.replace("Model events", "Failed executions"),
                event_pattern=failed_executions(pipeline_arn),
                targets=[target],
            )


def failed_executions(pipeline_arn: str) -> dict[str, Any]:
    """Events of executions of a SageMaker pipeline that failed."""
    return {
        "source": ["aws.sagemaker"],
        "detail-type": [EXECUTION_STATE_CHANGE],
        "detail": {"pipelineArn": [pipeline_arn], "currentPipelineExecutionStatus": ["Failed"]},
    }


def forwarding_target(
    scope: Construct, id: str, *, name: str, account: str, description: str, event_bus_arn: str
) -> dict[str, str]:
    """The target of a rule that puts events on one bus, with the role `name` that does so."""
    sender = role(
        scope,
        id,
        name=name,
        description=description,
        trust=trust_service("events.amazonaws.com", source_account=account),
        statements=[Statement("Forward", ["events:PutEvents"], [event_bus_arn])],
    )
    return {"id": "tooling-bus", "arn": event_bus_arn, "roleArn": sender.attr_arn}


def violations(roles: Sequence[str], accounts: Sequence[str] | None = None) -> dict[str, Any]:
    """Events of jobs with these roles that found violations, of `accounts` where they are named.

    Model Monitor's image says so in the message of its end.
    """
    return {
        "source": ["aws.sagemaker"],
        "detail-type": [PROCESSING_STATE_CHANGE],
        **({"account": list(accounts)} if accounts is not None else {}),
        "detail": {
            "RoleArn": list(roles),
            "ProcessingJobStatus": ["Completed"],
            "ExitMessage": [{"prefix": "CompletedWithViolations"}],
        },
    }
