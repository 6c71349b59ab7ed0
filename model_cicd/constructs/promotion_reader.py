"""The role of the build account through which a promotion pipeline looks at the version it promotes."""

from __future__ import annotations

from aws_cdk import aws_iam as iam
from constructs import Construct

from model_cicd.aws.resources import PackageGroup
from model_cicd.constructs.iam import Statement, role
from model_cicd.constructs.registry import VERSIONS_WHY


def promotion_reader(
    scope: Construct,
    id: str,
    *,
    name: str,
    description: str,
    trust: Statement,
    models: PackageGroup,
    key_parameter_arn: str,
) -> iam.CfnRole:
    """For whom `trust` says: reads the group's versions and the ARN of its key, and changes nothing."""
    return role(
        scope,
        id,
        name=name,
        description=description,
        trust=trust,
        statements=[
            Statement("Version", ["sagemaker:DescribeModelPackage"], [models.packages_arn], why=VERSIONS_WHY),
            Statement("Key", ["ssm:GetParameter"], [key_parameter_arn]),
        ],
    )
