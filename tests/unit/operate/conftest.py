"""What the tests of the commands share: a group, and an embedded AWS with its registry and its pipeline's account."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from model_cicd.operate.access import Access
from model_cicd.operate.records import Group, Place

if TYPE_CHECKING:
    from rehearsal.embedded_aws import EmbeddedAws

TOOLING, BUILD, PREPROD, PROD = "111111111111", "222222222222", "333333333333", "444444444444"
REGION = "us-east-1"
MODELS = "churn-models"


def place(name: str, account: str, kind: str, *, gated: bool = False) -> Place:
    def role(which: str) -> str:
        return f"arn:aws:iam::{account}:role/cdk-hnb659fds-{which}-role-{account}-{REGION}"

    stack = f"churn-{name}"
    return Place(name, kind, account, REGION, stack, stack, gated, role("deploy"), role("lookup"), role("cfn-exec"))


def make_group(**changed: Any) -> Group:
    fields: dict[str, Any] = {
        "name": "churn",
        "module": "models-m",
        "partition": "aws",
        "tooling_account": TOOLING,
        "tooling_region": REGION,
        "pipeline_name": "churn-promotion",
        "build_account": BUILD,
        "build_region": REGION,
        "build_lookup_role_arn": f"arn:aws:iam::{BUILD}:role/lookup",
        "model_package_group_name": MODELS,
        "approver_policy_arn": f"arn:aws:iam::{BUILD}:policy/churn-approver",
        "stage_approver_policy_arn": f"arn:aws:iam::{TOOLING}:policy/churn-stage-approver",
        "scientist_policy_arn": f"arn:aws:iam::{BUILD}:policy/churn-scientist",
        "training_scientist_policy_arn": f"arn:aws:iam::{TOOLING}:policy/churn-starter",
        "places": (place("approval", PREPROD, "preprod"), place("live", PROD, "prod", gated=True)),
    }
    return Group(**(fields | changed))


@pytest.fixture
def group() -> Group:
    return make_group()


@pytest.fixture(scope="module")
def world() -> Iterator[EmbeddedAws]:
    from rehearsal.embedded_aws import EmbeddedAws

    made = EmbeddedAws(accounts=[TOOLING, BUILD, PREPROD, PROD])
    yield made
    made.close()


@pytest.fixture
def act_in(world: EmbeddedAws, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Access]:
    """The access of an account's administrator, by the environment variables that commands read."""

    def act(account: str) -> Access:
        for name, value in world.client_environment(account, REGION).items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
        return Access()

    return act


@pytest.fixture
def registry(world: EmbeddedAws) -> Iterator[Callable[..., str]]:
    """A fresh model package group; call it to register a version with a status."""
    client = world.client("sagemaker", account=BUILD, region=REGION)
    client.create_model_package_group(ModelPackageGroupName=MODELS)
    s3 = world.client("s3", account=BUILD, region=REGION)
    s3.create_bucket(Bucket="registry")
    s3.put_object(Bucket="registry", Key="models/model.tar.gz", Body=b"weights")

    def register(status: str, **properties: str) -> str:
        container = {
            "Image": f"683313688378.dkr.ecr.{REGION}.amazonaws.com/sagemaker-xgboost:1.7-1",
            "ModelDataUrl": "s3://registry/models/model.tar.gz",
        }
        made = client.create_model_package(
            ModelPackageGroupName=MODELS,
            ModelApprovalStatus=status,
            CustomerMetadataProperties=properties or {"CommitId": "0" * 40},
            InferenceSpecification={
                "Containers": [container],
                "SupportedContentTypes": ["text/csv"],
                "SupportedResponseMIMETypes": ["text/csv"],
            },
        )
        return str(made["ModelPackageArn"])

    yield register
    for each in client.list_model_packages(ModelPackageGroupName=MODELS)["ModelPackageSummaryList"]:
        client.delete_model_package(ModelPackageName=each["ModelPackageArn"])
    client.delete_model_package_group(ModelPackageGroupName=MODELS)


def trusting(account: str) -> str:
    """A trust policy for the root of `account`."""
    principal = {"AWS": f"arn:aws:iam::{account}:root"}
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}],
        }
    )
