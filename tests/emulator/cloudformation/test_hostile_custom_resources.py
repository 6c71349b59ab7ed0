"""Custom resources of the CDK that are asked for what they must not do, or for nonsense."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest

from tests.emulator.cloudformation.cdk_templates import call, custom
from tests.emulator.cloudformation.conftest import Stacks
from tests.emulator.conftest import ACCOUNTS, Client
from tests.emulator.roles import almighty, trusting

PUT = call(
    "SSM", "putParameter", parameters={"Name": "/by/others", "Value": "x", "Type": "String"},
    physicalResourceId={"id": "x"},
)  # fmt: skip


def package() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("index.py", "def handler(event, context):\n    return 1\n")
    return out.getvalue()


def test_who_may_invoke_a_function_of_another_account_gets_nothing_of_its_role(stacks: Stacks, client: Client) -> None:
    api, other = client("lambda", ACCOUNTS[1]), ACCOUNTS[1]
    role = almighty(client("iam", other), "of-the-victim", trusting("lambda.amazonaws.com"))
    made: dict[str, Any] = {"Runtime": "python3.12", "Handler": "index.handler", "Role": role}
    arn = api.create_function(FunctionName="of-the-victim", Code={"ZipFile": package()}, **made)["FunctionArn"]
    api.add_permission(FunctionName=arn, StatementId="s", Action="lambda:InvokeFunction", Principal=ACCOUNTS[0])
    properties = {"ServiceToken": arn, "InstallLatestAwsSdk": False, "Create": PUT}
    for kind in ("Custom::AWS", "Custom::Own"):
        stack = stacks.create({"Resources": {"R": {"Type": kind, "Properties": properties}}})
        assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
        assert "is not of the account and region of the stack" in stacks.reasons(stack["StackId"])[0]
    assert client("ssm", other).describe_parameters()["Parameters"] == []


def test_a_function_of_elsewhere_is_invoked_and_lends_nobody_its_role(stacks: Stacks, client: Client) -> None:
    role = almighty(client("iam"), "of-a-neighbour", trusting("lambda.amazonaws.com"))
    made: dict[str, Any] = {"Runtime": "python3.12", "Handler": "index.handler", "Role": role}
    arn = client("lambda").create_function(FunctionName="neighbour", Code={"ZipFile": package()}, **made)["FunctionArn"]
    properties = {"ServiceToken": arn, "ServiceTimeout": 2, "InstallLatestAwsSdk": False, "Create": PUT}
    stack = stacks.create({"Resources": {"R": {"Type": "Custom::AWS", "Properties": properties}}})
    assert stack["StackStatus"] == "ROLLBACK_FAILED", "the function does not answer when it is to delete, either"
    assert all("did not receive a response" in reason for reason in stacks.reasons(stack["StackId"])[:2])
    assert client("ssm").describe_parameters()["Parameters"] == []


@pytest.mark.parametrize(
    ("create", "said"),
    [
        ("no json", "Create: got 'no json', expected a call as JSON"),
        ("[1]", "Create: got '[1]', expected a call as JSON"),
        ({"service": "SSM"}, "expected a call as JSON"),
        (json.dumps({"service": 1, "action": "x"}), "Create.service: got 1, expected text"),
        (json.dumps({"service": "SSM"}), "Create.action: got None, expected text"),
        (call("SSM", "getParameter", parameters="x"), "Create.parameters: got 'x', expected an object"),
        (call("SSM", "getParameter", physicalResourceId="x"), "Create.physicalResourceId: got 'x', expected"),
    ],
)
def test_what_is_no_call_is_a_failed_response(stacks: Stacks, create: object, said: str) -> None:
    stack = stacks.create(custom("Custom::AWS", {"InstallLatestAwsSdk": False, "Create": create}))
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    reason = stacks.reasons(stack["StackId"])[0]
    assert reason.startswith("Received response status [FAILED] from custom resource. Message returned: ")
    assert said in reason


@pytest.mark.parametrize(
    ("kind", "missing"),
    [
        ("Custom::CDKBucketDeployment", "DestinationBucketName"),
        ("Custom::CrossRegionExportWriter", "WriterProps"),
        ("Custom::S3BucketNotifications", "NotificationConfiguration"),
    ],
)
def test_what_is_missing_is_a_failed_response(stacks: Stacks, kind: str, missing: str) -> None:
    stack = stacks.create(custom(kind, {"BucketName": "of-nobody"}))
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    reason = stacks.reasons(stack["StackId"])[0]
    assert f"Message returned: got nothing for {missing}, which is needed" in reason


def test_a_function_that_may_not_run_does_nothing(stacks: Stacks, client: Client) -> None:
    iam, api = client("iam"), client("lambda")
    role = almighty(iam, "not-trusting", trusting("lambda.amazonaws.com"))
    made: dict[str, Any] = {"Runtime": "python3.12", "Handler": "index.handler", "Role": role}
    arn = api.create_function(FunctionName="resting", Code={"ZipFile": package()}, **made)["FunctionArn"]
    template = {"Resources": {"R": {"Type": "Custom::AWS", "Properties": {"ServiceToken": arn, "Create": PUT}}}}
    api.put_function_concurrency(FunctionName="resting", ReservedConcurrentExecutions=0)
    stack = stacks.create(template)
    assert "Rate Exceeded." in stacks.reasons(stack["StackId"])[0]
    api.delete_function_concurrency(FunctionName="resting")
    iam.update_assume_role_policy(RoleName="not-trusting", PolicyDocument=trusting("ec2.amazonaws.com"))
    stack = stacks.create(template)
    assert "cannot be assumed by Lambda" in stacks.reasons(stack["StackId"])[0]
    assert client("ssm").describe_parameters()["Parameters"] == []


def test_files_that_cannot_be_read_are_a_failed_response(stacks: Stacks, client: Client) -> None:
    s3 = client("s3")
    for bucket in ("damaged", "destination"):
        s3.create_bucket(Bucket=bucket)
    encrypted = bytearray(package())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        encrypted[encrypted.find(signature) + offset] |= 1
    place = {"DestinationBucketName": "destination", "SourceBucketNames": ["damaged"], "SourceObjectKeys": ["a.zip"]}
    for body, said in ((package().replace(b"return", b"RETURN"), "Bad CRC-32"), (bytes(encrypted), "is encrypted")):
        s3.put_object(Bucket="damaged", Key="a.zip", Body=body)
        stack = stacks.create(custom("Custom::CDKBucketDeployment", place, ("s3:*", "*")))
        assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
        assert "Message returned: index.py: " in stacks.reasons(stack["StackId"])[0]
        assert said in stacks.reasons(stack["StackId"])[0]
