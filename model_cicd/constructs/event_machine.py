"""State machines that call AWS with roles of their own, and rules of EventBridge that start them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct

from model_cicd.aws.place import Place
from model_cicd.aws.resources import EventMachine
from model_cicd.constructs.iam import Statement, role, trust_service
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


class OnEvent(Construct):
    """Runs `definition` (of the state machine) for each event that matches `pattern`, with the rights `statements`.

    `RULE` is the rule's id as a construct, `KIND` that of the machine: EXPRESS or STANDARD.
    """

    RULE, KIND = "Rule", "EXPRESS"

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        machine: EventMachine,
        place: Place,
        description: str,
        pattern: dict[str, Any],
        definition: dict[str, Any],
        statements: Sequence[Statement],
    ) -> None:
        super().__init__(scope, id)
        started = started_machine(
            self,
            machine=machine,
            place=place,
            description=description,
            definition=definition,
            statements=statements,
            kind=self.KIND,
        )
        resource(
            events.CfnRule,
            self,
            self.RULE,
            name=machine.rule,
            description=description,
            event_pattern=pattern,
            targets=[started],
        )


def started_machine(
    scope: Construct,
    *,
    machine: EventMachine,
    place: Place,
    description: str,
    definition: dict[str, Any],
    statements: Sequence[Statement],
    kind: str = "EXPRESS",
) -> dict[str, Any]:
    """The state machine of a kind with its roles; gives back the target of a rule that starts it."""
    runner = machine_role(scope, machine.role.name, place=place, description=description, statements=statements)
    machine_arn = _state_machine(scope, machine, runner, definition, kind).attr_arn
    return starting_target(
        scope, place=place, role_name=machine.events_role.name, description=description, machine_arn=machine_arn
    )


def starting_target(
    scope: Construct, *, place: Place, role_name: str, description: str, machine_arn: str
) -> dict[str, Any]:
    """The target of a rule that starts a state machine, with the role that does so."""
    sender = role(
        scope,
        "EventsRole",
        name=role_name,
        description=description,
        trust=trust_service("events.amazonaws.com", source_account=place.account),
        statements=[Statement("Start", ["states:StartExecution"], [machine_arn])],
    )
    return {"id": "state-machine", "arn": machine_arn, "roleArn": sender.attr_arn}


def machine_role(
    scope: Construct, name: str, *, place: Place, description: str, statements: Sequence[Statement]
) -> iam.CfnRole:
    """The role of a state machine that writes a log and traces."""
    return role(
        scope,
        "Role",
        name=name,
        description=description,
        trust=trust_service("states.amazonaws.com", source_account=place.account),
        statements=[
            *statements,
            Statement("LogDelivery", _LOG_DELIVERY, ["*"], why="CloudWatch's log delivery has no resource"),
            Statement("Tracing", _TRACING, ["*"], why="X-Ray's actions have no resource"),
        ],
    )


def _state_machine(
    scope: Construct, machine: EventMachine, runner: iam.CfnRole, definition: dict[str, Any], kind: str
) -> stepfunctions.CfnStateMachine:
    return state_machine(
        scope,
        name=machine.state_machine.name,
        log_group_name=machine.log_group,
        kind=kind,
        role_arn=runner,
        definition=definition,
    )


def state_machine(
    scope: Construct,
    *,
    name: str,
    log_group_name: str,
    kind: str,
    role_arn: str | iam.CfnRole,
    definition: Mapping[str, Any],
    substitutions: Mapping[str, str] | None = None,
) -> stepfunctions.CfnStateMachine:
    """A state machine of `kind` EXPRESS or STANDARD with a log of its own.

    `substitutions` take the place of `${...}` in the definition.
    """
    log_group = resource(
        logs.CfnLogGroup, scope, "Logs", log_group_name=log_group_name, retention_in_days=_LOGS_KEPT_DAYS
    )
    return resource(
        stepfunctions.CfnStateMachine,
        scope,
        "StateMachine",
        state_machine_name=name,
        state_machine_type=kind,
        role_arn=role_arn,
        definition_string=json.dumps(definition, indent=1),
        definition_substitutions=substitutions,
        logging_configuration={
            "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": log_group.attr_arn}}],
            "includeExecutionData": True,
            "level": "ALL",
        },
        tracing_configuration={"enabled": True},
    )


def call(resource_arn: str, parameters: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A state that calls AWS, and tries three times more where it fails.

    https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
    """
    retry = {"ErrorEquals": ["States.TaskFailed"], "IntervalSeconds": 2, "MaxAttempts": 3, "BackoffRate": 2}
    return {"Type": "Task", "Resource": resource_arn, "Parameters": parameters, "Retry": [retry], **more}
