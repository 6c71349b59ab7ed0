"""What AWS refuses is refused by the API and by CloudFormation, with AWS's own error."""

from __future__ import annotations

import json
from typing import Any

import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from rehearsal.embedded_aws import EmbeddedAws
from tests.emulator.cloudformation.conftest import Stacks
from tests.emulator.conftest import ACCOUNTS, Client
from tests.emulator.validation import identities, others, storage
from tests.emulator.validation.case import ONE, ROOT, Case, bucket_policy, policy, reading, trust

CASES = (*identities.CASES, *storage.CASES, *others.CASES)


@pytest.fixture(scope="module")
def state(client: Client) -> str:
    """What the cases speak of: a role with its quota of policies, a bucket, a log group, a topic; a key's id."""
    iam = client("iam")
    iam.create_role(RoleName="validated", AssumeRolePolicyDocument=json.dumps(trust()))
    iam.put_role_policy(RoleName="validated", PolicyName="first", PolicyDocument=json.dumps(reading(6000)))
    for number in range(11):
        made = iam.create_policy(PolicyName=f"attached-{number}", PolicyDocument=json.dumps(reading(100)))["Policy"]
        if number < 10:
            iam.attach_role_policy(RoleName="validated", PolicyArn=made["Arn"])
    client("s3").create_bucket(Bucket="validated")
    client("logs").create_log_group(logGroupName="validated")
    client("sns").create_topic(Name="validated")
    return str(client("kms").create_key()["KeyMetadata"]["KeyId"])


def with_key(value: Any, key_id: str) -> Any:
    return {name: key_id if each == "KEY" else each for name, each in value.items()}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_api_refuses(case: Case, state: str, client: Client) -> None:
    with pytest.raises(ClientError) as caught:
        getattr(client(case.service), case.operation)(**with_key(case.given, state))
    error = caught.value.response["Error"]
    assert f"{error['Code']}: {error['Message']}".startswith(case.error)


@pytest.fixture(scope="module")
def stacks(client: Client) -> Stacks:
    return Stacks(client("cloudformation"))


@pytest.mark.parametrize("case", [case for case in CASES if case.resource], ids=lambda case: case.name)
def test_a_stack_is_rolled_back_with_the_reason(case: Case, state: str, stacks: Stacks) -> None:
    assert case.resource
    kind, properties = case.resource
    made = stacks.create({"Resources": {"R": {"Type": kind, "Properties": with_key(properties, state)}}})
    assert made["StackStatus"] == "ROLLBACK_COMPLETE"
    assert case.reason in stacks.reasons(made["StackId"])[0]


