"""The role of the build account through which a promotion pipeline looks at the version it promotes."""

from __future__ import annotations

from aws_cdk import aws_iam as iam
from constructs import Construct

from model_cicd.constructs.iam import Statement, account_root, only, role


def promotion_reader(
    scope: Construct,
    id: str,
    *,
    partition: str,
    name: str,
    description: str,
    tooling_account: str,
    prepare_role_arn: str,
    organization_id: str | None,
    model_packages_arn: str,
    key_parameter_arn: str,
) -> iam.CfnRole:
    """Assumed by exactly one CodeBuild role; reads the group's versions and the ARN of its key, and changes nothing."""
    return role(
        scope,
        id,
        name=name,
        description=description,
        trust=Statement(
            "Prepare",
            ["sts:AssumeRole"],
            [],
            only([prepare_role_arn], organization_id),
            principal=account_root(partition, tooling_account),
        ),
        statements=[
            Statement(
                "Version",
                ["sagemaker:DescribeModelPackage"],
                [model_packages_arn],
                why="every version in the group's own model package group",
            ),
            Statement("Key", ["ssm:GetParameter"], [key_parameter_arn]),
        ],
    )
