"""What policies of people who start and approve allow: published for the customer to attach, attached to nobody."""

from __future__ import annotations

from collections.abc import Sequence

from model_cicd.aws.life_cycle import ARCHIVED, CURRENT_STAGE_KEY, RETIRED, STAGE_KEY, STATUS_KEY
from model_cicd.aws.resources import PackageGroup, RegistryStore
from model_cicd.constructs.iam import Statement
from model_cicd.constructs.registry import VERSIONS_WHY
from model_cicd.constructs.start_role import EXECUTIONS, executions


def registry_approval(group: PackageGroup) -> list[Statement]:
    """In the build account: approve and reject the versions of exactly one model package group."""
    return [
        Statement("Decide", ["sagemaker:UpdateModelPackage"], [group.packages_arn], why=VERSIONS_WHY),
        _see(group),
    ]


def pipeline_starting(pipeline_arn: str) -> list[Statement]:
    """Start and stop executions of exactly one SageMaker pipeline, and see them."""
    return [
        Statement(
            "Start",
            ["sagemaker:DescribePipeline", "sagemaker:ListPipelineExecutions", "sagemaker:StartPipelineExecution"],
            [pipeline_arn],
        ),
        executions([*EXECUTIONS, "sagemaker:RetryPipelineExecution"], pipeline_arn),
    ]


def retirement(group: PackageGroup, registry: RegistryStore, folders: Sequence[str]) -> list[Statement]:
    """In the build account: retire versions of exactly one group, and delete them with what is below `folders`.

    Who has it can reject and archive in one, and nothing else: neither approve, nor change what a version is made of
    without rejecting it. Releases, which serve, are out of reach.
    """
    bucket = registry.bucket.arn
    return [
        Statement(
            "Retire",
            ["sagemaker:UpdateModelPackage"],
            [group.packages_arn],
            {
                "StringEquals": {
                    "sagemaker:ModelApprovalStatus": "Rejected",
                    STAGE_KEY: ARCHIVED,
                    STATUS_KEY: RETIRED,
                }
            },
            why=VERSIONS_WHY,
        ),
        _see(group),
        Statement(
            "Delete",
            ["sagemaker:DeleteModelPackage"],
            [group.packages_arn],
            {"StringEquals": {CURRENT_STAGE_KEY: ARCHIVED}},
            why=VERSIONS_WHY,
        ),
        Statement(
            "Artifacts",
            ["s3:ListBucketVersions"],
            [bucket],
            {"StringLike": {"s3:prefix": [f"{each}*" for each in folders]}},
        ),
        Statement(
            "DeleteArtifacts",
            ["s3:DeleteObjectVersion"],
            [f"{bucket}/{each}*" for each in folders],
            why="models of the group's own versions, whose keys training jobs made up",
        ),
    ]


def _see(group: PackageGroup) -> Statement:
    return Statement(
        "See",
        ["sagemaker:DescribeModelPackage", "sagemaker:DescribeModelPackageGroup", "sagemaker:ListModelPackages"],
        [group.arn, group.packages_arn],
        why=VERSIONS_WHY,
    )
