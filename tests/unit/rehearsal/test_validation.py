"""The pure parts of the validator; what services answer is in tests/emulator/test_validator.py."""

from __future__ import annotations

from typing import Any

import pytest
from moto.core.utils import get_service_model

from rehearsal.api import ApiError
from rehearsal.aws_request import SERVICES
from rehearsal.refusals import MODELS
from rehearsal.validation import constraints
from rehearsal.validation.buckets import valid_name
from rehearsal.validation.existence import is_service
from rehearsal.validation.public import is_public
from rehearsal.validation.rule import length, named_principals


def problem(service: str, operation: str, **params: Any) -> str:
    try:
        constraints.check(service, operation, params)
    except ApiError as error:
        return f"{error.code}: {error.message}"
    return ""


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (problem("iam", "CreateRole", RoleName="r" * 64), ""),
        (problem("iam", "CreateRole", RoleName="r" * 65), "at 'roleName' failed to satisfy constraint: Member must "
         "have length less than or equal to 64"),
        (problem("kms", "CreateKey", KeySpec="RSA"), "ValidationException: 1 validation error detected: Value 'RSA' at "
         "'keySpec' failed to satisfy constraint: Member must satisfy enum value set: [RSA_2048, "),
        (problem("kms", "ScheduleKeyDeletion", KeyId="k", PendingWindowInDays=0), "at 'pendingWindowInDays' failed to "
         "satisfy constraint: Member must have value greater than or equal to 1"),
        (problem("ecr", "CreateRepository", repositoryName="Caps"), "InvalidParameterException: 1 validation error"),
        (problem("codebuild", "CreateProject", name="a b"), "InvalidInputException: 1 validation error"),
        (problem("iam", "TagRole", RoleName="r", Tags=[{"Key": "\u00e9t\u00e9 1", "Value": "+-=._:/@"}]), ""),
        (problem("iam", "TagRole", RoleName="r", Tags=[{"Key": "a;b", "Value": ""}]), "at 'tags.1.member.key' failed"),
        (problem("states", "CreateStateMachine", name="n", definition="d" * 1_048_577), "or equal to 1048576"),
        (problem("sagemaker", "CreateModel", ModelName="a b"), ""),  # it has a check of its own
        (problem("iam", "NoSuchOperation", X=1), ""),
    ],
)  # fmt: skip
def test_limits_of_models(found: str, said: str) -> None:
    assert said in found if said else not found


def test_every_pattern_of_the_models_is_judged() -> None:
    """But those that Python cannot read, which take everything: none of them may be new."""
    patterns = {
        str(shape.metadata["pattern"])
        for service in SERVICES - {"sagemaker"}
        for model in [get_service_model(MODELS.get(service, service))]
        for shape in map(model.shape_for, model.shape_names)
        if "pattern" in shape.metadata
    }
    assert len(patterns) > 200
    assert {text for text in patterns if constraints.compiled(text).pattern == ".*" != text} == set()


@pytest.mark.parametrize(
    ("name", "valid"),
    [
        ("abc", True), ("a.b-c1", True), ("a" * 63, True), ("ab", False), ("a" * 64, False), ("Abc", False),
        ("a_c", False), ("-abc", False), ("abc-", False), ("a..b", False), ("10.0.0.1", False), ("xn--abc", False),
        ("sthree-abc", False), ("abc--ol-s3", False), ("abc.mrap", False), ("amzn-s3-demo-x", False),
    ],
)  # fmt: skip
def test_names_of_buckets(name: str, valid: bool) -> None:
    assert valid_name(name) is valid


@pytest.mark.parametrize(
    ("name", "valid"),
    [
        ("codebuild.amazonaws.com", True), ("sagemaker.amazonaws.com", True), ("events.amazonaws.com", True),
        ("cloudformation.amazonaws.com", True), ("logs.eu-west-1.amazonaws.com", True),
        ("delivery.logs.amazonaws.com", True), ("cloudwatch.amazonaws.com", True), ("ec2.amazonaws.com.cn", True),
        ("vpc-flow-logs.amazonaws.com", True), ("application-autoscaling.amazonaws.com", True),
        ("sagemaker.application-autoscaling.amazonaws.com", True), ("scheduler.amazonaws.com", True),
        ("ecs-tasks.amazonaws.com", True), ("airflow-env.amazonaws.com", True), ("fis.amazonaws.com", True),
        ("codebuid.amazonaws.com", False), ("codebuild.amazon.com", False), ("codebuild", False),
        ("amazonaws.com", False),
    ],
)  # fmt: skip
def test_service_principals(name: str, valid: bool) -> None:
    assert is_service(name) is valid


def statement(**more: Any) -> dict[str, Any]:
    return {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"} | more}


def when(operator: str, key: str, value: Any) -> dict[str, Any]:
    return statement(Condition={operator: {key: value}})


@pytest.mark.parametrize(
    ("document", "public"),
    [
        (statement(), True), (statement(Principal={"AWS": ["*"]}), True), (statement(Effect="Deny"), False),
        (statement(Principal={"AWS": "111111111111"}), False),
        (when("StringEquals", "aws:PrincipalOrgID", "o-abcdefghij"), False),
        (when("StringEquals", "aws:SourceVpce", "vpce-1"), False), (when("StringLike", "aws:SourceVpce", "*"), True),
        (when("IpAddress", "aws:SourceIp", "10.0.0.0/8"), False),
        (when("IpAddress", "aws:SourceIp", "0.0.0.0/0"), True),
        (when("StringNotEquals", "aws:SourceVpce", "vpce-1"), True),
        (when("ArnLike", "aws:PrincipalArn", "arn:aws:iam::111111111111:role/*"), False),
        (when("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/reader"), True),
        (when("Bool", "aws:SecureTransport", "true"), True), (when("StringEquals", "s3:prefix", "a"), True),
        (when("StringEquals", "aws:SourceAccount", "${aws:PrincipalAccount}"), True),
    ],
)  # fmt: skip
def test_public_policies(document: dict[str, Any], public: bool) -> None:
    assert is_public(document) is public


def test_white_space_of_policies_is_not_counted() -> None:
    assert length('{ "a":\n\t"b c" }') == 10


def test_everybody_who_is_named() -> None:
    held = {"Statement": [{"Principal": {"AWS": ["a", "b"], "Service": "c"}}, {"NotPrincipal": "*"}, {"Action": "x"}]}
    assert list(named_principals(held)) == [("AWS", "a"), ("AWS", "b"), ("Service", "c"), ("AWS", "*")]
