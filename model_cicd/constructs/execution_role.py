"""The role that SageMaker pipelines of a deployment group run with, and that their jobs run with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import aws_iam as iam
from constructs import Construct

from model_cicd.aws.images import pullable
from model_cicd.aws.place import Place
from model_cicd.aws.policy import network_statements
from model_cicd.aws.resources import PackageGroup, Vpc
from model_cicd.constructs.container_statements import image_statements, observation_statements
from model_cicd.constructs.encryption_key import KEY_USE
from model_cicd.constructs.iam import Statement, role, trust_service
from model_cicd.constructs.registry import PUT, SESSION_WHY, UPLOADS, VERSIONS_WHY, Registry

_KINDS = ("Processing", "Training")
#: the reason for the wildcard in the names of jobs
JOBS_WHY = "SageMaker names the jobs of a pipeline execution 'pipelines-<execution>-<step>-<random>'"


@dataclass(frozen=True)
class Jobs:
    """Where jobs get images from, where they run, and what they read besides the registry."""

    image_repositories: Sequence[str]
    vpc: Vpc
    reading: Sequence[Statement] = ()


def pipeline_jobs(place: Place) -> list[str]:
    """The ARNs of the jobs that pipeline executions start."""
    return [place.arn("sagemaker", f"{kind}/pipelines-*") for kind in ("processing-job", "training-job")]


def job_log_groups(place: Place) -> list[str]:
    """The ARNs of the log groups that jobs write into."""
    return [place.arn("logs", f"log-group:/aws/sagemaker/{kind}Jobs") for kind in _KINDS]


def execution_role(
    scope: Construct,
    id: str,
    *,
    description: str,
    registry: Registry,
    models: PackageGroup,
    pipeline_name: str,
    jobs: Jobs,
) -> iam.CfnRole:
    """May train, process and register models that await approval; may approve nothing (no UpdateModelPackage)."""
    place = registry.store.place
    return role(
        scope,
        id,
        name=registry.store.execution_role.name,
        description=description,
        trust=trust_service("sagemaker.amazonaws.com", source_account=place.account),
        statements=[
            *_registry_statements(registry),
            *_experiment_statements(place, pipeline_name),
            *_job_statements(registry, models),
            *image_statements(pullable(place, jobs.image_repositories)),
            *observation_statements(
                job_log_groups(place),
                ["/aws/sagemaker/ProcessingJobs", "/aws/sagemaker/TrainingJobs"],
                "SageMaker writes a log stream for each job into these two log groups",
            ),
            *network_statements(place, jobs.vpc),
            *jobs.reading,
        ],
    )


def _registry_statements(registry: Registry) -> list[Statement]:
    bucket = registry.store.bucket.arn
    through = registry.store.place.through_s3
    return [
        Statement("List", ["s3:ListBucket"], [bucket]),
        Statement("Locate", ["s3:GetBucketLocation"], [bucket]),
        Statement("Read", ["s3:GetObject"], [f"{bucket}/*"], why=SESSION_WHY),
        Statement("Write", PUT, [f"{bucket}/*"], why=SESSION_WHY),
        Statement("UploadsAreOfBuilds", PUT, [f"{bucket}/{prefix}*" for prefix in UPLOADS], effect="Deny"),
        Statement("Key", KEY_USE, [registry.key_arn], through),
        # called directly by SageMaker, so never under ViaService
        Statement("DescribeKey", ["kms:DescribeKey"], [registry.key_arn]),
        Statement(
            "JobVolumes", ["kms:CreateGrant"], [registry.key_arn], {"Bool": {"kms:GrantIsForAWSResource": "true"}}
        ),
    ]


def _experiment_statements(place: Place, pipeline_name: str) -> list[Statement]:
    """Pipelines of the SDK are experiments by default: of their own name, with a trial for each execution.

    https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-experiments.html
    """
    verbs = [f"{verb}{part}" for part in ("Experiment", "Trial", "TrialComponent") for verb in ("Create", "Describe")]
    names = (f"experiment/{pipeline_name.lower()}", "experiment-trial/*", "experiment-trial-component/pipelines-*")
    return [
        Statement(
            "Experiment",
            [f"sagemaker:{each}" for each in (*verbs, "AddTags", "AssociateTrialComponent", "UpdateTrialComponent")],
            [place.arn("sagemaker", each) for each in names],
            why="SageMaker names trials after executions and their components after jobs",
        )
    ]


def _job_statements(registry: Registry, models: PackageGroup) -> list[Statement]:
    jobs = pipeline_jobs(registry.store.place)
    return [
        Statement(
            "Jobs",
            [f"sagemaker:{verb}{kind}Job" for kind in _KINDS for verb in ("Create", "Describe", "Stop")],
            jobs,
            why=JOBS_WHY,
        ),
        Statement(
            "Register",
            ["sagemaker:CreateModelPackage"],
            [models.arn, models.packages_arn],
            {"StringEquals": {"sagemaker:ModelApprovalStatus": "PendingManualApproval"}},
            why=VERSIONS_WHY,
        ),
        Statement(
            "Registered",
            ["sagemaker:DescribeModelPackage", "sagemaker:DescribeModelPackageGroup"],
            [models.arn, models.packages_arn],
            why=VERSIONS_WHY,
        ),
        Statement(
            "Tag",
            ["sagemaker:AddTags"],
            [*jobs, models.packages_arn],
            why="SageMaker tags what a pipeline execution creates with the pipeline's ARN",
        ),
        pass_role("PassItself", registry.store.execution_role.arn),
    ]


def pass_role(sid: str, role_arn: str) -> Statement:
    """Hand exactly this role to SageMaker."""
    return Statement(
        sid, ["iam:PassRole"], [role_arn], {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
    )
