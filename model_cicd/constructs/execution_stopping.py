"""Stops the SageMaker execution that a build left running: one that timed out, was stopped or failed (docs/adr/0025).

CodeBuild runs no command any more once a build is stopped or has timed out, so nothing within the build can do it.
"""

from __future__ import annotations

from typing import Any

from aws_cdk import aws_iam as iam
from constructs import Construct

from model_cicd.aws.place import Named, Place
from model_cicd.aws.policy import trust_role
from model_cicd.aws.resources import Project, Stopping
from model_cicd.constructs.event_machine import OnEvent, call
from model_cicd.constructs.iam import Statement, role
from model_cicd.constructs.start_role import executions

#: where the states of the machine keep what they found
_BUILD, _FOUND = "$.build", "$.found"


def stop_on_event(
    scope: Construct, id: str, *, stopping: Stopping, description: str, place: Place, project: Project, pipeline: Named
) -> OnEvent:
    """A rule on the ends of the builds of `project`, and a state machine that stops what they started."""
    return OnEvent(
        scope,
        id,
        machine=stopping.machine,
        place=place,
        description=description,
        pattern=ended_pattern(project.name),
        definition=definition(place.partition, pipeline.name, stopping.role.arn),
        statements=[
            Statement("Build", ["codebuild:BatchGetBuilds"], [project.arn]),
            Statement("Stop", ["sts:AssumeRole"], [stopping.role.arn]),
        ],
    )


def ended_pattern(project: str) -> dict[str, Any]:
    """Events of builds of `project` that ended otherwise than well.

    https://docs.aws.amazon.com/codebuild/latest/userguide/sample-build-notifications.html
    """
    return {
        "source": ["aws.codebuild"],
        "detail-type": ["CodeBuild Build State Change"],
        "detail": {
            "project-name": [project],
            "build-status": [{"anything-but": ["IN_PROGRESS", "SUCCEEDED"]}],
        },
    }


def definition(partition: str, pipeline: str, role_arn: str) -> dict[str, Any]:
    """The state machine: when the build began, the newest execution since then, and its end where it still runs.

    A pipeline has one build at a time. The event says when it began in a form that no API takes, so CodeBuild is asked.
    """
    sdk = f"arn:{partition}:states:::aws-sdk"
    there = {"Credentials": {"RoleArn": role_arn}}
    newest = f"{_FOUND}.PipelineExecutionSummaries[0]"
    return {
        "Comment": f"Stops the execution of {pipeline} that a build left running",
        "StartAt": "Build",
        "States": {
            "Build": call(
                f"{sdk}:codebuild:batchGetBuilds",
                # the id is what follows the ARN's only slash
                {"Ids.$": "States.Array(States.ArrayGetItem(States.StringSplit($.detail.build-id, '/'), 1))"},
                ResultPath=_BUILD,
                Next="Find",
            ),
            "Find": call(
                f"{sdk}:sagemaker:listPipelineExecutions",
                {
                    "PipelineName": pipeline,
                    "CreatedAfter.$": f"{_BUILD}.Builds[0].StartTime",
                    "SortBy": "CreationTime",
                    "SortOrder": "Descending",
                    "MaxResults": 1,
                },
                ResultPath=_FOUND,
                Next="Runs",
                **there,
            ),
            "Runs": {
                "Type": "Choice",
                "Choices": [
                    {
                        "And": [
                            {"Variable": newest, "IsPresent": True},
                            {"Variable": f"{newest}.PipelineExecutionStatus", "StringEquals": "Executing"},
                        ],
                        "Next": "Stop",
                    }
                ],
                "Default": "Done",
            },
            "Stop": call(
                f"{sdk}:sagemaker:stopPipelineExecution",
                {"PipelineExecutionArn.$": f"{newest}.PipelineExecutionArn", "ClientRequestToken.$": "$.id"},
                End=True,
                **there,
            ),
            "Done": {"Type": "Succeed"},
        },
    }


def stop_role(
    scope: Construct, *, stopping: Stopping, description: str, pipeline: Named, organization_id: str | None
) -> iam.CfnRole:
    """The role of the build account that the state machine takes: finds executions of one pipeline and stops them."""
    return role(
        scope,
        "StopRole",
        name=stopping.role.name,
        description=description,
        trust=trust_role(stopping.machine.role.arn, organization_id),
        statements=[
            Statement("Find", ["sagemaker:ListPipelineExecutions"], [pipeline.arn]),
            executions(["sagemaker:StopPipelineExecution"], pipeline.arn),
        ],
    )
