"""A state machine that transforms data with a model, and the rule that starts its runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aws_cdk import aws_events as events
from constructs import Construct

from model_cicd.aws.place import Place
from model_cicd.aws.resources import MACHINE_LOGS
from model_cicd.batch_states import JOB_PREFIX, MODEL, definition
from model_cicd.constructs.event_machine import machine_role, starting_target, state_machine
from model_cicd.constructs.iam import Statement
from model_cicd.constructs.resource import resource
from model_cicd.hosting import BatchTransform


class BatchRuns(Construct):
    """The machine `name` and its role; `starts_with` starts runs where a rule does: its role's name and its own.

    Attributes: `arn`, the state machine's.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        place: Place,
        transform: BatchTransform,
        model_name: str,
        name: str,
        role_name: str,
        job_prefix: str,
    ) -> None:
        super().__init__(scope, id)
        runner = machine_role(
            self,
            role_name,
            place=place,
            description="Runs transforms with an approved model",
            statements=_statements(place, transform, name=name, job_prefix=job_prefix),
        )
        self.arn = state_machine(
            self,
            name=name,
            log_group_name=f"{MACHINE_LOGS}{name}",
            kind="STANDARD",
            role_arn=runner.attr_arn,
            definition=definition(transform, place.partition),
            substitutions={MODEL: model_name, JOB_PREFIX: job_prefix},
        ).attr_arn


def starting_rule(
    scope: Construct, *, place: Place, transform: BatchTransform, machine_arn: str, name: str, role_name: str
) -> None:
    """The rule `name` that starts runs of the machine, and the role that it does so with."""
    description = "Starts transforms"
    target = starting_target(scope, place=place, role_name=role_name, description=description, machine_arn=machine_arn)
    resource(
        events.CfnRule,
        scope,
        "Rule",
        name=name,
        description=description,
        event_pattern=new_object(transform) if transform.on_new_data else None,
        schedule_expression=transform.schedule,
        targets=[target],
    )


def new_object(transform: BatchTransform) -> Mapping[str, Any]:
    """The pattern of events about new objects below the input that are not empty, as markers of folders are.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
    """
    return {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {
            "bucket": {"name": [transform.input.bucket]},
            "object": {"key": [{"prefix": f"{transform.input.path}/"}], "size": [{"numeric": [">", 0]}]},
        },
    }


def _statements(place: Place, transform: BatchTransform, *, name: str, job_prefix: str) -> list[Statement]:
    found = [
        Statement("Turn", ["states:ListExecutions"], [place.arn("states", f"stateMachine:{name}")]),
        Statement(
            "Transform",
            ["sagemaker:CreateTransformJob", "sagemaker:DescribeTransformJob", "sagemaker:StopTransformJob"],
            [place.arn("sagemaker", f"transform-job/{job_prefix}-*")],
            why="each run names its job after itself, behind what jobs of the environment begin with",
        ),
    ]
    if transform.topic_arn:
        found.append(Statement("Tell", ["sns:Publish"], [transform.topic_arn]))
    return found
