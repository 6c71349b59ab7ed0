"""Puts an environment asleep and wakes it: two rules by the clock, and a state machine that updates its stack.

It acts as promotions do, with the CDK deploy role of the environment's account, and changes the parameter `Asleep`
alone: template, release and every other value stay as they are there (docs/adr/0040-sleep.md).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import aws_events as events
from constructs import Construct

from model_cicd.aws.bootstrap import BootstrapRoles
from model_cicd.aws.place import Place
from model_cicd.aws.sleep import ASLEEP, SleepTimes
from model_cicd.constructs.event_machine import started_machine
from model_cicd.constructs.iam import Statement
from model_cicd.constructs.resource import resource

# a promotion that is at work holds the stack; an Express execution ends after five minutes
_RETRY = {"ErrorEquals": ["States.TaskFailed"], "IntervalSeconds": 30, "MaxAttempts": 3, "BackoffRate": 2}


@dataclass(frozen=True)
class SleepingStack:
    """The stack of an environment: its name, its other parameters, and the bootstrap roles of its account."""

    name: str
    parameters: Sequence[str]
    roles: BootstrapRoles


class SleepSchedule(Construct):
    """The rules, the state machine and its roles, in the tooling account at `place`."""

    def __init__(
        self, scope: Construct, id: str, *, times: SleepTimes, stack: SleepingStack, place: Place, environment: str
    ) -> None:
        super().__init__(scope, id)
        target = started_machine(
            self,
            machine=times.machine,
            place=place,
            description=f"Puts {environment} asleep and wakes it",
            definition=definition(place.partition, stack),
            statements=[Statement("Deploy", ["sts:AssumeRole"], [stack.roles.deploy])],
        )
        for name, rule, schedule, asleep in (
            ("Sleep", times.machine.rule, times.sleeps_at, "true"),
            ("Wake", times.wake_rule, times.wakes_at, "false"),
        ):
            resource(
                events.CfnRule,
                self,
                name,
                name=rule,
                description=f"{'Puts' if asleep == 'true' else 'Wakes'} {environment}"
                f"{' asleep' if asleep == 'true' else ''}",
                schedule_expression=schedule,
                targets=[{**target, "input": json.dumps({"asleep": asleep})}],
            )


def definition(partition: str, stack: SleepingStack) -> dict[str, Any]:
    """One call, which gives the parameter and keeps the rest; where the environment is so already, it fails unheard.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_UpdateStack.html
    """
    kept = [{"ParameterKey": each, "UsePreviousValue": True} for each in sorted({*stack.parameters} - {ASLEEP})]
    return {
        "Comment": f"Sets {ASLEEP} of {stack.name}",
        "StartAt": "Update",
        "States": {
            "Update": {
                "Type": "Task",
                "Resource": f"arn:{partition}:states:::aws-sdk:cloudformation:updateStack",
                "Credentials": {"RoleArn": stack.roles.deploy},
                "Parameters": {
                    "StackName": stack.name,
                    "UsePreviousTemplate": True,
                    "Parameters": [{"ParameterKey": ASLEEP, "ParameterValue.$": "$.asleep"}, *kept],
                    "Capabilities": ["CAPABILITY_NAMED_IAM"],
                    "RoleARN": stack.roles.cfn_exec,
                },
                "Retry": [_RETRY],
                "End": True,
            }
        },
    }
