"""What a destroy left behind is found and taken back in."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import boto3
import pytest

from model_cicd import adopt
from model_cicd.text.errors import ModelCicdError

pytestmark = pytest.mark.emulator  # moto

REGION: Final = "eu-west-1"
RESOURCES: dict[str, dict[str, Any]] = {
    "Key": {"Type": "AWS::KMS::Key", "DeletionPolicy": "Retain", "Properties": {}},
    "Alias": {
        "Type": "AWS::KMS::Alias",
        "DeletionPolicy": "Retain",
        "Properties": {"AliasName": "alias/models", "TargetKeyId": {"Fn::GetAtt": ["Key", "KeyId"]}},
    },
    "Bucket": {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain", "Properties": {"BucketName": "models-of-live"}},
    "Group": {
        "Type": "AWS::SageMaker::ModelPackageGroup",
        "DeletionPolicy": "Retain",
        "Properties": {"ModelPackageGroupName": "live"},
    },
    "Images": {
        "Type": "AWS::ECR::Repository",
        "DeletionPolicy": "Retain",
        "Properties": {"RepositoryName": "live/train"},
    },
    "Repository": {
        "Type": "AWS::CodeCommit::Repository",
        "DeletionPolicy": "Retain",
        "Properties": {"RepositoryName": "model-build"},
    },
    "Role": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "of-the-stack"}},
}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    from moto import mock_aws  # a second that only its tests need

    with mock_aws():
        yield


@pytest.fixture
def stack() -> adopt.SynthesizedStack:
    lookup = "arn:${AWS::Partition}:iam::123456789012:role/cdk-hnb659fds-lookup-role-123456789012-eu-west-1"
    return adopt.SynthesizedStack("live-build", "123456789012", REGION, lookup, RESOURCES)


def connect(_: adopt.SynthesizedStack) -> Callable[[str], Any]:
    def client(service: str) -> Any:
        return boto3.client(service, region_name=REGION)  # type: ignore[call-overload]

    return client


def leave_behind() -> tuple[str, str]:
    """Make what the stack would retain; the key's id and the group's ARN."""
    kms = boto3.client("kms", region_name=REGION)
    key: str = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/models", TargetKeyId=key)
    s3 = boto3.client("s3", region_name=REGION)
    s3.create_bucket(Bucket="models-of-live", CreateBucketConfiguration={"LocationConstraint": REGION})
    sagemaker = boto3.client("sagemaker", region_name=REGION)
    group: str = sagemaker.create_model_package_group(
        ModelPackageGroupName="live", ModelPackageGroupDescription="left behind"
    )["ModelPackageGroupArn"]
    boto3.client("ecr", region_name=REGION).create_repository(repositoryName="live/train")
    boto3.client("codecommit", region_name=REGION).create_repository(repositoryName="model-build")
    return key, group


@pytest.mark.usefixtures("aws")
def test_a_first_deployment_finds_nothing(stack: adopt.SynthesizedStack) -> None:
    found = adopt.find_retained([stack], connect)
    assert found == adopt.Retained()
    assert adopt.commands(found, "cdk.out") == []


@pytest.mark.usefixtures("aws")
def test_leftovers_of_a_destroy_are_found_by_name_and_alias(stack: adopt.SynthesizedStack) -> None:
    key, group = leave_behind()
    found = adopt.find_retained([stack], connect)
    assert found.repositories == ["model-build"]
    assert found.imports == {
        "live-build": {
            "Key": {"KeyId": key},
            "Alias": {"AliasName": "alias/models"},
            "Bucket": {"BucketName": "models-of-live"},
            "Group": {"ModelPackageGroupArn": group},
            "Images": {"RepositoryName": "live/train"},
        }
    }


@pytest.mark.usefixtures("aws")
def test_what_the_deployed_stack_holds_is_left_alone(stack: adopt.SynthesizedStack) -> None:
    leave_behind()
    template = {"Resources": {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "held"}}}}
    cloudformation = boto3.client("cloudformation", region_name=REGION)
    cloudformation.create_stack(StackName="live-build", TemplateBody=json.dumps(template))
    assert set(adopt.find_retained([stack], connect).imports["live-build"]) == {"Key", "Alias", "Group", "Images"}


@pytest.mark.usefixtures("aws")
def test_a_key_that_waits_for_its_deletion_stops_the_deployment(stack: adopt.SynthesizedStack) -> None:
    key, _ = leave_behind()
    boto3.client("kms", region_name=REGION).schedule_key_deletion(KeyId=key)
    with pytest.raises(ModelCicdError, match=f"cancel-key-deletion --key-id {key}"):
        adopt.find_retained([stack], connect)


def test_repositories_are_used_as_they_are_and_the_rest_imported() -> None:
    found = adopt.Retained({"live-build": {"Bucket": {"BucketName": "b"}}}, ["training", "infra"])
    synth, bring_in = adopt.commands(found, "cdk.out")
    assert synth == ["npx", "cdk", "synth", "--quiet", "--context", "existing-repositories=infra,training"]
    assert bring_in[:6] == ["npx", "cdk", "import", "live-build", "--app", "cdk.out"]
    assert json.loads(bring_in[bring_in.index("--resource-mapping-inline") + 1]) == {"Bucket": {"BucketName": "b"}}


def test_the_context_key_is_the_apps() -> None:
    apps = (Path(adopt.__file__).parent / "sagemaker_model_cicd" / "app.py").read_text()
    assert f'EXISTING_REPOSITORIES = "{adopt.EXISTING_REPOSITORIES}"' in apps


def test_without_an_assembly_the_message_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert adopt.main(str(tmp_path / "cdk.out")) == 1
    assert "run `cdk synth` first" in capsys.readouterr().err


@pytest.mark.usefixtures("aws")
def test_an_account_that_does_not_trust_is_named_with_the_command(
    stack: adopt.SynthesizedStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    from moto import mock_aws

    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with mock_aws(config={"core": {"passthrough": {"services": ["sts"]}}}), pytest.raises(ModelCicdError) as error:
        adopt.lookup(stack)
    assert "cdk bootstrap aws://123456789012/eu-west-1 --trust" in str(error.value)
    assert "arn:aws:iam::123456789012:role/cdk-hnb659fds-lookup-role-123456789012-eu-west-1" in str(error.value)


def test_everything_that_is_kept_can_be_taken_back() -> None:
    from model_cicd.constructs.retained import KEPT

    assert set(KEPT) == {*adopt._FINDERS, "AWS::CodeCommit::Repository"}
