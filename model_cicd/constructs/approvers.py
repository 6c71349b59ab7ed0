"""What policies of people who start and approve allow: published for the customer to attach, attached to nobody."""

from __future__ import annotations

from model_cicd.aws.resources import PackageGroup
from model_cicd.constructs.iam import Statement
from model_cicd.constructs.registry import VERSIONS_WHY
from model_cicd.constructs.start_role import EXECUTIONS, executions


def registry_approval(group: PackageGroup) -> list[Statement]:
    """In the build account: approve and reject the versions of exactly one model package group."""
    return [
        Statement("Decide", ["sagemaker:UpdateModelPackage"], [group.packages_arn], why=VERSIONS_WHY),
        Statement(
            "See",
            ["sagemaker:DescribeModelPackage", "sagemaker:DescribeModelPackageGroup", "sagemaker:ListModelPackages"],
            [group.arn, group.packages_arn],
            why=VERSIONS_WHY,
        ),
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
