"""The authorization map: complete for what the rehearsal itself calls, and right in the details that matter."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import botocore.session
import pytest

from rehearsal import s3_request
from rehearsal.api import ApiError, Caller
from rehearsal.cloudformation.registry import PROVIDERS
from rehearsal.http_request import HttpRequest, pairs
from rehearsal.iam.actions import s3
from rehearsal.iam.checks import Asked, On, fill, tags_of, values
from rehearsal.iam.table import TABLE, rule_of
from rehearsal.s3_request import S3Request

ROOT = Path(__file__).parents[3]
CALLER = Caller("111111111111", "eu-west-1", "arn:aws:iam::111111111111:user/administrator", "AKIA")
NAMES = {"stepfunctions": "states", "cloudwatch": "monitoring", "service-quotas": "servicequotas"}
# of git, of another API model, and of newer ones than the installed
NOT_IN_BOTO = {("codecommit", "GitPull"), ("codecommit", "GitPush"), ("sagemaker", "InvokeEndpoint"),
               ("sagemaker", "InvokeEndpointAsync"),
               ("cloudformation", "DescribeEvents")}  # fmt: skip


def asked(service: str, operation: str, **params: Any) -> Asked:
    return Asked(service, operation, params, CALLER)


def checks(service: str, operation: str, **params: Any) -> list[tuple[str, str]]:
    rule = rule_of(service, operation)
    assert rule is not None
    return [(each.action, each.resource) for each in rule(asked(service, operation, **params))]


def of_s3(method: str, target: str, headers: dict[str, str] | None = None, body: bytes = b"") -> S3Request:
    path, _, query = target.partition("?")
    return s3_request.parse(HttpRequest(method, path, pairs(query), headers or {}, body), pairs(query))


def test_every_operation_is_one_of_aws() -> None:
    session = botocore.session.Session()
    names = {signing: name for name, signing in NAMES.items()}
    for service, rules in TABLE.items():
        model = session.get_service_model(names.get(service, service))
        unknown = {name for name in rules if (service, name) not in NOT_IN_BOTO} - set(model.operation_names)
        assert not unknown, f"{service}: {unknown}"


def test_everything_that_cloudformation_calls_is_mapped() -> None:
    session = botocore.session.Session()
    called = set()
    for kind, provider in PROVIDERS.items():
        source = Path(inspect.getfile(type(provider))).read_text(encoding="utf-8")
        words = set(re.findall(r'"([A-Z][A-Za-z]+)"', source))
        words |= {each for setting in provider.settings.values() for each in (setting.put, setting.remove) if each}
        of_another = set(re.findall(r'"([A-Z][A-Za-z]+)", "s3"', source))
        if kind != "AWS::CDK::Metadata":
            known = session.get_service_model(provider.service).operation_names
            called |= {(provider.service, name) for name in words - of_another if name in known}
    assert len(called) > 100
    missing = {
        (service, name)
        for service, name in called
        if service != "s3" and rule_of(NAMES.get(service, service), name) is None
    }
    assert missing <= {("codecommit", "UpdateRepositoryName")}, missing  # which the service refuses


@pytest.mark.parametrize(
    ("service", "operation", "params", "expected"),
    [
        (
            "sagemaker",
            "ListModelPackages",
            {"ModelPackageGroupName": "g"},
            [("sagemaker:ListModelPackages", "arn:aws:sagemaker:eu-west-1:111111111111:model-package/g/*")],
        ),
        (
            "sagemaker",
            "CreateModel",
            {
                "ModelName": "m",
                "ExecutionRoleArn": "arn:aws:iam::111111111111:role/r",
                "PrimaryContainer": {"ModelPackageName": "arn:aws:sagemaker:eu-west-1:222222222222:model-package/g/1"},
            },
            [
                ("sagemaker:CreateModel", "arn:aws:sagemaker:eu-west-1:111111111111:model/m"),
                ("iam:PassRole", "arn:aws:iam::111111111111:role/r"),
                ("sagemaker:CreateModel", "arn:aws:sagemaker:eu-west-1:222222222222:model-package/g/1"),
            ],
        ),
        (
            "events",
            "PutTargets",
            {"Rule": "r", "Targets": [{"Arn": "a", "RoleArn": "arn:aws:iam::111111111111:role/r"}]},
            [
                ("events:PutTargets", "arn:aws:events:eu-west-1:111111111111:rule/r"),
                ("iam:PassRole", "arn:aws:iam::111111111111:role/r"),
            ],
        ),
        (
            "events",
            "DescribeRule",
            {"Name": "r", "EventBusName": "mine"},
            [("events:DescribeRule", "arn:aws:events:eu-west-1:111111111111:rule/mine/r")],
        ),
        (
            "cloudformation",
            "CreateStack",
            {"StackName": "s", "RoleARN": "arn:aws:iam::111111111111:role/r"},
            [
                ("cloudformation:CreateStack", "arn:aws:cloudformation:eu-west-1:111111111111:stack/s/*"),
                ("iam:PassRole", "arn:aws:iam::111111111111:role/r"),
            ],
        ),
        (
            "ssm",
            "GetParameters",
            {"Names": ["/a/b", "c"]},
            [
                ("ssm:GetParameters", "arn:aws:ssm:eu-west-1:111111111111:parameter/a/b"),
                ("ssm:GetParameters", "arn:aws:ssm:eu-west-1:111111111111:parameter/c"),
            ],
        ),
        (
            "sqs",
            "SendMessageBatch",
            {"QueueUrl": "http://127.0.0.1:1/222222222222/q"},
            [("sqs:SendMessage", "arn:aws:sqs:eu-west-1:222222222222:q")],
        ),
        (
            "lambda",
            "Invoke",
            {"FunctionName": "222222222222:function:f", "Qualifier": "live"},
            [("lambda:InvokeFunction", "arn:aws:lambda:eu-west-1:222222222222:function:f:live")],
        ),
        (
            "lambda",
            "CreateFunction",
            {
                "FunctionName": "f",
                "Role": "arn:aws:iam::111111111111:role/r",
                "Layers": ["arn:aws:lambda:eu-west-1:111111111111:layer:l:3"],
                "Tags": {"a": "1"},
            },
            [
                ("lambda:CreateFunction", "arn:aws:lambda:eu-west-1:111111111111:function:f"),
                ("lambda:TagResource", "arn:aws:lambda:eu-west-1:111111111111:function:f"),
                ("iam:PassRole", "arn:aws:iam::111111111111:role/r"),
                ("lambda:GetLayerVersion", "arn:aws:lambda:eu-west-1:111111111111:layer:l:3"),
            ],
        ),
        (
            "lambda",
            "GetLayerVersion",
            {"LayerName": "l", "VersionNumber": 2},
            [("lambda:GetLayerVersion", "arn:aws:lambda:eu-west-1:111111111111:layer:l:2")],
        ),
        (
            "codebuild",
            "BatchGetBuilds",
            {"ids": ["p:1", "p:2", "arn:aws:codebuild:eu-west-1:1:build/o:3"]},
            [
                ("codebuild:BatchGetBuilds", "arn:aws:codebuild:eu-west-1:111111111111:project/p"),
                ("codebuild:BatchGetBuilds", "arn:aws:codebuild:eu-west-1:111111111111:project/o"),
            ],
        ),
    ],
)
def test_actions_and_resources(
    service: str, operation: str, params: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert checks(service, operation, **params) == expected


@pytest.mark.parametrize(
    ("method", "target", "expected"),
    [
        ("GET", "/", ["s3:ListAllMyBuckets"]),
        ("GET", "/bucket?list-type=2&prefix=models/", ["s3:ListBucket"]),
        ("HEAD", "/bucket", ["s3:ListBucket"]),
        ("GET", "/bucket?location", ["s3:GetBucketLocation"]),
        ("GET", "/bucket?versions", ["s3:ListBucketVersions"]),
        ("PUT", "/bucket", ["s3:CreateBucket"]),
        ("DELETE", "/bucket?lifecycle", ["s3:PutLifecycleConfiguration"]),
        ("DELETE", "/bucket?policy", ["s3:DeleteBucketPolicy"]),
        ("GET", "/bucket/k", ["s3:GetObject"]),
        ("HEAD", "/bucket/k?versionId=1", ["s3:GetObjectVersion"]),
        ("GET", "/bucket/k?tagging&versionId=1", ["s3:GetObjectVersionTagging"]),
        ("PUT", "/bucket/k", ["s3:PutObject"]),
        ("POST", "/bucket/k?uploads", ["s3:PutObject"]),
        ("PUT", "/bucket/k?partNumber=1&uploadId=u", ["s3:PutObject"]),
        ("DELETE", "/bucket/k?uploadId=u", ["s3:AbortMultipartUpload"]),
        ("DELETE", "/bucket/k?versionId=1", ["s3:DeleteObjectVersion"]),
        ("PUT", "/bucket/k?acl", ["s3:PutObjectAcl"]),
    ],
)
def test_s3_requests(method: str, target: str, expected: list[str]) -> None:
    assert [each.action for each in s3.checks(of_s3(method, target), CALLER)] == expected


def test_s3_requests_carry_their_conditions_and_both_sides_of_a_copy() -> None:
    listing = of_s3("GET", "/models?prefix=models/x")
    (check,) = s3.checks(listing, CALLER)
    assert (check.resource, check.context) == ("arn:aws:s3:::models", {"s3:prefix": "models/x"})
    headers = {"x-amz-copy-source": "/source/key", "x-amz-server-side-encryption": "AES256", "x-amz-tagging": "a=1"}
    copying = of_s3("PUT", "/target/key", headers)
    made = list(s3.checks(copying, CALLER))
    assert [(each.action, each.resource) for each in made] == [
        ("s3:GetObject", "arn:aws:s3:::source/key"),
        ("s3:PutObject", "arn:aws:s3:::target/key"),
        ("s3:PutObjectTagging", "arn:aws:s3:::target/key"),
    ]
    assert made[1].context["s3:x-amz-server-side-encryption"] == "AES256"
    many = (
        b'<Delete xmlns="x"><Object><Key>a</Key></Object><Object><Key>b</Key><VersionId>1</VersionId></Object></Delete>'
    )
    deleting = of_s3("POST", "/bucket?delete", body=many)
    assert [each.action for each in s3.checks(deleting, CALLER)] == ["s3:DeleteObject", "s3:DeleteObjectVersion"]
    with pytest.raises(ApiError, match="POST of an object with restore"):
        of_s3("POST", "/bucket/key?restore")


def test_templates_tags_and_paths() -> None:
    params = {"a": [{"b": 1}, {"b": 2}, {}], "t": [{"TagKey": "k", "TagValue": "v"}], "m": {"x": "y"}}
    assert values(params, "a[].b") == [1, 2]
    assert values(params, "a[].missing.deep") == []
    one = Asked("s", "Do", params, CALLER)
    assert fill("thing/{a[].b}", one, "s") == [f"arn:aws:s:eu-west-1:111111111111:thing/{n}" for n in (1, 2)]
    assert fill("thing/{nothing}", one, "s") == ["*"]
    assert (tags_of(one, "t"), tags_of(one, "m")) == ({"k": "v"}, {"x": "y"})
    made = list(On("x", tags="m", tagging="TagResource")(one))
    assert [each.action for each in made] == ["s:Do", "s:TagResource"]
    assert made[0].context == {"aws:TagKeys": ["x"], "aws:RequestTag/x": "y"}
