"""What AWS refuses is refused by the API and by CloudFormation, with AWS's own error."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from rehearsal.embedded_aws import EmbeddedAws
from tests.emulator.cloudformation.conftest import Stacks
from tests.emulator.conftest import ACCOUNTS, Client

ONE = ACCOUNTS[0]
ROOT = f"arn:aws:iam::{ONE}:root"
NOBODY = f"arn:aws:iam::{ONE}:role/nobody"
STRANGER = "999999999999"
LONG = 12_000


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **each} for each in statements]}


def trust(principal: Any = None, **more: Any) -> dict[str, Any]:
    principal = principal or {"Service": "codebuild.amazonaws.com"}
    return policy({"Principal": principal, "Action": "sts:AssumeRole", **more})


def key_policy(principal: Any) -> dict[str, Any]:
    own = {"Principal": {"AWS": ROOT}, "Action": "kms:*", "Resource": "*"}
    return policy(own, {"Principal": principal, "Action": "kms:Decrypt", "Resource": "*"})


def reading(size: int) -> dict[str, Any]:
    """An identity policy of about `size` characters."""
    return policy({"Action": "s3:GetObject", "Resource": [f"arn:aws:s3:::b/{n:020}" for n in range(size // 37)]})


def bucket_policy(bucket: str = "validated", **statement: Any) -> dict[str, Any]:
    usual = {"Principal": {"AWS": ROOT}, "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    return policy(usual | statement)


@dataclass(frozen=True)
class Case:
    """An operation with what it is given, the same as a resource of a template, and the error."""

    name: str
    service: str
    operation: str
    given: dict[str, Any]
    error: str
    resource: tuple[str, dict[str, Any]] | None = None
    templated: str = field(default="")

    @property
    def reason(self) -> str:
        """What a stack's event says: the error's text."""
        return self.templated or self.error.partition(": ")[2]


def role(name: str, error: str, document: Any, templated: str = "", **more: Any) -> Case:
    """A case of CreateRole and AWS::IAM::Role."""
    text = document if isinstance(document, str) else json.dumps(document)
    given = {"RoleName": "refused", "AssumeRolePolicyDocument": text} | more
    return Case(
        name, "iam", "create_role", given, error,
        ("AWS::IAM::Role", {"RoleName": "refused", "AssumeRolePolicyDocument": document} | more), templated,
    )  # fmt: skip


def key(name: str, error: str, document: Any) -> Case:
    given = {"Policy": json.dumps(document)}
    resource = ("AWS::KMS::Key", {"KeyPolicy": document})
    return Case(name, "kms", "create_key", given, f"MalformedPolicyDocumentException: {error}", resource)


def of_bucket(name: str, error: str, document: Any) -> Case:
    given = {"Bucket": "validated", "Policy": json.dumps(document)}
    return Case(name, "s3", "put_bucket_policy", given, error,
                ("AWS::S3::BucketPolicy", {"Bucket": "validated", "PolicyDocument": document}))  # fmt: skip


def bucket(name: str, error: str, called: str) -> Case:
    return Case(name, "s3", "create_bucket", {"Bucket": called}, error, ("AWS::S3::Bucket", {"BucketName": called}))


BAD_NAME = "InvalidBucketName: The specified bucket is not valid."
TOO_LONG = "failed to satisfy constraint: Member must have length less than or equal to 64"
CASES = (
    role("a role's name of 65 characters", f"ValidationError: 1 validation error detected: Value '{'r' * 65}' at "
         f"'roleName' {TOO_LONG}", trust(), RoleName="r" * 65),
    role("a role's name with a space", "ValidationError: 1 validation error detected: Value 'a b' at 'roleName'",
         trust(), RoleName="a b"),
    role("sessions of 13 hours", "ValidationError: 1 validation error detected: Value '46800' at 'maxSessionDuration'",
         trust(), MaxSessionDuration=46800),
    role("a trust policy of no JSON", "MalformedPolicyDocument: This policy contains invalid Json", "trust me"),
    role("a trust policy of a role that is not there",
         f'MalformedPolicyDocument: Invalid principal in policy: "AWS":"{NOBODY}"', trust({"AWS": NOBODY})),
    role("a trust policy of an account that is not there",
         f'MalformedPolicyDocument: Invalid principal in policy: "AWS":"{STRANGER}"', trust({"AWS": STRANGER})),
    role("a trust policy of roles by wildcard", 'MalformedPolicyDocument: Invalid principal in policy: "AWS":',
         trust({"AWS": f"arn:aws:iam::{ONE}:role/*"})),
    role("a trust policy of a misspelt service",
         'MalformedPolicyDocument: Invalid principal in policy: "SERVICE":"codebuid.amazonaws.com"',
         trust({"Service": "codebuid.amazonaws.com"})),
    role("a trust policy with a resource", "MalformedPolicyDocument: Has prohibited field Resource",
         trust(Resource="*")),
    role("a trust policy of another service's action",
         "MalformedPolicyDocument: AssumeRole policy may only specify STS AssumeRole actions.",
         trust(Action="s3:GetObject")),
    role("a trust policy over 2,048 characters", "LimitExceeded: Cannot exceed quota for ACLSizePerRole: 2048",
         trust(Sid="s" * 2048)),
    Case("a managed policy over 6,144 characters", "iam", "create_policy",
         {"PolicyName": "long", "PolicyDocument": json.dumps(reading(LONG))},
         "LimitExceeded: Cannot exceed quota for PolicySize: 6144",
         ("AWS::IAM::ManagedPolicy", {"PolicyDocument": reading(LONG)})),
    Case("inline policies over 10,240 characters", "iam", "put_role_policy",
         {"RoleName": "validated", "PolicyName": "more", "PolicyDocument": json.dumps(reading(6000))},
         "LimitExceeded: Maximum policy size of 10240 bytes exceeded for role validated",
         ("AWS::IAM::Policy",
          {"PolicyName": "more", "Roles": ["validated"], "PolicyDocument": reading(6000)})),
    Case("an eleventh managed policy", "iam", "attach_role_policy",
         {"RoleName": "validated", "PolicyArn": f"arn:aws:iam::{ONE}:policy/attached-10"},
         "LimitExceeded: Cannot exceed quota for PoliciesPerRole: 10",
         ("AWS::IAM::ManagedPolicy", {"Roles": ["validated"], "PolicyDocument": reading(100)})),
    key("a key policy of a role that is not there", "Policy contains a statement with one or more invalid principals.",
        key_policy({"AWS": NOBODY})),
    key("a key policy that locks its author out",
        "The new key policy will not allow you to update the key policy in the future.",
        policy({"Principal": {"AWS": f"arn:aws:iam::{ONE}:role/validated"}, "Action": "kms:*", "Resource": "*"})),
    Case("an alias of AWS", "kms", "create_alias", {"AliasName": "alias/aws/mine", "TargetKeyId": "KEY"},
         "NotAuthorizedException: ", ("AWS::KMS::Alias", {"AliasName": "alias/aws/mine", "TargetKeyId": "KEY"}),
         "alias/aws/"),
    bucket("a bucket with capitals", BAD_NAME, "Capitals"),
    bucket("a bucket with an underscore", BAD_NAME, "under_score"),
    bucket("a bucket with two dots", BAD_NAME, "two..dots"),
    bucket("a bucket named as an address", BAD_NAME, "192.168.5.4"),
    bucket("a bucket with a reserved end", BAD_NAME, "mine-s3alias"),
    of_bucket("a policy about another bucket", "MalformedPolicy: Policy has invalid resource",
              bucket_policy("another")),
    of_bucket("a bucket policy with another service's action", "MalformedPolicy: Policy has invalid action",
              bucket_policy(Action="sqs:SendMessage")),
    of_bucket("a bucket policy of objects about the bucket",
              "MalformedPolicy: Action does not apply to any resource(s) in statement",
              bucket_policy(Resource="arn:aws:s3:::validated")),
    of_bucket("a bucket policy of a role that is not there", "MalformedPolicy: Invalid principal in policy",
              bucket_policy(Principal={"AWS": NOBODY})),
    of_bucket("a public bucket policy", "AccessDenied: s3:PutBucketPolicy on resource", bucket_policy(Principal="*")),
    Case("a public ACL", "s3", "put_bucket_acl", {"Bucket": "validated", "ACL": "public-read"},
         "AccessControlListNotSupported: The bucket does not allow ACLs",
         ("AWS::S3::Bucket", {"AccessControl": "PublicRead"})),
    Case("a new bucket with an ACL", "s3", "create_bucket", {"Bucket": "aclbucket", "ACL": "public-read"},
         "InvalidBucketAclWithObjectOwnership: Bucket cannot have ACLs"),
    Case("an object's ACL", "s3", "put_object", {"Bucket": "validated", "Key": "k", "ACL": "public-read"},
         "AccessControlListNotSupported: The bucket does not allow ACLs"),
    Case("a log retention of 17 days", "logs", "put_retention_policy",
         {"logGroupName": "validated", "retentionInDays": 17},
         "InvalidParameterException: 1 validation error detected: Value '17' at 'retentionInDays'",
         ("AWS::Logs::LogGroup", {"RetentionInDays": 17})),
    Case("a log group's name with a space", "logs", "create_log_group", {"logGroupName": "a b"},
         "InvalidParameterException: 1 validation error detected: Value 'a b' at 'logGroupName'",
         ("AWS::Logs::LogGroup", {"LogGroupName": "a b"})),
    Case("a standard parameter over 4 KB", "ssm", "put_parameter", {"Name": "p", "Value": "x" * 4097, "Type": "String"},
         "ValidationException: Standard tier parameters support a maximum parameter value of 4096 characters.",
         ("AWS::SSM::Parameter", {"Type": "String", "Value": "x" * 4097})),
    Case("an advanced parameter over 8 KB", "ssm", "put_parameter",
         {"Name": "p", "Value": "x" * 8193, "Type": "String", "Tier": "Advanced"},
         "ValidationException: Advanced tier parameters support a maximum parameter value of 8192 characters.",
         ("AWS::SSM::Parameter", {"Type": "String", "Value": "x" * 8193, "Tier": "Advanced"})),
    Case("a parameter 16 levels deep", "ssm", "put_parameter",
         {"Name": "/a" * 16, "Value": "x", "Type": "String"},
         "HierarchyLevelLimitExceededException: Parameter name hierarchies can have a maximum of 15 levels",
         ("AWS::SSM::Parameter", {"Name": "/a" * 16, "Type": "String", "Value": "x"})),
    Case("a topic policy of a role that is not there", "sns", "set_topic_attributes",
         {"TopicArn": f"arn:aws:sns:us-east-1:{ONE}:validated", "AttributeName": "Policy", "AttributeValue":
          json.dumps(policy({"Principal": {"AWS": NOBODY}, "Action": "sns:Publish", "Resource": "*"}))},
         "InvalidParameter: Invalid parameter: Policy Error: PrincipalNotFound",
         ("AWS::SNS::TopicPolicy", {
             "Topics": [f"arn:aws:sns:us-east-1:{ONE}:validated"],
             "PolicyDocument": policy({"Principal": {"AWS": NOBODY}, "Action": "sns:Publish", "Resource": "*"})})),
    Case("a repository's name with capitals", "ecr", "create_repository", {"repositoryName": "Capitals"},
         "InvalidParameterException: 1 validation error detected: Value 'Capitals' at 'repositoryName'",
         ("AWS::ECR::Repository", {"RepositoryName": "Capitals"})),
    Case("a rule's name with a space", "events", "put_rule", {"Name": "a b", "EventPattern": "{}"},
         "ValidationException: 1 validation error detected: Value 'a b' at 'name'",
         ("AWS::Events::Rule", {"Name": "a b", "EventPattern": {"source": ["x"]}})),
    Case("a reserved tag of a role", "iam", "tag_role",
         {"RoleName": "validated", "Tags": [{"Key": "aws:mine", "Value": "x"}]}, "InvalidInput: aws: prefixed tag key"),
    Case("a reserved tag of a key", "kms", "tag_resource",
         {"KeyId": "KEY", "Tags": [{"TagKey": "AWS:mine", "TagValue": "x"}]}, "TagException: aws: prefixed tag key"),
    Case("a reserved tag of a bucket", "s3", "put_bucket_tagging",
         {"Bucket": "validated", "Tagging": {"TagSet": [{"Key": "aws:mine", "Value": "x"}]}},
         "InvalidTag: System tags"),
)  # fmt: skip


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
    narrowed = {"Principal": "*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}}
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
    iam = botocore.session.Session().create_client(
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
