"""Templates become concrete policies, and what cannot is refused with its place."""

from __future__ import annotations

from typing import Any

import pytest

from model_cicd.access.assembly import Stack
from model_cicd.access.resolve import Resolved, resolve
from model_cicd.access.template_values import UnresolvedError, key_id, value_of

ALLOW = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
TRUST = {
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}]
}


def stack(resources: dict[str, Any], **more: Any) -> Stack:
    parameters = more.pop("parameters", {})
    return Stack("shop", "111111111111", "eu-west-1", {"Resources": resources, **more}, parameters)


def role(**more: Any) -> dict[str, Any]:
    return {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "r", "AssumeRolePolicyDocument": TRUST, **more}}


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": kind, "Properties": properties}


RESOURCES = {
    "Key": resource("AWS::KMS::Key", KeyPolicy={"Statement": [ALLOW | {"Principal": "*"}]}),
    "Bucket": resource("AWS::S3::Bucket", BucketName={"Fn::Sub": "data-${AWS::AccountId}-${Suffix}"}),
    "Group": resource("AWS::Logs::LogGroup", LogGroupName="/own"),
    "Role": role(),
}
DECLARED = {"Suffix": {"Type": "String", "Default": "x"}, "Ids": {"Type": "CommaDelimitedList", "Default": ""}}
CONDITIONS = {
    "Given": {"Fn::Not": [{"Fn::Equals": [{"Fn::Join": ["", {"Ref": "Ids"}]}, ""]}]},
    "Either": {"Fn::Or": [{"Condition": "Given"}, {"Fn::Equals": [{"Ref": "Suffix"}, "x"]}]},
    "Both": {"Fn::And": [{"Condition": "Given"}, {"Condition": "Either"}]},
}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Ref": "AWS::Partition"}, "aws"),
        ({"Ref": "AWS::URLSuffix"}, "amazonaws.com"),
        ({"Ref": "Role"}, "r"),
        ({"Fn::GetAtt": ["Role", "Arn"]}, "arn:aws:iam::111111111111:role/r"),
        ({"Fn::GetAtt": "Role.Arn"}, "arn:aws:iam::111111111111:role/r"),
        ({"Fn::GetAtt": ["Bucket", "Arn"]}, "arn:aws:s3:::data-111111111111-x"),
        ({"Fn::GetAtt": ["Group", "Arn"]}, "arn:aws:logs:eu-west-1:111111111111:log-group:/own:*"),
        ({"Fn::Join": ["/", [{"Fn::GetAtt": ["Bucket", "Arn"]}, "*"]]}, "arn:aws:s3:::data-111111111111-x/*"),
        ({"Fn::Sub": ["${A}-${!b}-${Role.Arn}", {"A": {"Ref": "Suffix"}}]}, "x-${b}-arn:aws:iam::111111111111:role/r"),
        ({"Fn::Select": [1, {"Fn::Split": [",", "a,b"]}]}, "b"),
        ({"Fn::If": ["Given", "yes", "no"]}, "no"),
        ({"Fn::If": ["Either", "yes", "no"]}, "yes"),
        ({"Fn::If": ["Both", "yes", "no"]}, "no"),
        ([1, {"Fn::If": ["Given", "yes", {"Ref": "AWS::NoValue"}]}], [1]),
        ({"a": {"Ref": "AWS::NoValue"}, "b": True}, {"b": True}),
    ],
)
def test_values(value: Any, expected: Any) -> None:
    own = stack(RESOURCES, Parameters=DECLARED, Conditions=CONDITIONS)
    assert value_of(own, value, ("Here",)) == expected


