"""Writes into the model registry how far a version's promotion has come: its stage, and nothing else.

Who writes it can approve nothing: a request that speaks of the approval is refused (docs/life.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aws_cdk import aws_iam as iam
from constructs import Construct

from model_cicd.aws.life_cycle import DEPLOYED, STAGE_KEY, STAGES, STATUS_KEY, StageRecording
from model_cicd.aws.place import Named, Place
from model_cicd.aws.policy import trust_role
from model_cicd.aws.resources import PackageGroup
from model_cicd.constructs.event_machine import OnEvent, call
from model_cicd.constructs.iam import Statement, role
from model_cicd.constructs.registry import VERSIONS_WHY

#: where the states of the machine keep what they found
_FOUND, _TO = "$.found", "$.to"


def stage_recorder(
    scope: Construct,
    id: str,
    *,
    recording: StageRecording,
    description: str,
    place: Place,
    pipeline: Named,
    types: Mapping[str, str],
) -> OnEvent:
    """A rule on stages of `pipeline` that went through; `types` are those of environments by the stage's name."""
    return OnEvent(
        scope,
        id,
        machine=recording.machine,
        place=place,
        description=description,
        pattern=deployed_pattern(pipeline.name, list(types)),
        definition=definition(place.partition, pipeline.name, types, recording.role.arn),
        statements=[
            Statement("Execution", ["codepipeline:GetPipelineExecution"], [pipeline.arn]),
            Statement("Record", ["sts:AssumeRole"], [recording.role.arn]),
        ],
    )


def deployed_pattern(pipeline: str, stages: list[str]) -> dict[str, Any]:
    """Events of stages that deployed an environment.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/detect-state-changes-cloudwatch-events.html
    """
    return {
        "source": ["aws.codepipeline"],
        "detail-type": ["CodePipeline Stage Execution State Change"],
        "detail": {"pipeline": [pipeline], "stage": stages, "state": ["SUCCEEDED"]},
    }


def definition(partition: str, pipeline: str, types: Mapping[str, str], role_arn: str) -> dict[str, Any]:
    """The state machine: which version the execution is about, the stage by the environment's type, and the record."""
    sdk = f"arn:{partition}:states:::aws-sdk"
    by_type: dict[str, list[str]] = {}
    for stage, kind in types.items():
        by_type.setdefault(STAGES[kind], []).append(stage)
    record = call(
        f"{sdk}:sagemaker:updateModelPackage",
        {
            "ModelPackageArn.$": f"{_FOUND}.PipelineExecution.Variables[0].ResolvedValue",
            "ModelLifeCycle": {
                "Stage.$": f"{_TO}.stage",
                "StageStatus": DEPLOYED,
                "StageDescription.$": "States.Format('{} by promotion {}', $.detail.stage, $.detail.execution-id)",
            },
        },
        Credentials={"RoleArn": role_arn},
        End=True,
    )
    return {
        "Comment": f"Records how far {pipeline} brought a version",
        "StartAt": "Execution",
        "States": {
            "Execution": call(
                f"{sdk}:codepipeline:getPipelineExecution",
                {"PipelineName": pipeline, "PipelineExecutionId.$": "$.detail.execution-id"},
                ResultPath=_FOUND,
                Next="Where",
            ),
            "Where": {
                "Type": "Choice",
                "Choices": [
                    {"Variable": "$.detail.stage", "StringEquals": stage, "Next": name}
                    for name, stages in by_type.items()
                    for stage in stages
                ],
                "Default": "Elsewhere",
            },
            **{
                name: {"Type": "Pass", "Result": {"stage": name}, "ResultPath": _TO, "Next": "Record"}
                for name in by_type
            },
            "Record": record,
            "Elsewhere": {"Type": "Succeed"},
        },
    }


def stage_role(
    scope: Construct, *, recording: StageRecording, description: str, models: PackageGroup, organization_id: str | None
) -> iam.CfnRole:
    """The role of the build account that the state machine takes: sets stages of versions of one group.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html
    """
    return role(
        scope,
        "StageRole",
        name=recording.role.name,
        description=description,
        trust=trust_role(recording.machine.role.arn, organization_id),
        statements=[staging(models)],
    )


def staging(models: PackageGroup) -> Statement:
    """Set one of the stages of a promotion, in a request that says nothing of the approval."""
    return Statement(
        "Stage",
        ["sagemaker:UpdateModelPackage"],
        [models.packages_arn],
        {
            "StringEquals": {STAGE_KEY: list(STAGES.values()), STATUS_KEY: DEPLOYED},
            "Null": {"sagemaker:ModelApprovalStatus": "true"},
        },
        why=VERSIONS_WHY,
    )
