"""Types that cannot run here, taken as records: checked by AWS's schema, with ids and attributes of the right form."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from rehearsal.cloudformation.registry import STAND_INS
from rehearsal.embedded_aws import EmbeddedAws
from tests.emulator.cloudformation.conftest import Stacks
from tests.emulator.conftest import ACCOUNTS

ROTATION = "AWS::SecretsManager::RotationSchedule"
KINDS = ["AWS::EKS::Cluster", "AWS::RDS::DBInstance", "AWS::EFS::FileSystem", "AWS::Batch::JobQueue"]
CUSTOM = ["Custom::AWSCDK-EKS-Cluster", "Custom::AWSCDKOpenIdConnectProvider", "Custom::Thing"]


@pytest.fixture(scope="module")
def world() -> Iterator[EmbeddedAws]:
    made = EmbeddedAws(accounts=list(ACCOUNTS), stand_ins=[*KINDS, *CUSTOM, ROTATION])
    yield made
    made.close()
    assert not STAND_INS, "they stay behind for the next embedded AWS"


def template(**properties: Any) -> dict[str, Any]:
    vpc = {"SubnetIds": ["subnet-1", "subnet-2"]}
    cluster = {"RoleArn": "arn:aws:iam::111111111111:role/eks", "ResourcesVpcConfig": vpc} | properties
    files = {"Encrypted": "true", "FileSystemTags": [{"Key": "a", "Value": "b"}]}
    outputs = {
        "Cluster": {"Ref": "Cluster"},
        "Arn": {"Fn::GetAtt": ["Cluster", "Arn"]},
        "Issuer": {"Fn::GetAtt": ["Cluster", "OpenIdConnectIssuerUrl"]},
        "Files": {"Ref": "Files"},
        "Address": {"Fn::GetAtt": ["Database", "Endpoint.Address"]},
        "Port": {"Fn::GetAtt": ["Database", "Endpoint.Port"]},
        "Queue": {"Ref": "Queue"},
    }
    return {
        "Resources": {
            "Cluster": {"Type": "AWS::EKS::Cluster", "Properties": cluster},
            "Files": {"Type": "AWS::EFS::FileSystem", "Properties": files},
            "Database": {"Type": "AWS::RDS::DBInstance", "Properties": {"Engine": "postgres", "AllocatedStorage": 20}},
            "Queue": {"Type": "AWS::Batch::JobQueue", "Properties": {"Priority": "1"}},
        },
        "Outputs": {name: {"Value": value} for name, value in outputs.items()},
    }


FORMS = {
    "Cluster": r"stood-Cluster-[0-9a-f]{12}",
    "Arn": r"arn:aws:eks:us-east-1:111111111111:cluster/stood-Cluster-[0-9a-f]{12}",
    "Issuer": r"https://oidc\.eks\.us-east-1\.amazonaws\.com/id/[0-9A-F]{32}",
    "Files": r"fs-[0-9a-f]{17}",
    "Address": r"stood-database-[0-9a-f]{12}\.[0-9a-f]{12}\.us-east-1\.rds\.amazonaws\.com",
    "Port": "5432",
    "Queue": r"arn:aws:batch:us-east-1:111111111111:job-queue/[0-9a-f]{17}",
}


def test_ids_and_attributes_are_of_their_form_and_the_same_again(stacks: Stacks, world: EmbeddedAws) -> None:
    outputs = stacks.outputs(template(), name="stood")
    for name, form in FORMS.items():
        assert re.fullmatch(form, outputs[name]), (name, outputs[name])
    events = stacks.api.describe_stack_events(StackName="stood")["StackEvents"]
    remarks = {each.get("ResourceStatusReason") for each in events if each["ResourceStatus"] == "CREATE_COMPLETE"}
    assert remarks == {None, "a stand-in: nothing runs behind it"}
    told = world.services.cloudformation.stand_ins()
    assert [
        (each["stack"], each["resource"], each["type"]) for each in told if each["type"] == "AWS::EKS::Cluster"
    ] == [("stood", "Cluster", "AWS::EKS::Cluster")]
    assert len(told) == len(KINDS)
    changed = template(Version="1.31")  # which changes in place
    assert stacks.update("stood", changed)["StackStatus"] == "UPDATE_COMPLETE", stacks.reasons("stood")
    after = {each["OutputKey"]: each["OutputValue"] for each in stacks.describe("stood")["Outputs"]}
    assert after == outputs
    drifts = stacks.api.detect_stack_resource_drift(StackName="stood", LogicalResourceId="Files")
    assert drifts["StackResourceDrift"]["StackResourceDriftStatus"] == "NOT_CHECKED"
    assert stacks.delete("stood")["StackStatus"] == "DELETE_COMPLETE"
    assert world.services.cloudformation.stand_ins() == []
    assert stacks.outputs(template(), name="stood") == outputs
    renamed = template(Name="mine")  # which makes a new one
    assert stacks.update("stood", renamed)["StackStatus"] == "UPDATE_COMPLETE", stacks.reasons("stood")
    assert stacks.physical("stood")["Cluster"] == "mine"


def test_what_aws_would_refuse_is_refused(stacks: Stacks, refused: Callable[..., str]) -> None:
    message = refused(stacks.create, template(Flavour="x"))
    assert "property Flavour of AWS::EKS::Cluster (Cluster)" in message
    unknown = {"Resources": {"J": {"Type": "AWS::Batch::JobQueue", "Properties": {}}}}
    assert "AWS::Batch::JobQueue (J) without its required property Priority" in refused(stacks.create, unknown)
    wrong = {"Resources": {"J": {"Type": "AWS::Batch::JobQueue", "Properties": {"Priority": "high"}}}}
    found = stacks.create(wrong)
    assert found["StackStatus"] == "ROLLBACK_COMPLETE"
    assert stacks.reasons(found["StackId"]) == [
        "Properties validation failed for resource J with message: [#/Priority: got 'high', expected type integer]"
    ]
    attribute = template()
    attribute["Outputs"]["Arn"]["Value"]["Fn::GetAtt"][1] = "Name2"
    assert "does not support attribute type Name2" in refused(stacks.create, attribute)


def test_other_types_are_refused_with_the_option_named(stacks: Stacks, refused: Callable[..., str]) -> None:
    other = {
        "Resources": {
            "C": {"Type": "AWS::Redshift::Cluster"},
            "T": {"Type": "Custom::Thing", "Properties": {"ServiceToken": "t"}},
        }
    }
    message = refused(stacks.create, other)
    assert message.endswith("; --stand-in AWS::Redshift::Cluster takes records in their place")


def test_custom_resources_whose_function_cannot_work_here(stacks: Stacks, refused: Callable[..., str]) -> None:
    def made(kind: str, **properties: Any) -> dict[str, Any]:
        return {"Type": f"Custom::{kind}", "Properties": {"ServiceToken": "arn:aws:lambda:x", **properties}}

    issuer = {"Fn::GetAtt": ["Cluster", "OpenIdConnectIssuer"]}
    found: dict[str, Any] = {
        "Resources": {
            "Cluster": made("AWSCDK-EKS-Cluster", Config={"version": "1.31"}, AssumeRoleArn="r"),
            "Named": made("AWSCDK-EKS-Cluster", Config={"name": "mine"}),
            "Provider": made("AWSCDKOpenIdConnectProvider", Url={"Fn::GetAtt": ["Cluster", "OpenIdConnectIssuerUrl"]}),
            "Thing": made("Thing", Anything=[1]),
        },
        "Outputs": {
            "Cluster": {"Value": {"Ref": "Cluster"}},
            "Arn": {"Value": {"Fn::GetAtt": ["Cluster", "Arn"]}},
            "Issuer": {"Value": issuer},
            "Provider": {"Value": {"Ref": "Provider"}},
            "Named": {"Value": {"Ref": "Named"}},
            "Value": {"Value": {"Fn::GetAtt": ["Thing", "Value"]}},
        },
    }
    outputs = stacks.outputs(found, name="custom")
    assert re.fullmatch(r"custom-Cluster-[0-9a-f]{12}", outputs["Cluster"])
    assert outputs["Arn"] == f"arn:aws:eks:us-east-1:111111111111:cluster/{outputs['Cluster']}"
    assert outputs["Provider"] == f"arn:aws:iam::111111111111:oidc-provider/{outputs['Issuer']}"
    assert (outputs["Named"], outputs["Value"][:12]) == ("mine", "custom-Thing")
    found["Outputs"]["Value"]["Value"]["Fn::GetAtt"][1] = "Unheard"
    assert "doesn't contain Unheard attribute" in refused(stacks.update, "custom", found)
    assert stacks.delete("custom")["StackStatus"] == "DELETE_COMPLETE"


def test_a_transform_makes_nothing_where_its_type_is_a_record(stacks: Stacks) -> None:
    rotation = {"SecretId": {"Ref": "S"}, "HostedRotationLambda": {"RotationType": "MySQLSingleUser"}}
    secret = {"Type": "AWS::SecretsManager::Secret", "Properties": {"SecretString": "x"}}
    resources = {"S": secret, "R": {"Type": ROTATION, "Properties": rotation}}
    stack = stacks.create({"Transform": "AWS::SecretsManager-2020-07-23", "Resources": resources})
    assert stack["StackStatus"] == "CREATE_COMPLETE", stacks.reasons(stack["StackId"])


def test_the_refusal_of_a_transform_says_what_takes_records(
    stacks: Stacks, refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    template = {"Transform": "AWS::SecretsManager-2020-07-23", "Resources": {"P": {"Type": "AWS::SNS::Topic"}}}
    monkeypatch.delitem(STAND_INS, ROTATION)
    said = refused(stacks.create, template)
    assert f"the transform AWS::SecretsManager-2020-07-23; --stand-in {ROTATION} takes records" in said
