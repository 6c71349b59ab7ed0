"""The role of the build account through which the tooling account's CodeBuild runs a SageMaker pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import aws_iam as iam
from constructs import Construct

from model_cicd.aws.place import Named, Place
from model_cicd.aws.resources import MODELS, RUNS, PackageGroup
from model_cicd.constructs.encryption_key import KEY_USE
from model_cicd.constructs.execution_role import JOBS_WHY, job_log_groups, pass_role, pipeline_jobs
from model_cicd.constructs.iam import Statement, role
from model_cicd.constructs.registry import PUT, SESSION_WHY, UPLOADS, VERSIONS_WHY, Registry

#: to see executions of a pipeline
SEE_EXECUTIONS = (
    "sagemaker:DescribePipelineDefinitionForExecution",
    "sagemaker:DescribePipelineExecution",
    "sagemaker:ListPipelineExecutionSteps",
    "sagemaker:ListPipelineParametersForExecution",
)
#: and to stop them
EXECUTIONS = (*SEE_EXECUTIONS, "sagemaker:StopPipelineExecution")


_UPLOAD_WHY = "code and data of the group's own registry bucket, never its models"


@dataclass(frozen=True)
class Training:
    """What the role may start: `pipeline`, with the parameters below `parameter_path`.

    With `sessions` training code may be written with the SageMaker SDK. `runner` is the ARN of the published runner
    where workflows take the role, for `session_seconds` at most. `releases` are seen where trainings compare with them.
    """

    pipeline: Named
    parameter_path: str
    sessions: bool
    runner: str | None = None
    session_seconds: int | None = None
    releases: PackageGroup | None = None


def start_role(
    scope: Construct,
    *,
    start: Named,
    description: str,
    trust: Statement,
    registry: Registry,
    models: PackageGroup,
    training: Training,
) -> iam.CfnRole:
    """The role `start`, for whom `trust` says: may run exactly one pipeline and never writes `models/`."""
    place = registry.store.place
    return role(
        scope,
        "StartRole",
        name=start.name,
        description=description,
        trust=trust,
        statements=[
            *_pipeline_statements(training.pipeline),
            *outcome_statements(place, models),
            pass_role("RunAs", registry.store.execution_role.arn),
            *_registry_statements(registry, training.pipeline.name, sessions=training.sessions),
            *(_session_statements(registry) if training.sessions else ()),
            Statement(
                "Parameters",
                ["ssm:GetParameter", "ssm:GetParameters"],
                [place.arn("ssm", f"parameter{training.parameter_path}/*")],
                why="the parameters of exactly this group",
            ),
            *(
                [
                    Statement(
                        "Releases",
                        ["sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"],
                        [releases.arn, releases.packages_arn],
                        why=VERSIONS_WHY,
                    )
                ]
                if (releases := training.releases)
                else ()
            ),
            *([Statement("Runner", ["s3:GetObject"], [training.runner])] if training.runner else ()),
        ],
        session_seconds=training.session_seconds,
    )


def _session_statements(registry: Registry) -> list[Statement]:
    """What training code written with the SageMaker SDK asks before it starts a pipeline."""
    store = registry.store
    return [
        Statement("ExecutionRole", ["iam:GetRole"], [store.execution_role.arn]),
        Statement(
            "OwnImages",
            ["sagemaker:DescribeImageVersion"],
            [store.place.arn("sagemaker", "image-version/*")],
            why="AWS's project templates look whether there is an image of one's own, under a name they make up",
        ),
    ]


def _pipeline_statements(pipeline: Named) -> list[Statement]:
    return [
        Statement(
            "Pipeline",
            [
                "sagemaker:AddTags",
                "sagemaker:CreatePipeline",
                "sagemaker:DescribePipeline",
                "sagemaker:ListPipelineExecutions",
                "sagemaker:ListTags",
                "sagemaker:StartPipelineExecution",
                "sagemaker:UpdatePipeline",
            ],
            [pipeline.arn],
        ),
        executions(EXECUTIONS, pipeline.arn),
    ]


def executions(actions: Sequence[str], pipeline_arn: str) -> Statement:
    """Do `actions` with the executions of a SageMaker pipeline."""
    return Statement(
        "Executions",
        actions,
        [f"{pipeline_arn}/execution/*"],
        why="the executions of exactly this pipeline, whose ids SageMaker makes up",
    )


def outcome_statements(place: Place, models: PackageGroup) -> list[Statement]:
    """See what came of executions: versions with their metrics, why jobs failed, and what jobs logged."""
    return [
        Statement(
            "Models",
            ["sagemaker:DescribeModelPackage", "sagemaker:DescribeModelPackageGroup", "sagemaker:ListModelPackages"],
            [models.arn, models.packages_arn],
            why=VERSIONS_WHY,
        ),
        Statement(
            "FailureReasons",
            ["sagemaker:DescribeProcessingJob", "sagemaker:DescribeTrainingJob"],
            pipeline_jobs(place),
            why=JOBS_WHY,
        ),
        Statement(
            "JobLogs",
            ["logs:DescribeLogStreams", "logs:GetLogEvents"],
            [f"{group}:*" for group in job_log_groups(place)],
            why="the log streams of jobs, whose names SageMaker makes up",
        ),
    ]


def _registry_statements(registry: Registry, pipeline_name: str, *, sessions: bool) -> list[Statement]:
    bucket = registry.store.bucket.arn
    written = (*UPLOADS, f"{pipeline_name}/")
    read = (*written, RUNS)
    uploads = [Statement("Upload", PUT, [f"{bucket}/{prefix}*" for prefix in written], why=_UPLOAD_WHY)]
    if sessions:
        uploads = [
            Statement("Upload", PUT, [f"{bucket}/*"], why=SESSION_WHY),
            Statement("OutputsAreOfJobs", PUT, [f"{bucket}/{prefix}*" for prefix in (MODELS, RUNS)], effect="Deny"),
        ]
    return [
        *uploads,
        Statement(
            "Read",
            ["s3:GetObject"],
            [f"{bucket}/{prefix}*" for prefix in read],
            why="what was uploaded, and the reports that executions leave in the group's own registry bucket",
        ),
        Statement(
            "List", ["s3:ListBucket"], [bucket], {"StringLike": {"s3:prefix": [f"{prefix}*" for prefix in read]}}
        ),
        # HeadBucket, which is ListBucket without a prefix
        Statement("DefaultBucket", ["s3:ListBucket"], [bucket], {"Null": {"s3:prefix": "true"}}),
        Statement("Locate", ["s3:GetBucketLocation"], [bucket]),
        Statement("Key", KEY_USE, [registry.key_arn], registry.store.place.through_s3),
        Statement("DescribeKey", ["kms:DescribeKey"], [registry.key_arn]),
    ]
