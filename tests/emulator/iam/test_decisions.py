"""Every call is decided: identities, sessions, resource policies, context, and what a denial looks like."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from rehearsal.embedded_aws import ORGANIZATION, EmbeddedAws
from tests.emulator.roles import ALLOW_ALL, trusting

ONE, TWO, STRANGER = "111111111111", "222222222222", "999999999999"
REGION = "us-east-1"
Client = Callable[..., Any]


@pytest.fixture(scope="module")
def world() -> Iterator[EmbeddedAws]:
    made = EmbeddedAws(accounts=[ONE, TWO], strangers=[STRANGER])
    made.client("s3", account=ONE, region=REGION).create_bucket(Bucket="mine")
    yield made
    made.close()


@pytest.fixture(scope="module")
def client(world: EmbeddedAws) -> Client:
    def make(service: str, account: str = ONE, role: str | None = None) -> Any:
        return world.client(service, account=account, region=REGION, role=role)

    return make


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow"} | each for each in statements]})


def role(client: Client, name: str, *statements: dict[str, Any], account: str = ONE, trust: str | None = None) -> str:
    """A role with one inline policy of some statements."""
    iam = client("iam", account)
    open_trust = document({"Principal": {"AWS": ONE}, "Action": "sts:AssumeRole"})
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust or open_trust)["Role"]["Arn"]
    if statements:
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document(*statements))
    return str(arn)


def denied(call: Callable[..., Any], **arguments: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    error = refused.value.response["Error"]
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    return error["Code"], error["Message"]


def as_session(world: EmbeddedAws, credentials: dict[str, str], service: str) -> Any:
    return botocore.session.Session().create_client(
        service,
        region_name=REGION,
        endpoint_url=world.endpoint,
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
        config=Config(s3={"addressing_style": "path"}),
    )


def test_a_role_may_what_its_policies_say(client: Client) -> None:
    arn = role(client, "reader", {"Action": "ssm:GetParameter", "Resource": f"arn:aws:ssm:*:{ONE}:parameter/a/*"})
    client("ssm").put_parameter(Name="/a/b", Type="String", Value="x")
    ssm = client("ssm", role=arn)
    assert ssm.get_parameter(Name="/a/b")["Parameter"]["Value"] == "x"
    code, text = denied(ssm.get_parameter, Name="/b")
    assert code == "AccessDeniedException"
    assert text == (
        f"User: arn:aws:sts::{ONE}:assumed-role/reader/rehearsal is not authorized to perform: ssm:GetParameter on "
        f"resource: arn:aws:ssm:{REGION}:{ONE}:parameter/b because no identity-based policy allows the "
        "ssm:GetParameter action"
    )


@pytest.mark.parametrize(
    ("service", "operation", "arguments", "code"),
    [
        ("s3", "get_object", {"Bucket": "mine", "Key": "k"}, "AccessDenied"),
        ("iam", "get_role", {"RoleName": "x"}, "AccessDenied"),
        ("cloudformation", "describe_stacks", {}, "AccessDenied"),
        ("sns", "create_topic", {"Name": "x"}, "AuthorizationError"),
        ("ec2", "describe_vpcs", {}, "UnauthorizedOperation"),
        ("sagemaker", "list_models", {}, "AccessDeniedException"),
        ("logs", "describe_log_groups", {}, "AccessDeniedException"),
        ("cloudwatch", "describe_alarms", {}, "AccessDenied"),
    ],
)
def test_each_protocol_has_its_denial(
    client: Client, service: str, operation: str, arguments: dict[str, Any], code: str
) -> None:
    iam = client("iam")
    if "nothing" not in [each["RoleName"] for each in iam.list_roles()["Roles"]]:
        role(client, "nothing")
    powerless = client(service, role=f"arn:aws:iam::{ONE}:role/nothing")
    assert denied(getattr(powerless, operation), **arguments)[0] == code


def test_assuming_a_role_takes_both_sides(world: EmbeddedAws, client: Client) -> None:
    theirs = role(
        client, "theirs", trust=document({"Principal": {"AWS": ONE}, "Action": "sts:AssumeRole"}), account=TWO
    )
    may = role(client, "may", {"Action": "sts:AssumeRole", "Resource": theirs})
    may_not = role(client, "may-not", {"Action": "s3:*", "Resource": "*"})
    call = {"RoleArn": theirs, "RoleSessionName": "session"}
    assert client("sts", role=may).assume_role(**call)["AssumedRoleUser"]
    assert "no identity-based policy allows" in denied(client("sts", role=may_not).assume_role, **call)[1]
    untrusting = role(client, "untrusting", account=TWO, trust=trusting("lambda.amazonaws.com"))
    text = denied(client("sts").assume_role, RoleArn=untrusting, RoleSessionName="session")[1]
    assert "no resource-based policy allows the sts:AssumeRole action" in text


def test_session_policies_and_boundaries_narrow(world: EmbeddedAws, client: Client) -> None:
    arn = role(client, "wide", {"Action": "*", "Resource": "*"})
    listing = document({"Action": "ssm:DescribeParameters", "Resource": "*"})
    sts = client("sts")
    made = sts.assume_role(RoleArn=arn, RoleSessionName="narrow", Policy=listing)["Credentials"]
    narrow = as_session(world, made, "ssm")
    narrow.describe_parameters()
    assert "because no session policy allows" in denied(narrow.get_parameter, Name="x")[1]
    boundary = client("iam").create_policy(PolicyName="boundary", PolicyDocument=listing)["Policy"]["Arn"]
    client("iam").put_role_permissions_boundary(RoleName="wide", PermissionsBoundary=boundary)
    whole = as_session(world, sts.assume_role(RoleArn=arn, RoleSessionName="session")["Credentials"], "ssm")
    whole.describe_parameters()
    assert "because no permissions boundary allows" in denied(whole.get_parameter, Name="x")[1]


def test_passing_a_role_is_decided(client: Client) -> None:
    service = role(client, "builds", trust=trusting("codebuild.amazonaws.com"))
    maker = role(
        client,
        "maker",
        {"Action": "codebuild:CreateProject", "Resource": "*"},
        {
            "Action": "iam:PassRole",
            "Resource": service,
            "Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}},
        },
    )
    project: dict[str, Any] = {
        "name": "project", "serviceRole": service, "source": {"type": "NO_SOURCE", "buildspec": "version: 0.2"},
        "artifacts": {"type": "NO_ARTIFACTS"},
        "environment": {"type": "LINUX_CONTAINER", "image": "aws/codebuild/standard:7.0",
                        "computeType": "BUILD_GENERAL1_SMALL"},
    }  # fmt: skip
    code, text = denied(client("codebuild", role=maker).create_project, **project)
    assert (code, f"perform: iam:PassRole on resource: {service} " in text) == ("AccessDeniedException", True)


def test_objects_under_a_key_need_it_through_s3(world: EmbeddedAws, client: Client) -> None:
    reader = role(client, "key-reader", {"Action": ["s3:GetObject", "kms:Decrypt"], "Resource": "*"})
    own = {"Principal": {"AWS": f"arn:aws:iam::{ONE}:root"}, "Resource": "*"}
    administer = own | {"Action": ["kms:Put*", "kms:Get*", "kms:Describe*", "kms:GenerateDataKey"]}
    through = own | {
        "Action": "kms:Decrypt", "Condition": {"StringEquals": {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}},
    }  # fmt: skip
    kms, s3 = client("kms"), client("s3")
    key = kms.create_key(Policy=document(administer))["KeyMetadata"]["Arn"]
    s3.put_object(Bucket="mine", Key="secret", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    text = denied(client("s3", role=reader).get_object, Bucket="mine", Key="secret")[1]
    assert f"kms:Decrypt on resource: {key} because no resource-based policy allows" in text
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=document(administer, through))
    assert client("s3", role=reader).get_object(Bucket="mine", Key="secret")["Body"].read() == b"x"
    blob = key.rpartition("/")[2].encode() + b"x" * 60
    assert denied(client("kms", role=reader).decrypt, KeyId=key, CiphertextBlob=blob)[0] == "AccessDeniedException"


def test_tagging_a_key_as_it_is_made_takes_all_keys(client: Client) -> None:
    one = role(client, "maker-of-keys", {"Action": ["kms:CreateKey", "kms:TagResource"], "Resource": "*"})
    other = role(client, "no-tagger", {"Action": "kms:CreateKey", "Resource": "*"})
    tags = [{"TagKey": "a", "TagValue": "b"}]
    assert client("kms", role=one).create_key(Tags=tags)["KeyMetadata"]["KeyId"]
    text = denied(client("kms", role=other).create_key, Tags=tags)[1]
    assert f"kms:TagResource on resource: arn:aws:kms:{REGION}:{ONE}:key/* because no identity-based policy" in text


def test_the_organization_is_the_accounts_not_a_strangers(world: EmbeddedAws, client: Client) -> None:
    policy = {
        "Principal": "*", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::shared",
        "Condition": {"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION}, "StringLike": {"s3:prefix": "open/*"}},
    }  # fmt: skip
    client("s3").create_bucket(Bucket="shared")
    client("s3").put_bucket_policy(Bucket="shared", Policy=document(policy))
    client("s3", TWO).list_objects_v2(Bucket="shared", Prefix="open/x")
    assert denied(client("s3", TWO).list_objects_v2, Bucket="shared", Prefix="closed/")[0] == "AccessDenied"
    assert denied(client("s3", STRANGER).list_objects_v2, Bucket="shared", Prefix="open/x")[0] == "AccessDenied"


def test_an_explicit_deny_wins_over_the_administrator(client: Client) -> None:
    client("s3").create_bucket(Bucket="frozen")
    statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::frozen/*"}
    client("s3").put_bucket_policy(Bucket="frozen", Policy=document(statement))
    text = denied(client("s3").put_object, Bucket="frozen", Key="k", Body=b"x")[1]
    assert text.endswith("with an explicit deny in a resource-based policy")


def test_an_operation_without_a_mapping_is_refused_by_name(client: Client) -> None:
    with pytest.raises(ClientError, match="does not support ssm CreateDocument") as refused:
        client("ssm").create_document(Content="{}", Name="doc")
    assert refused.value.response["Error"]["Code"] == "UnknownOperationException"
    with pytest.raises(ClientError, match="s3 POST of an object with select"):
        client("s3").select_object_content(
            Bucket="mine",
            Key="k",
            ExpressionType="SQL",
            Expression="x",
            InputSerialization={"CSV": {}},
            OutputSerialization={"CSV": {}},
        )


def test_what_is_used_of_a_role_is_known(world: EmbeddedAws, client: Client) -> None:
    from rehearsal.iam import usage

    iam = client("iam")
    arn = role(client, "thrifty", {"Action": ["ssm:Describe*", "ssm:PutParameter"], "Resource": "*"})
    client("ssm", role=arn).describe_parameters()
    denied(client("ssm", role=arn).get_parameter, Name="secret")
    found = usage.report(world.iam, [ONE])
    assert found["mode"] == "enforce"
    shown = found["roles"][arn]
    assert shown["used"] == {"ssm:DescribeParameters": ["*"]}
    assert shown["unused"] == [{"policy": "own", "statement": "1", "action": "ssm:PutParameter"}]
    assert shown["wide"] == [
        {"policy": "own", "statement": "1", "action": "ssm:Describe*", "used": ["ssm:DescribeParameters"]}
    ]
    iam.attach_role_policy(RoleName="thrifty", PolicyArn="arn:aws:iam::aws:policy/AmazonSSMReadOnlyAccess")
    client("ssm", role=arn).get_parameters_by_path(Path="/a")
    managed = usage.report(world.iam, [ONE])["roles"][arn]["awsManaged"]["AmazonSSMReadOnlyAccess"]
    assert "ssm:GetParametersByPath" in managed["used"]
    assert managed["grants"] >= 3
    (denial,) = [each for each in found["denied"] if each["principal"] == arn]
    assert (denial["action"], denial["count"]) == ("ssm:GetParameter", 1)
    assert denial["resource"].endswith("parameter/secret")


def test_cloudformation_without_a_role_acts_for_the_caller(client: Client) -> None:
    """What the caller may not do, its stack may not do either."""
    arn = role(client, "stacker", {"Action": "cloudformation:*", "Resource": "*"})
    cloudformation = client("cloudformation", role=arn)
    template = {"Resources": {"P": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "x"}}}}
    cloudformation.create_stack(StackName="stack", TemplateBody=json.dumps(template))
    events = cloudformation.describe_stack_events(StackName="stack")["StackEvents"]
    reasons = " ".join(each.get("ResourceStatusReason", "") for each in events)
    assert "assumed-role/stacker/rehearsal is not authorized to perform: ssm:PutParameter" in reasons


def test_everything_of_an_almighty_role_is_still_decided(client: Client) -> None:
    iam = client("iam")
    arn = role(client, "almighty")
    iam.put_role_policy(RoleName="almighty", PolicyName="own", PolicyDocument=ALLOW_ALL)
    client("s3", role=arn).head_bucket(Bucket="mine")
    with pytest.raises(ClientError, match="403"):
        client("s3", role=f"arn:aws:iam::{ONE}:role/nothing").head_bucket(Bucket="mine")
