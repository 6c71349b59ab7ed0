"""Starts a promotion pipeline when a model version of one group is approved, with the version's ARN as its variable.

EventBridge documents no way to give a pipeline's variables to a CodePipeline target, so a state machine calls
StartPipelineExecution, which takes them (docs/adr/0007-promotion-trigger.md).
"""

from __future__ import annotations

import json
from typing import Any

from aws_cdk import aws_events as events
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct

from model_cicd.aws.place import Named, Place
from model_cicd.aws.resources import PackageGroup, Trigger
from model_cicd.constructs.event_forwarding import MODEL_STATE_CHANGE
from model_cicd.constructs.iam import Statement, role, trust_service
from model_cicd.constructs.promotion_pipeline import VARIABLE
from model_cicd.constructs.resource import resource

_LOGS_KEPT_DAYS = 90
_LOG_DELIVERY = (
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
)
_TRACING = (
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
)


class PromotionTrigger(Construct):
    """A rule on the approvals of exactly one model package group in one account, and an Express state machine."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        trigger: Trigger,
        description: str,
        place: Place,
        build: Place,
        models: PackageGroup,
        pipeline: Named,
    ) -> None:
        super().__init__(scope, id)
        machine_arn = _state_machine(self, trigger, description, place, pipeline).attr_arn
        sender = role(
            self,
            "EventsRole",
            name=trigger.events_role.name,
            description=description,
            trust=trust_service("events.amazonaws.com", source_account=place.account),
            statements=[Statement("Start", ["states:StartExecution"], [machine_arn])],
        )
        resource(
            events.CfnRule,
            self,
            "OnApproval",
            name=trigger.rule,
            description=description,
            event_pattern=approval_pattern(build.account, build.region, models.name),
            targets=[{"id": "promotion", "arn": machine_arn, "roleArn": sender.attr_arn}],
        )


def _state_machine(
    scope: Construct, trigger: Trigger, description: str, place: Place, pipeline: Named
) -> stepfunctions.CfnStateMachine:
    log_group = resource(
        logs.CfnLogGroup, scope, "Logs", log_group_name=trigger.log_group, retention_in_days=_LOGS_KEPT_DAYS
    )
    starter = role(
        scope,
        "Role",
        name=trigger.role.name,
        description=description,
        trust=trust_service("states.amazonaws.com", source_account=place.account),
        statements=[
            Statement("Start", ["codepipeline:StartPipelineExecution"], [pipeline.arn]),
            Statement("LogDelivery", _LOG_DELIVERY, ["*"], why="CloudWatch's log delivery has no resource"),
            Statement("Tracing", _TRACING, ["*"], why="X-Ray's actions have no resource"),
        ],
    )
    return resource(
        stepfunctions.CfnStateMachine,
        scope,
        "StateMachine",
        state_machine_name=trigger.state_machine.name,
        state_machine_type="EXPRESS",
        role_arn=starter,
        definition_string=json.dumps(definition(partition=place.partition, pipeline_name=pipeline.name), indent=1),
        logging_configuration={
            "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": log_group.attr_arn}}],
            "includeExecutionData": True,
            "level": "ALL",
        },
        tracing_configuration={"enabled": True},
    )


def definition(*, partition: str, pipeline_name: str) -> dict[str, Any]:
    """The state machine: one call, with the event's id as its token, so that an event delivered twice starts once.

    https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
    """
    return {
        "Comment": f"Starts {pipeline_name} for an approved model package",
        "StartAt": "StartPromotion",
        "States": {
            "StartPromotion": {
                "Type": "Task",
                "Resource": f"arn:{partition}:states:::aws-sdk:codepipeline:startPipelineExecution",
                "Parameters": {
                    "Name": pipeline_name,
                    "ClientRequestToken.$": "$.id",
                    "Variables": [{"Name": VARIABLE, "Value.$": "$.detail.ModelPackageArn"}],
                },
                "Retry": [
                    {"ErrorEquals": ["States.TaskFailed"], "IntervalSeconds": 2, "MaxAttempts": 3, "BackoffRate": 2}
                ],
                "End": True,
            }
        },
    }


def approval_pattern(account: str, region: str, group: str) -> dict[str, Any]:
    """Events of versions of `group` that became Approved; editing a version that is approved already is none.

    https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
    """
    return {
        "source": ["aws.sagemaker"],
        "detail-type": [MODEL_STATE_CHANGE],
        "account": [account],
        "region": [region],
        "detail": {
            "ModelPackageGroupName": [group],
            "ModelApprovalStatus": ["Approved"],
            "$or": [
                {"UpdatedModelPackageFields": ["ModelApprovalStatus"]},
                {"UpdatedModelPackageFields": [{"exists": False}]},
            ],
        },
    }
