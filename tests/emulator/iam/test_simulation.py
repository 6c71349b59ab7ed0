"""The policy simulator decides as calls are decided."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rehearsal.embedded_aws import EmbeddedAws
from tests.emulator.conftest import ACCOUNTS, REGION
from tests.emulator.roles import trusting

STATEMENTS = [
    {"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::b/*"},
    {"Effect": "Deny", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/secret/*"},
    {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*",
     "Condition": {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}},
]  # fmt: skip


@pytest.fixture(scope="module")
def iam(world: EmbeddedAws) -> Any:
    return world.client("iam", account=ACCOUNTS[0], region=REGION)


def decisions(answer: Any) -> list[str]:
    return [each["EvalDecision"] for each in answer["EvaluationResults"]]


def test_a_role_is_simulated_with_its_policies_and_boundary(iam: Any) -> None:
    document = json.dumps({"Version": "2012-10-17", "Statement": STATEMENTS})
    role = iam.create_role(RoleName="simulated", AssumeRolePolicyDocument=trusting("codebuild.amazonaws.com"))
    arn = role["Role"]["Arn"]
    iam.put_role_policy(RoleName="simulated", PolicyName="p", PolicyDocument=document)

    def asked(*resources: str, actions: tuple[str, ...] = ("s3:GetObject",), **more: Any) -> list[str]:
        return decisions(iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=list(actions),
                                                       ResourceArns=list(resources), **more))  # fmt: skip

    assert asked("arn:aws:s3:::b/k", "arn:aws:s3:::b/secret/k", "arn:aws:s3:::other/k") == [
        "allowed",
        "explicitDeny",
        "implicitDeny",
    ]
    region = {"ContextKeyName": "aws:RequestedRegion", "ContextKeyType": "string", "ContextKeyValues": ["eu-west-1"]}
    assert asked("*", actions=("kms:Decrypt",), ContextEntries=[region]) == ["allowed"]
    assert asked("*", actions=("kms:Decrypt",)) == ["implicitDeny"]
    boundary = iam.create_policy(PolicyName="bound", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kms:*", "Resource": "*"}]}))  # fmt: skip
    iam.put_role_permissions_boundary(RoleName="simulated", PermissionsBoundary=boundary["Policy"]["Arn"])
    assert asked("arn:aws:s3:::b/k") == ["implicitDeny"]


def test_policies_are_simulated_by_themselves(iam: Any) -> None:
    policy = json.dumps({"Version": "2012-10-17", "Statement": STATEMENTS})
    answer = iam.simulate_custom_policy(PolicyInputList=[policy], ActionNames=["s3:GetObject", "s3:PutObject"],
                                        ResourceArns=["arn:aws:s3:::b/k"])  # fmt: skip
    assert decisions(answer) == ["allowed", "implicitDeny"]
    with pytest.raises(ClientError) as caught:
        iam.simulate_custom_policy(PolicyInputList=["no policy"], ActionNames=["s3:GetObject"])
    assert caught.value.response["Error"]["Code"] == "MalformedPolicyDocument"
    with pytest.raises(ClientError) as caught:
        absent = f"arn:aws:iam::{ACCOUNTS[0]}:role/absent"
        iam.simulate_principal_policy(PolicySourceArn=absent, ActionNames=["s3:GetObject"])
    assert caught.value.response["Error"]["Code"] == "NoSuchEntity"


def test_policies_of_aws_are_read_by_whoever_may_and_by_nobody_else(world: EmbeddedAws, iam: Any) -> None:
    """Their ARNs name no account: the caller's own policies decide."""
    arn = "arn:aws:iam::aws:policy/AdministratorAccess"
    assert iam.get_policy(PolicyArn=arn)["Policy"]["PolicyName"] == "AdministratorAccess"
    assert iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]["Document"]["Statement"]
    role = iam.create_role(RoleName="reads", AssumeRolePolicyDocument=trusting("codebuild.amazonaws.com"))["Role"][
        "Arn"
    ]
    limited = world.client("iam", account=ACCOUNTS[0], region=REGION, role=role)
    with pytest.raises(ClientError, match="no identity-based policy allows the iam:GetPolicy action"):
        limited.get_policy(PolicyArn=arn)
    statement = {"Effect": "Allow", "Action": "iam:GetPolicy", "Resource": "arn:aws:iam::aws:policy/*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_role_policy(RoleName="reads", PolicyName="p", PolicyDocument=document)
    assert limited.get_policy(PolicyArn=arn)["Policy"]["Arn"] == arn
