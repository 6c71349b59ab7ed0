"""Custom::AWS: calls of the SDK that a template asks for, with the rights of the function's role."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rehearsal.cloudformation.cdk_resources.request import Failed
from rehearsal.cloudformation.cdk_resources.sdk_calls import flat
from rehearsal.cloudformation.cdk_resources.sdk_names import service_of
from tests.emulator.cloudformation.cdk_templates import call, custom, outputs
from tests.emulator.cloudformation.conftest import Stacks
from tests.emulator.conftest import ACCOUNTS, Client

NAME = "/cdk/sdk"
PUT = {"Name": NAME, "Value": "one", "Type": "String", "Overwrite": "true"}
DELETED = call("SSM", "deleteParameter", parameters={"Name": "PHYSICAL:RESOURCEID:"})
ALLOWED = (["ssm:PutParameter", "ssm:GetParameter", "ssm:DeleteParameter"], "*")


def made(**calls: str) -> dict[str, Any]:
    return custom("Custom::AWS", {"InstallLatestAwsSdk": False, **calls}, ALLOWED)


def test_each_request_makes_its_call_with_the_documented_ids(stacks: Stacks, client: Client) -> None:
    ssm = client("ssm")
    create = call("@aws-sdk/client-ssm", "PutParameterCommand", parameters=PUT, physicalResourceId={"id": NAME})
    name = stacks.create(made(Create=create, Delete=DELETED))["StackName"]
    assert stacks.physical(name)["R"] == NAME
    assert ssm.get_parameter(Name=NAME)["Parameter"]["Value"] == "one"
    update = call("ssm", "PutParameter", parameters=PUT | {"Value": "two"}, physicalResourceId={"id": NAME})
    stacks.update(name, made(Create=create, Update=update, Delete=DELETED))
    assert ssm.get_parameter(Name=NAME)["Parameter"]["Value"] == "two"
    stacks.delete(name)
    assert ssm.describe_parameters(Filters=[{"Key": "Name", "Values": [NAME]}])["Parameters"] == []


def test_the_response_is_flat_and_cut_to_its_output_paths(stacks: Stacks, client: Client) -> None:
    client("ssm").put_parameter(Name="/cdk/read", Value="v", Type="String")
    read = {"parameters": {"Name": "/cdk/read"}, "physicalResourceId": {"responsePath": "Parameter.ARN"}}
    template = made(Create=call("SSM", "getParameter", **read, outputPaths=["Parameter.V"]))
    name = stacks.create(outputs(template, Value="Parameter.Value", Version="Parameter.Version"))["StackName"]
    found = {each["OutputKey"]: each["OutputValue"] for each in stacks.describe(name)["Outputs"]}
    assert found == {"Value": "v", "Version": "1"}
    assert stacks.physical(name)["R"].endswith(":parameter/cdk/read")
    other = made(Create=call("SSM", "getParameter", **read, outputPaths=["Parameter.V"]))
    assert stacks.create(outputs(other, Name="Parameter.Name"))["StackStatus"] == "ROLLBACK_COMPLETE"


def test_errors_count_unless_they_are_ignored(stacks: Stacks) -> None:
    read = {"parameters": {"Name": "/cdk/none"}, "physicalResourceId": {"id": "x"}}
    failing = stacks.create(made(Create=call("SSM", "getParameter", **read)))
    assert failing["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "Parameter /cdk/none not found" in stacks.reasons(failing["StackId"])[0]
    ignored = call("SSM", "getParameter", **read, ignoreErrorCodesMatching="^ParameterNot")
    assert stacks.create(made(Create=ignored))["StackStatus"] == "CREATE_COMPLETE"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            call("SSM", "putDocument", physicalResourceId={"id": "x"}),
            "Unable to find command named: putDocumentCommand",
        ),
        (call("Nowhere", "getIt", physicalResourceId={"id": "x"}), "Package @aws-sdk/client-nowhere does not exist."),
        (
            call("S3", "listBuckets", physicalResourceId={"id": "x"}),
            "is not authorized to perform: s3:ListAllMyBuckets",
        ),
        (
            call("SSM", "getParameter", parameters={"Nam": "x"}, physicalResourceId={"id": "x"}),
            "GetParameter: the API has no Nam",
        ),
        (call("STS", "getCallerIdentity", physicalResourceId={"responsePath": "None"}), "Invalid PhysicalResourceId"),
        (call("STS", "getCallerIdentity", physicalResourceId={"id": "x" * 1025}), "Invalid PhysicalResourceId"),
        (
            call("SSM", "getParameter", assumedRoleArn=f"arn:aws:iam::{ACCOUNTS[1]}:role/none"),
            "is not authorized to perform: sts:AssumeRole",
        ),
    ],
)
def test_what_does_not_work_is_a_failed_response(stacks: Stacks, given: str, said: str) -> None:
    stack = stacks.create(made(Create=given))
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert said in stacks.reasons(stack["StackId"])[0]


def test_a_call_goes_to_its_region_as_the_role_that_it_assumes(stacks: Stacks, client: Client) -> None:
    iam = client("iam", ACCOUNTS[1])
    trust = {"Effect": "Allow", "Principal": {"AWS": ACCOUNTS[0]}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    arn = iam.create_role(RoleName="elsewhere", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    allowed = {"Effect": "Allow", "Action": "ssm:PutParameter", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    iam.put_role_policy(RoleName="elsewhere", PolicyName="p", PolicyDocument=policy)
    there = {"region": "eu-west-1", "assumedRoleArn": arn, "physicalResourceId": {"id": "x"}}
    template = custom(
        "Custom::AWS", {"Create": call("SSM", "putParameter", parameters=PUT, **there)}, ("sts:AssumeRole", arn)
    )
    assert stacks.create(template)["StackStatus"] == "CREATE_COMPLETE"
    ssm = client("ssm", ACCOUNTS[1], "eu-west-1")
    assert ssm.get_parameter(Name=NAME)["Parameter"]["Value"] == "one"


@pytest.mark.parametrize("pattern", ["(a+)+$", "a*b*c*d*e*", "("])
def test_patterns_that_could_take_for_ever_are_refused(stacks: Stacks, pattern: str) -> None:
    read = {"parameters": {"Name": "/cdk/none"}, "physicalResourceId": {"id": "x"}}
    stack = stacks.create(made(Create=call("SSM", "getParameter", **read, ignoreErrorCodesMatching=pattern)))
    assert f"ignoreErrorCodesMatching: got {pattern!r}" in stacks.reasons(stack["StackId"])[0]


def test_responses_are_flat() -> None:
    found = flat({"A": {"B": [{"C": 1}, {"C": True}]}, "D": None, "E": [], "F": b"x"})
    assert found == {"A.B.0.C": 1, "A.B.1.C": True, "F": "x"}


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("CloudWatchLogs", "logs"), ("@aws-sdk/client-cloudwatch-logs", "logs"), ("StepFunctions", "stepfunctions"),
        ("sfn", "stepfunctions"), ("EventBridge", "events"), ("SecretsManager", "secretsmanager"), ("EC2", "ec2"),
        ("CognitoIdentityServiceProvider", "cognito-idp"), ("Route53", "route53"), ("SageMaker", "sagemaker"),
    ],
)  # fmt: skip
def test_services_by_the_names_of_both_sdks(name: str, known: str) -> None:
    assert service_of(name) == known


def test_a_service_that_is_none() -> None:
    with pytest.raises(Failed, match="does not exist"):
        service_of("Elsewhere")