def test_a_key_has_a_stand_in_for_its_id() -> None:
    own = stack(RESOURCES)
    arn = value_of(own, {"Fn::GetAtt": ["Key", "Arn"]}, ())
    assert arn == f"arn:aws:kms:eu-west-1:111111111111:key/{key_id(own, 'Key')}"
    assert arn != value_of(stack({"Other": RESOURCES["Key"]}), {"Fn::GetAtt": ["Other", "Arn"]}, ())


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"Fn::ImportValue": "x"}, "Here.Fn::ImportValue: got Fn::ImportValue, expected Ref, GetAtt, Join"),
        ({"Fn::FindInMap": ["a", "b", "c"]}, "got Fn::FindInMap"),
        ({"Ref": "Missing"}, "got 'Missing', which is no resource of the template"),
        ({"Fn::GetAtt": ["Key", "Colour"]}, "got 'Key.Colour' of type AWS::KMS::Key, whose value is not known"),
        ({"Fn::If": ["Unknown", 1, 2]}, "got the condition 'Unknown', which the template has not"),
        ({"Fn::Join": ["", "text"]}, "got 'text', expected a list"),
        ({"Fn::Sub": "${Needed}"}, "the parameter 'Needed' has no value"),
        ({"Policy": [{"Resource": {"Fn::GetAtt": ["Nameless", "Arn"]}}]}, "Here.Policy.0.Resource.Fn::GetAtt: got"),
    ],
)
def test_what_is_not_known_is_refused(value: Any, message: str) -> None:
    resources = {**RESOURCES, "Nameless": resource("AWS::S3::Bucket")}
    own = stack(resources, Parameters={**DECLARED, "Needed": {"Type": "String"}})
    with pytest.raises(UnresolvedError) as error:
        value_of(own, value, ("Here",))
    assert str(error.value).startswith("stack shop: Here")
    assert message in str(error.value)


def found(**resources: Any) -> Resolved:
    return resolve([stack(resources)])


def test_a_role_has_inline_attached_and_managed_policies() -> None:
    document = {"Statement": [ALLOW]}
    resolved = found(
        Policy=resource("AWS::IAM::Policy", PolicyDocument=document, Roles=[{"Ref": "Role"}]),
        Role=role(
            Policies=[{"PolicyName": "p", "PolicyDocument": document}],
            ManagedPolicyArns=["arn:aws:iam::aws:policy/AdministratorAccess"],
        ),
        Managed=resource("AWS::IAM::ManagedPolicy", PolicyDocument=document, Roles=["r"]),
        CdkAsset=resource("AWS::IAM::ManagedPolicy", ManagedPolicyName="m", PolicyDocument=document),
    )
    (made,) = resolved.roles.values()
    assert [each.origin for each in made.identity] == [
        "shop/Role/Policies/0",
        "arn:aws:iam::aws:policy/AdministratorAccess",
        "shop/Policy/PolicyDocument",
        "shop/Managed/PolicyDocument",
    ]
    assert list(resolved.unattached) == ["arn:aws:iam::111111111111:policy/m"]


def test_statements_of_one_bus_are_one_policy() -> None:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "events:PutEvents", "Resource": "*"}
    resolved = found(
        First=resource("AWS::Events::EventBusPolicy", StatementId="first", Statement=statement),
        Second=resource("AWS::Events::EventBusPolicy", StatementId="second", Statement=statement),
    )
    (document,) = resolved.resource_policies.values()
    assert [each["Sid"] for each in document.body["Statement"]] == ["first", "second"]


@pytest.mark.parametrize(
    ("resources", "message"),
    [
        (
            {"Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST}}},
            "has no explicit name",
        ),
        ({"B": resource("AWS::S3::BucketPolicy", Bucket="b")}, "B.Properties.PolicyDocument: missing"),
    ],
)
def test_names_and_policies_that_are_missing_are_refused(resources: dict[str, Any], message: str) -> None:
    with pytest.raises(UnresolvedError) as error:
        found(**resources)
    assert str(error.value).startswith("stack shop: ")
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("resources", "sentence"),
    [
        (
            {"Role": role(ManagedPolicyArns=["arn:aws:iam::aws:policy/PowerUserAccess"])},
            "Role of type AWS::IAM::Role has the policy arn:aws:iam::aws:policy/PowerUserAccess, whose content is not "
            "known here: expected statements of its own",
        ),
        (
            {"P": resource("AWS::IAM::Policy", PolicyDocument={}, Roles=["gone"])},
            "P of type AWS::IAM::Policy is attached to the role 'gone', which no stack makes",
        ),
        (
            {"P": resource("AWS::IAM::Policy", PolicyDocument={}, Users=["u"])},
            "P of type AWS::IAM::Policy is attached to Users, expected roles alone",
        ),
        (
            {"P": resource("AWS::IAM::ManagedPolicy", ManagedPolicyName="m", PolicyDocument={}, Groups=["g"])},
            "P of type AWS::IAM::ManagedPolicy is attached to Groups, expected roles alone",
        ),
    ],
)
def test_what_cannot_be_read_is_noted(resources: dict[str, Any], sentence: str) -> None:
    assert found(**resources).unreadable == [f"stack shop: {sentence}"]
