"""What is refused, before anything is touched, and in which words."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.emulator.cloudformation.conftest import Stacks, parameter


def test_every_unsupported_type_and_property_is_named_in_one_message(
    stacks: Stacks, refused: Callable[..., str], client: Callable[..., Any]
) -> None:
    template = {
        "Conditions": {"Never": {"Fn::Equals": ["a", "b"]}, "Always": {"Fn::Equals": ["a", "a"]}},
        "Resources": {
            "Fine": parameter(Name="/refused/fine"),
            "Cluster": {"Type": "AWS::Redshift::Cluster"}, "Other": {"Type": "AWS::Redshift::Cluster"},
            "Custom": {"Type": "Custom::Thing", "Properties": {"ServiceToken": "x"}},
            "Off": {"Type": "AWS::EKS::Cluster", "Condition": "Never"},
            "B": {"Type": "AWS::S3::Bucket", "Properties": {
                "ReplicationConfiguration": {"Role": "x"},
                "LifecycleConfiguration": {"Rules": [{"Status": "Enabled", "Misspelt": 1}]},
                "WebsiteConfiguration": {"Fn::If": ["Never", {"IndexDocument": "i"}, {"Ref": "AWS::NoValue"}]},
            }},
            "M": {"Type": "AWS::SSM::Parameter", "Properties": {"Value": "x"}},
        },
    }  # fmt: skip
    for call in (stacks.create, lambda t, name: stacks.change_set(name, t, "CREATE")):
        message = refused(call, template, "refused")
        assert message == (
            "ValidationError: The embedded AWS does not support: "
            "resource type AWS::Redshift::Cluster (Cluster, Other); "
            "property ReplicationConfiguration of AWS::S3::Bucket (B); "
            "property LifecycleConfiguration.Rules.Misspelt of AWS::S3::Bucket (B); "
            "AWS::SSM::Parameter (M) without its required property Type; "
            "--stand-in AWS::Redshift::Cluster takes records in their place"
        )
        assert "does not exist" in refused(stacks.describe, "refused")
    assert client("ssm").get_parameters(Names=["/refused/fine"])["Parameters"] == []


def test_an_update_is_refused_as_a_whole_too(stacks: Stacks, refused: Callable[..., str]) -> None:
    name = stacks.create({"Resources": {"P": parameter("1")}})["StackName"]
    worse = {"Resources": {"P": parameter("2"), "L": {"Type": "AWS::EC2::Instance"}}}
    assert "resource type AWS::EC2::Instance (L)" in refused(stacks.update, name, worse)
    assert stacks.describe(name)["StackStatus"] == "CREATE_COMPLETE"


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ({}, "At least one Resources member must be defined."),
        ("{not json", "JSON not well-formed. (line 1, column 2)"),
        ("Resources: [", "YAML not well-formed. (line 2, column 1)"),
        ({"Resources": {"P": {}}}, "Every Resources object must contain a Type member."),
        (
            {"Resources": {"P": parameter()}, "Transform": "AWS::Serverless-2016-10-31"},
            "support the transform AWS::Serverless",
        ),
        ({"Resources": {"P": parameter()}, "Resourcs": {}}, "Invalid template property or properties [Resourcs]"),
        ({"Resources": {"P": parameter() | {"Propertis": {}}}}, "Invalid template resource property 'Propertis'"),
        ({"Resources": {"P": parameter() | {"CreationPolicy": {}}}}, "does not support CreationPolicy (resource P)"),
        ({"Resources": {"P": parameter() | {"DeletionPolicy": "Snapshot"}}}, "support DeletionPolicy Snapshot"),
        ({"Resources": {"P": parameter() | {"DeletionPolicy": "Keep"}}}, "DeletionPolicy 'Keep' of resource P is not"),
        ({"Resources": {"P": parameter({"Ref": "Nobody"})}}, "dependencies [Nobody] in the Resources block"),
        ({"Resources": {"P": parameter({"Fn::GetAtt": ["Nobody", "Arn"]})}}, "dependencies [Nobody]"),
        ({"Resources": {"P": parameter() | {"DependsOn": "Nobody"}}}, "dependencies [Nobody]"),
        ({"Resources": {"P": parameter({"Fn::Sub": "${Nobody.Arn}"})}}, "dependencies [Nobody]"),
        ({"Resources": {"P": parameter({"Fn::GetAtt": ["Q", "A"]}), "Q": parameter()}}, "support attribute type A"),
        ({"Resources": {"P": parameter({"Fn::Transform": {}})}}, "does not support the function Fn::Transform"),
        ({"Resources": {"P": parameter() | {"Condition": "C"}}}, "Unresolved condition dependency C"),
        ({"Resources": {"P": parameter({"Fn::If": ["C", 1, 2]})}}, "unresolved condition dependency C"),
        ({"Resources": {"P": parameter()}, "Outputs": {"O": {"Value": {"Ref": "Q"}}}}, "[Q] in the Outputs block"),
        (
            {"Resources": {"A": parameter({"Ref": "B"}), "B": parameter({"Ref": "C"}), "C": parameter({"Ref": "B"})}},
            "Circular dependency between resources: [B, C]",
        ),
    ],
)
def test_templates_that_are_none(stacks: Stacks, refused: Callable[..., str], template: Any, message: str) -> None:
    error = refused(stacks.create, template)
    assert error.startswith("ValidationError: ")
    assert message in error


def test_capabilities(stacks: Stacks, refused: Callable[..., str]) -> None:
    trust = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}],
    }

    def role(**more: str) -> dict[str, Any]:
        return {
            "Resources": {"R": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust, **more}}}
        }

    error = refused(stacks.create, role(), Capabilities=[])
    assert error == "InsufficientCapabilitiesException: Requires capabilities : [CAPABILITY_IAM]"
    error = refused(stacks.create, role(RoleName="named"), Capabilities=["CAPABILITY_IAM"])
    assert error == "InsufficientCapabilitiesException: Requires capabilities : [CAPABILITY_NAMED_IAM]"
    assert stacks.create(role(), Capabilities=["CAPABILITY_IAM"])["StackStatus"] == "CREATE_COMPLETE"
    summary = stacks.api.get_template_summary(TemplateBody=json.dumps(role(RoleName="named")))
    assert summary["Capabilities"] == ["CAPABILITY_NAMED_IAM"]
    assert summary["ResourceIdentifierSummaries"][0]["ResourceIdentifiers"] == ["RoleName"]


def test_requests_that_ask_for_what_there_is_not(stacks: Stacks, refused: Callable[..., str]) -> None:
    template = {"Resources": {"P": parameter()}}
    error = refused(
        stacks.create, template, NotificationARNs=["arn:aws:sns:us-east-1:111111111111:t"], TimeoutInMinutes=5
    )
    assert (
        error
        == "ValidationError: The embedded AWS does not support TimeoutInMinutes, NotificationARNs of CloudFormation"
    )
    assert "templateBody" in refused(stacks.create, template | {"Description": "x" * 60_000})
    assert "stackName" in refused(stacks.create, template, "1stack")
