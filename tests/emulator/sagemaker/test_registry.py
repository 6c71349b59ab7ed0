"""The model registry: groups, versions, approval, policies, other accounts, events."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulator.roles import open_to


@pytest.fixture(scope="module")
def model(lab: Any) -> str:
    lab.sagemaker.create_model_package_group(ModelPackageGroupName="fruit", ModelPackageGroupDescription="of trees")
    return str(lab.put("models/model.tar.gz", b"a model"))


def register(lab: Any, model: str, **more: Any) -> str:
    container = {"Image": lab.xgboost, "ModelDataUrl": model}
    inference = {"Containers": [container], "SupportedContentTypes": ["text/csv"]}
    arguments = {"ModelPackageGroupName": "fruit", "InferenceSpecification": inference} | more
    return str(lab.sagemaker.create_model_package(**arguments)["ModelPackageArn"])


def test_versions_count_up_and_are_never_given_again(lab: Any, model: str) -> None:
    first, second = register(lab, model), register(lab, model)
    assert first.endswith(":model-package/fruit/1")
    assert second.endswith(":model-package/fruit/2")
    lab.sagemaker.delete_model_package(ModelPackageName=second)
    assert register(lab, model).endswith("/fruit/3")
    rows = lab.sagemaker.list_model_packages(ModelPackageGroupName="fruit")["ModelPackageSummaryList"]
    assert [row["ModelPackageVersion"] for row in rows] == [3, 1]
    with pytest.raises(ClientError, match="fruit/2 does not exist"):
        lab.sagemaker.describe_model_package(ModelPackageName=second)


def test_approval_keeps_everything_else(lab: Any, model: str) -> None:
    arn = register(lab, model, CustomerMetadataProperties={"mse": "4.2"}, MetadataProperties={"CommitId": "abc"})
    before = lab.sagemaker.describe_model_package(ModelPackageName=arn)
    assert before["ModelApprovalStatus"] == "PendingManualApproval"
    lab.sagemaker.update_model_package(
        ModelPackageArn=arn,
        ModelApprovalStatus="Approved",
        ApprovalDescription="looks good",
        CustomerMetadataProperties={"ticket": "T-1"},
    )
    after = lab.sagemaker.describe_model_package(ModelPackageName=arn)
    assert (after["ModelApprovalStatus"], after["ApprovalDescription"]) == ("Approved", "looks good")
    assert after["CustomerMetadataProperties"] == {"mse": "4.2", "ticket": "T-1"}
    for name in ("InferenceSpecification", "MetadataProperties", "CreationTime", "ModelPackageVersion"):
        assert after[name] == before[name]
    lab.sagemaker.update_model_package(ModelPackageArn=arn, CustomerMetadataPropertiesToRemove=["ticket"])
    assert lab.sagemaker.describe_model_package(ModelPackageName=arn)["CustomerMetadataProperties"] == {"mse": "4.2"}
    approved = lab.sagemaker.list_model_packages(ModelPackageGroupName="fruit", ModelApprovalStatus="Approved")
    assert [row["ModelPackageArn"] for row in approved["ModelPackageSummaryList"]] == [arn]


def test_the_model_data_must_exist(lab: Any, model: str) -> None:
    with pytest.raises(ClientError, match=f"Could not find model data at s3://{lab.bucket}/models/other.tar.gz"):
        register(lab, f"s3://{lab.bucket}/models/other.tar.gz")


def test_another_account_describes_by_arn(lab: Any, model: str) -> None:
    arn = register(lab, model)
    other = lab.world.client("sagemaker", account="222222222222", region=lab.region)
    with pytest.raises(ClientError, match="because no resource-based policy allows the sagemaker:DescribeModelPackage"):
        other.describe_model_package(ModelPackageName=arn)
    resources = [f"arn:aws:sagemaker:{lab.region}:{lab.account}:model-package{kind}" for kind in ("-group/*", "/*")]
    statement = {"Effect": "Allow", "Principal": {"AWS": "222222222222"}, "Action": "*", "Resource": resources}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    lab.sagemaker.put_model_package_group_policy(ModelPackageGroupName="fruit", ResourcePolicy=policy)
    assert other.describe_model_package(ModelPackageName=arn)["ModelPackageArn"] == arn
    group = f"arn:aws:sagemaker:{lab.region}:{lab.account}:model-package-group/fruit"
    assert other.describe_model_package_group(ModelPackageGroupName=group)["ModelPackageGroupArn"] == group
    with pytest.raises(ClientError, match="does not exist"):
        other.describe_model_package_group(ModelPackageGroupName="fruit")
    missing = arn.rpartition("/")[0] + "/999"
    batch = other.batch_describe_model_package(ModelPackageArnList=[arn, missing])
    assert list(batch["ModelPackageSummaries"]) == [arn]
    assert list(batch["BatchDescribeModelPackageErrorMap"]) == [missing]
    lab.sagemaker.delete_model_package_group_policy(ModelPackageGroupName="fruit")


def test_group_policies(lab: Any, model: str) -> None:
    name = {"ModelPackageGroupName": "fruit"}
    with pytest.raises(ClientError, match="Cannot find resource policy"):
        lab.sagemaker.get_model_package_group_policy(**name)
    with pytest.raises(ClientError, match="a statement has no Principal"):
        bad = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
        lab.sagemaker.put_model_package_group_policy(**name, ResourcePolicy=bad)
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": "222222222222"},
        "Action": "sagemaker:Describe*",
        "Resource": "*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    lab.sagemaker.put_model_package_group_policy(**name, ResourcePolicy=policy)
    assert lab.sagemaker.get_model_package_group_policy(**name)["ResourcePolicy"] == policy
    lab.sagemaker.delete_model_package_group_policy(**name)
    with pytest.raises(ClientError, match="Cannot find resource policy"):
        lab.sagemaker.get_model_package_group_policy(**name)


def test_a_group_with_versions_is_not_deleted(lab: Any, model: str) -> None:
    register(lab, model)
    with pytest.raises(ClientError, match="still contains packages"):
        lab.sagemaker.delete_model_package_group(ModelPackageGroupName="fruit")
    with pytest.raises(ClientError, match="already exists"):
        lab.sagemaker.create_model_package_group(ModelPackageGroupName="fruit")
    lab.sagemaker.create_model_package_group(ModelPackageGroupName="empty")
    lab.sagemaker.delete_model_package_group(ModelPackageGroupName="empty")
    rows = lab.sagemaker.list_model_package_groups()["ModelPackageGroupSummaryList"]
    assert "empty" not in [row["ModelPackageGroupName"] for row in rows]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"Tags": [{"Key": "a", "Value": "b"}]}, "uses the tags of its model package group"),
        ({"CustomerMetadataProperties": {"k": "v" * 300}}, "got 300 characters"),
        ({"CustomerMetadataProperties": {"Branch": "feature/#7"}}, "got 'feature/#7', expected the pattern"),
        ({"ModelCard": {"ModelCardContent": "{}"}}, "does not support CreateModelPackage ModelCard"),
        ({"ModelPackageGroupName": "vegetables"}, "vegetables does not exist"),
    ],
)
def test_what_is_refused(lab: Any, model: str, arguments: dict[str, Any], text: str) -> None:
    with pytest.raises(ClientError, match=text):
        register(lab, model, **arguments)


def test_tags(lab: Any, model: str) -> None:
    arn = f"arn:aws:sagemaker:{lab.region}:{lab.account}:model-package-group/fruit"
    lab.sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    lab.sagemaker.delete_tags(ResourceArn=arn, TagKeys=["a"])
    assert lab.sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "b", "Value": "2"}]
    with pytest.raises(lab.sagemaker.exceptions.ClientError, match="does not exist"):
        lab.sagemaker.list_tags(ResourceArn=arn + "s")


def test_approval_sends_the_event_that_promotes(lab: Any, model: str) -> None:
    queue = lab.client("sqs").create_queue(
        QueueName="approved", Attributes=open_to("events.amazonaws.com", "arn:aws:sqs:us-east-1:111111111111:approved")
    )["QueueUrl"]
    pattern = {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Model Package State Change"],
        "detail": {"ModelPackageGroupName": ["fruit"], "ModelApprovalStatus": ["Approved"]},
    }
    events = lab.client("events")
    events.put_rule(Name="approved", EventPattern=json.dumps(pattern))
    target = f"arn:aws:sqs:{lab.region}:{lab.account}:approved"
    events.put_targets(Rule="approved", Targets=[{"Id": "q", "Arn": target}])
    arn = register(lab, model)
    lab.sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
    messages: list[Any] = []
    deadline = time.monotonic() + 10
    while not messages and time.monotonic() < deadline:
        messages = lab.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
    (event,) = [json.loads(message["Body"]) for message in messages]
    assert (event["account"], event["resources"]) == (lab.account, [arn])
    detail = event["detail"]
    assert detail["ModelPackageArn"] == arn
    assert detail["ModelPackageVersion"] == int(arn.rpartition("/")[2])
    assert detail["ModelPackageStatus"] == "Completed"
    assert detail["UpdatedModelPackageFields"] == ["ModelApprovalStatus"]
    assert detail["InferenceSpecification"]["Containers"][0]["ModelDataUrl"] == model
