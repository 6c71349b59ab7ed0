"""Policies for people who approve: published for the customer to attach, attached to nobody here."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_iam as iam
from constructs import Construct

from model_cicd.aws.resources import PackageGroup
from model_cicd.constructs.iam import Statement, managed_policy
from model_cicd.constructs.registry import VERSIONS_WHY


def registry_approver(
    scope: Construct,
    id: str,
    *,
    name: str,
    description: str,
    group: PackageGroup,
) -> iam.CfnManagedPolicy:
    """In the build account: approve and reject the versions of exactly one model package group."""
    return managed_policy(
        scope,
        id,
        name=name,
        description=description,
        statements=[
            Statement("Decide", ["sagemaker:UpdateModelPackage"], [group.packages_arn], why=VERSIONS_WHY),
            Statement(
                "See",
                [
                    "sagemaker:DescribeModelPackage",
                    "sagemaker:DescribeModelPackageGroup",
                    "sagemaker:ListModelPackages",
                ],
                [group.arn, group.packages_arn],
                why=VERSIONS_WHY,
            ),
        ],
    )


def pipeline_approver(
    scope: Construct,
    id: str,
    *,
    name: str,
    description: str,
    pipeline_arn: str,
    approval_arns: Sequence[str],
) -> iam.CfnManagedPolicy:
    """In the tooling account: answer the manual approvals of exactly one pipeline, see it, and start it again.

    `approval_arns` are the approval actions, `<pipeline>/<stage>/<action>`.
    """
    decide = [Statement("Decide", ["codepipeline:PutApprovalResult"], approval_arns)] if approval_arns else []
    return managed_policy(
        scope,
        id,
        name=name,
        description=description,
        statements=[
            *decide,
            Statement(
                "See",
                [
                    "codepipeline:GetPipeline",
                    "codepipeline:GetPipelineExecution",
                    "codepipeline:GetPipelineState",
                    "codepipeline:ListActionExecutions",
                    "codepipeline:ListPipelineExecutions",
                ],
                [pipeline_arn],
            ),
            # of versions that are approved only: the pipeline refuses others
            Statement("Promote", ["codepipeline:StartPipelineExecution"], [pipeline_arn]),
        ],
    )
