"""Errors that clients recognize by their code and text: each row says whose source looks for it.

Collected from the CDK's command 2.1148 (`lib/index.js`), Seed-Farmer 8.0.9 (`seedfarmer/services`), the SageMaker SDK
2.257 (`sagemaker/session.py`, `workflow/pipeline.py`) and 3 (`sagemaker/core/common_utils.py`,
`sagemaker/core/model_registry.py`), the AWS CLI (`customizations/cloudformation/deployer.py`) and botocore's waiters.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulator.conftest import ACCOUNTS, Client

ONE = ACCOUNTS[0]
ROLE = f"arn:aws:iam::{ONE}:role/recognized"
NAME = "recognized"
PARAMETER = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "x"}}
TEMPLATE = json.dumps({"Resources": {"P": PARAMETER}})
FAIL = {"Name": "F", "Type": "Fail", "Arguments": {"ErrorMessage": "x"}}
PIPELINE = {
    "PipelineName": NAME, "RoleArn": ROLE, "ClientRequestToken": "t" * 32,
    "PipelineDefinition": json.dumps({"Version": "2020-12-01", "Steps": [FAIL]}),
}  # fmt: skip
XGBOOST = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
CONTAINER = {"Image": XGBOOST, "ModelDataUrl": "s3://recognized/model.tar.gz"}
MODEL = {"ModelName": NAME, "ExecutionRoleArn": ROLE, "PrimaryContainer": CONTAINER}
VARIANT = {"VariantName": "all", "ModelName": NAME, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}


@dataclass(frozen=True)
class Recognized:
    """What a client asks and what it looks for in the error: the code, and a part of the text."""

    client: str
    service: str
    operation: str
    given: dict[str, Any]
    code: str
    text: str = ""

    def __str__(self) -> str:
        return f"{self.client}: {self.service} {self.operation}"


CDK, SEED, SDK2, SDK3, WAITER = "cdk", "seedfarmer", "sagemaker 2", "sagemaker 3", "botocore's waiters"
CLI = "aws cloudformation deploy"
STACK = {"StackName": "nobody"}
NO_STACK = "Stack with id nobody does not exist"
ROWS = (
    Recognized(CDK, "cloudformation", "DescribeStacks", STACK, "ValidationError", NO_STACK),
    Recognized(CDK, "cloudformation", "GetTemplate", STACK, "ValidationError", NO_STACK),
    Recognized(CDK, "cloudformation", "DescribeStackEvents", STACK, "ValidationError", "Stack [nobody] does not exist"),
    Recognized(CDK, "cloudformation", "DescribeChangeSet", {"StackName": NAME, "ChangeSetName": "nothing"},
               "ChangeSetNotFound", "ChangeSet [nothing] does not exist"),
    Recognized(CDK, "cloudformation", "UpdateStack", {"StackName": NAME, "TemplateBody": TEMPLATE},
               "ValidationError", "No updates are to be performed."),
    Recognized(CDK, "ecr", "DescribeRepositories", {"repositoryNames": ["nobody"]}, "RepositoryNotFoundException"),
    Recognized(CDK, "ecr", "DescribeImages", {"repositoryName": NAME, "imageIds": [{"imageTag": "none"}]},
               "ImageNotFoundException"),
    Recognized(CDK, "s3", "GetBucketLocation", {"Bucket": "nobody-has-it"}, "NoSuchBucket"),
    Recognized(CDK, "s3", "GetBucketEncryption", {"Bucket": "nobody-has-it"}, "NoSuchBucket"),
    Recognized(CDK, "ssm", "GetParameter", {"Name": "/nobody"}, "ParameterNotFound"),
    Recognized(CDK, "iam", "GetPolicy", {"PolicyArn": f"arn:aws:iam::{ONE}:policy/nobody"}, "NoSuchEntity"),
    Recognized(SEED, "cloudformation", "DescribeStacks", STACK, "ValidationError", NO_STACK),
    Recognized(SEED, "iam", "GetRole", {"RoleName": "nobody"}, "NoSuchEntity"),
    Recognized(SEED, "iam", "DeleteRole", {"RoleName": "nobody"}, "NoSuchEntity"),
    Recognized(SEED, "iam", "ListAttachedRolePolicies", {"RoleName": "nobody"}, "NoSuchEntity"),
    Recognized(SEED, "ssm", "GetParameter", {"Name": "/nobody"}, "ParameterNotFound"),
    Recognized(SEED, "s3", "HeadObject", {"Bucket": NAME, "Key": "nothing"}, "404"),
    Recognized(SEED, "s3", "DeleteBucket", {"Bucket": "nobody-has-it"}, "NoSuchBucket"),
    Recognized(SEED, "logs", "GetLogEvents", {"logGroupName": "nobody", "logStreamName": "none"},
               "ResourceNotFoundException"),
    Recognized(SEED, "codebuild", "StartBuild", {"projectName": "nobody"}, "ResourceNotFoundException"),
    Recognized(CLI, "cloudformation", "DescribeStacks", STACK, "ValidationError", NO_STACK),
    Recognized(SDK2, "sagemaker", "CreatePipeline",
               PIPELINE, "ValidationException", "already exists"),
    Recognized(SDK2, "sagemaker", "CreateModel", MODEL, "ValidationException", "Cannot create already existing model"),
    Recognized(SDK2, "sagemaker", "CreateEndpointConfig",
               {"EndpointConfigName": NAME, "ProductionVariants": [VARIANT]}, "ValidationException",
               "Cannot create already existing"),
    Recognized(SDK2, "sagemaker", "CreateModelPackageGroup", {"ModelPackageGroupName": NAME}, "ValidationException",
               "already exists"),
    Recognized(SDK2, "sagemaker", "DescribeEndpoint", {"EndpointName": "nobody"}, "ValidationException",
               "Could not find"),
    Recognized(SDK2, "sagemaker", "DescribeModel", {"ModelName": "nobody"}, "ValidationException", "Could not find"),
    Recognized(SDK2, "s3", "HeadBucket", {"Bucket": "nobody-has-it"}, "404", "Not Found"),
    Recognized(SDK3, "sagemaker", "DescribePipeline", {"PipelineName": "nobody"}, "ResourceNotFound"),
    Recognized(WAITER, "cloudformation", "DescribeChangeSet", STACK | {"ChangeSetName": "nothing"}, "ValidationError",
               "Stack [nobody] does not exist"),
    Recognized(WAITER, "s3", "HeadBucket", {"Bucket": "nobody-has-it"}, "404"),
    Recognized(WAITER, "sagemaker", "DescribeTrainingJob", {"TrainingJobName": "nobody"}, "ValidationException"),
    Recognized(WAITER, "sagemaker", "DescribeTransformJob", {"TransformJobName": "nobody"}, "ValidationException"),
    Recognized(WAITER, "sagemaker", "DescribeProcessingJob", {"ProcessingJobName": "nobody"}, "ValidationException"),
)  # fmt: skip


@pytest.fixture(scope="module")
def state(client: Client) -> None:
    """One of each that the rows try to make again."""
    statement = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    client("iam").create_role(RoleName=NAME, AssumeRolePolicyDocument=trust)
    client("cloudformation").create_stack(StackName=NAME, TemplateBody=TEMPLATE)
    client("cloudformation").get_waiter("stack_create_complete").wait(StackName=NAME, WaiterConfig={"Delay": 1})
    client("s3").create_bucket(Bucket=NAME)
    client("s3").put_object(Bucket=NAME, Key="model.tar.gz", Body=b"")
    reading = {
        "Effect": "Allow",
        "Action": "s3:*",
        "Resource": ["arn:aws:s3:::recognized", "arn:aws:s3:::recognized/*"],
    }
    pulling = {
        "Effect": "Allow",
        "Action": ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetAuthorizationToken",
                   "ecr:GetDownloadUrlForLayer"],
        "Resource": "*",
    }  # fmt: skip
    document = json.dumps({"Version": "2012-10-17", "Statement": [reading, pulling]})
    client("iam").put_role_policy(RoleName=NAME, PolicyName="read", PolicyDocument=document)
    client("ecr").create_repository(repositoryName=NAME)
    sagemaker = client("sagemaker")
    for row in ROWS:
        if row.operation.startswith("Create"):
            given = row.given | ({"ClientRequestToken": "u" * 32} if "ClientRequestToken" in row.given else {})
            _call(sagemaker, row.operation)(**given)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_clients_recognize_the_error(row: Recognized, state: None, client: Client) -> None:
    with pytest.raises(ClientError) as caught:
        _call(client(row.service), row.operation)(**row.given)
    error = caught.value.response["Error"]
    assert error["Code"] == row.code
    if row.service == "cloudformation":
        assert error["Message"] == row.text  # compared as a whole
    else:
        assert row.text in error["Message"]


def test_a_change_set_without_changes_says_so(state: None, client: Client) -> None:
    """The CDK, the AWS CLI and Seed-Farmer take a failed change set for none by the beginning of its reason."""
    api = client("cloudformation")
    api.create_change_set(StackName=NAME, ChangeSetName="same", TemplateBody=TEMPLATE)
    found = api.describe_change_set(StackName=NAME, ChangeSetName="same")
    assert found["Status"] == "FAILED"
    assert found["StatusReason"].startswith("The submitted information didn't contain changes.")


def _call(api: Any, operation: str) -> Callable[..., Any]:
    name = next(name for name, each in api.meta.method_to_api_mapping.items() if each == operation)
    found: Callable[..., Any] = getattr(api, name)
    return found
