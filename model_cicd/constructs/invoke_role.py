"""The role that tests between stages call an endpoint with, in the account of the environment."""

from __future__ import annotations

from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from model_cicd.aws.place import Place
from model_cicd.constructs.iam import Statement, only, role


@dataclass(frozen=True)
class Tester:
    """The role (ARN) of the build that runs the tests, in the organization where one is given."""

    role_arn: str
    organization_id: str | None


def invoke_role(scope: Construct, *, place: Place, name: str, tester: Tester, endpoint_name: str) -> iam.CfnRole:
    """Calls exactly this endpoint and does nothing else; taken by the role `tester` alone.

    The account of the tester is known to CloudFormation only, as the part of its ARN.
    """
    account = cdk.Fn.select(4, cdk.Fn.split(":", tester.role_arn))
    trust = Statement(
        "Tests",
        ["sts:AssumeRole"],
        [],
        only([tester.role_arn], tester.organization_id),
        principal={"AWS": f"arn:{place.partition}:iam::{account}:root"},
    )
    return role(
        scope,
        "InvokeRole",
        name=name,
        description="Calls the endpoint in tests between the stages of a promotion",
        trust=trust,
        statements=[
            Statement("Invoke", ["sagemaker:InvokeEndpoint"], [place.arn("sagemaker", f"endpoint/{endpoint_name}")])
        ],
    )