def test_what_aws_takes_is_taken(state: str, client: Client) -> None:
    """The same limits from the other side."""
    iam, s3, kms, ssm = (client(name) for name in ("iam", "s3", "kms", "ssm"))
    spaced = json.dumps(trust({"AWS": ["*", ROOT, ACCOUNTS[1], f"arn:aws:iam::{ONE}:role/validated"]}), indent=400)
    iam.create_role(RoleName="r" * 64, AssumeRolePolicyDocument=spaced)
    services = ["delivery.logs.amazonaws.com", "states.eu-west-1.amazonaws.com", "vpc-flow-logs.amazonaws.com"]
    iam.update_assume_role_policy(RoleName="r" * 64, PolicyDocument=json.dumps(trust({"Service": services})))
    iam.attach_role_policy(RoleName="validated", PolicyArn=f"arn:aws:iam::{ONE}:policy/attached-3")  # is attached
    only_role = policy({"Principal": {"AWS": f"arn:aws:iam::{ONE}:role/validated"}, "Action": "kms:*", "Resource": "*"})
    kms.create_key(Policy=json.dumps(only_role), BypassPolicyLockoutSafetyCheck=True)
    ssm.put_parameter(Name="advanced", Value="x" * 8192, Type="String", Tier="Advanced")
    ssm.put_parameter(Name="advanced", Value="y" * 8192, Type="String", Overwrite=True)  # stays advanced
    narrowed: dict[str, Any] = {"Principal": "*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}}
    s3.put_bucket_policy(Bucket="validated", Policy=json.dumps(bucket_policy(**narrowed)))
    s3.put_object(Bucket="validated", Key="k", ACL="bucket-owner-full-control")
    s3.create_bucket(Bucket="opened")
    s3.delete_public_access_block(Bucket="opened")
    s3.put_bucket_policy(Bucket="opened", Policy=json.dumps(bucket_policy("opened", Principal="*")))
    owner = {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    s3.put_bucket_ownership_controls(Bucket="opened", OwnershipControls=owner)
    s3.put_bucket_acl(Bucket="opened", ACL="public-read")


def test_public_acls_are_blocked_where_acls_are_not(client: Client) -> None:
    s3 = client("s3")
    with pytest.raises(ClientError, match="InvalidBucketAclWithBlockPublicAccessError"):
        s3.create_bucket(Bucket="writers", ACL="public-read", ObjectOwnership="ObjectWriter")
    s3.create_bucket(Bucket="writers", ObjectOwnership="ObjectWriter")
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.put_bucket_acl(Bucket="writers", ACL="public-read")


def test_new_resources_have_the_defaults_of_aws(client: Client) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="defaults")
    block = s3.get_public_access_block(Bucket="defaults")["PublicAccessBlockConfiguration"]
    assert set(block.values()) == {True}
    assert len(block) == 4
    ownership = s3.get_bucket_ownership_controls(Bucket="defaults")["OwnershipControls"]["Rules"]
    assert ownership == [{"ObjectOwnership": "BucketOwnerEnforced"}]

    def algorithm() -> str:
        found = s3.get_bucket_encryption(Bucket="defaults")["ServerSideEncryptionConfiguration"]["Rules"][0]
        return str(found["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"])

    assert algorithm() == "AES256"
    assert s3.put_object(Bucket="defaults", Key="k", Body=b"x")["ServerSideEncryption"] == "AES256"
    kms = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]}
    s3.put_bucket_encryption(Bucket="defaults", ServerSideEncryptionConfiguration=kms)
    assert algorithm() == "aws:kms"
    s3.delete_bucket_encryption(Bucket="defaults")
    assert algorithm() == "AES256"
    made = client("kms").create_key()["KeyMetadata"]
    wanted = {
        "KeySpec": "SYMMETRIC_DEFAULT", "KeyUsage": "ENCRYPT_DECRYPT", "KeyState": "Enabled", "Origin": "AWS_KMS",
        "KeyManager": "CUSTOMER", "MultiRegion": False, "Enabled": True, "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
    }  # fmt: skip
    assert {name: made.get(name) for name in wanted} == wanted
    client("logs").create_log_group(logGroupName="defaults")
    (group,) = client("logs").describe_log_groups(logGroupNamePrefix="defaults")["logGroups"]
    assert group["logGroupClass"] == "STANDARD"
    assert "retentionInDays" not in group
    role = client("iam").create_role(RoleName="defaults", AssumeRolePolicyDocument=json.dumps(trust()))["Role"]
    assert client("iam").get_role(RoleName="defaults")["Role"]["MaxSessionDuration"] == 3600
    assert role["Path"] == "/"
    repository = client("ecr").create_repository(repositoryName="defaults")["repository"]
    assert repository["imageTagMutability"] == "MUTABLE"
    assert repository["encryptionConfiguration"]["encryptionType"] == "AES256"
    assert repository["imageScanningConfiguration"] == {"scanOnPush": False}
    client("ssm").put_parameter(Name="defaults", Value="x", Type="String")
    (parameter,) = client("ssm").describe_parameters(
        ParameterFilters=[{"Key": "Name", "Option": "Equals", "Values": ["defaults"]}]
    )["Parameters"]
    assert (parameter["Tier"], parameter["DataType"], parameter["Version"]) == ("Standard", "text", 1)


def test_what_boto3_would_not_send_is_refused_by_the_service(world: EmbeddedAws) -> None:
    who = world.accounts.add(ONE)
    iam: Any = botocore.session.Session().create_client(
        "iam", region_name="us-east-1", endpoint_url=world.endpoint, aws_access_key_id=who.access_key,
        aws_secret_access_key=who.secret_key, config=Config(parameter_validation=False),
    )  # fmt: skip
    with pytest.raises(ClientError) as caught:
        iam.create_role(RoleName="", AssumeRolePolicyDocument="{}")
    error = caught.value.response["Error"]
    assert error["Code"] == "ValidationError"
    assert error["Message"].startswith(
        "2 validation errors detected: Value '' at 'roleName' failed to satisfy constraint: Member must have length "
        "greater than or equal to 1; Value '' at 'roleName' failed to satisfy constraint: Member must satisfy regular "
    )
