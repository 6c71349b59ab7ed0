"""The role that tests between stages call an endpoint with, in the account of the environment."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from model_cicd.aws.place import Place
from model_cicd.constructs.iam import Statement, only, role


def invoke_role(scope: Construct, *, place: Place, name: str, tester: str, endpoint_name: str) -> iam.CfnRole:
    """Calls exactly this endpoint and does nothing else; taken by the role `tester` (ARN) alone.

    The account of the tester is known to CloudFormation only, as the part of its ARN.
    """
    account = cdk.Fn.select(4, cdk.Fn.split(":", tester))
    trust = Statement(
        "Tests",
        ["sts:AssumeRole"],
        [],
        only([tester]),
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
