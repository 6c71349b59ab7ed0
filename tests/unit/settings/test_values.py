"""Every kind of value: what is refused, and in which words."""

from __future__ import annotations

from typing import Any

import pytest

from model_cicd.sagemaker_model_cicd.settings.validate import validate

Parameters = dict[str, Any]


def complaints(parameters: Parameters) -> list[tuple[str, str]]:
    settings, found = validate(parameters)
    assert (settings is None) == bool(found)
    return [(".".join(map(str, path)), message) for path, message in found]


def put(parameters: Parameters, path: str, value: object) -> Parameters:
    target: Any = parameters
    *parents, last = path.split(".")
    for part in parents:
        target = target[int(part) if isinstance(target, list) else part]
    target[int(last) if isinstance(target, list) else last] = value
    return parameters


GROUP = "deployment-groups.0"
BUILD = f"{GROUP}.buildEnvironment"
CASES = [
    (f"{BUILD}.account", 123456789015, "got the number 123456789015, expected text: put it in quotes, '123456789015'"),
    (f"{BUILD}.account", 1402434203, "got the number 1402434203 (10 digits), expected an account id of 12 digits"),
    (f"{BUILD}.account", "12345678901", "got '12345678901' (11 digits), expected an account id of 12 digits"),
    (f"{BUILD}.account", "1234567890123", "(13 digits), expected an account id of 12 digits"),
    (f"{BUILD}.account", "12345678901x", "got '12345678901x', expected an account id of 12 digits"),
    (f"{BUILD}.account", True, "got true, expected a 12-digit account id (quote it in YAML)"),
    (f"{BUILD}.account", None, "got nothing, expected a 12-digit account id"),
    (f"{GROUP}.training", {"timeoutMinutes": 4}, "got the number 4, expected 5 to 2160 minutes, CodeBuild's limits"),
    (f"{GROUP}.training", {"timeoutMinutes": 2161}, "got the number 2161, expected 5 to 2160 minutes"),
    (f"{GROUP}.training", {"wait": "no"}, "got 'no', expected true or false"),
    (f"{GROUP}.promotion", {"approvalTimeoutMinutes": 86401}, "got the number 86401, expected 5 to 86400 minutes"),
    ("infra-repo.timeoutMinutes", "120", "got '120', expected 5 to 2160 minutes, CodeBuild's limits (without quotes)"),
    ("cdk-qualifier", "hnb659fds-too", "got 'hnb659fds-too', expected a CDK bootstrap qualifier: 1 to 10 letters and"),
    ("builds", {"image": "python:3.11"}, "got 'python:3.11', expected one of AWS's own images for x86"),
    ("builds", {"computeType": "SMALL"}, "got 'SMALL', expected"),
    (
        "builds",
        {"pythonIndexUrl": "https://me:secret@packages.example.com"},
        "expected an https URL without credentials",
    ),
    ("builds", {"vpc": {"vpcId": "vpc-1", "subnetIds": [], "securityGroupIds": []}}, "got 'vpc-1', expected a VPC id"),
    (f"{BUILD}.region", "us-esat-1", "got 'us-esat-1', expected an AWS region (did you mean 'us-east-1'?)"),
    (f"{BUILD}.region", "us-est-1", "(did you mean 'us-east-1'?)"),
    (f"{BUILD}.region", "eu-wset-3", "(did you mean 'eu-west-3'?)"),
    (f"{BUILD}.region", "moon", "got 'moon', expected an AWS region"),
    (f"{BUILD}.type", "production", "got 'production', expected one of dev, preprod, prod"),
    (f"{BUILD}.type", "pre-prod", "got 'pre-prod', expected one of dev, preprod, prod (did you mean 'preprod'?)"),
    (f"{BUILD}.name", "x" * 64, "got 64 characters, expected at most 63"),
    (f"{BUILD}.name", "a b", "got 'a b', expected letters, digits and inner hyphens"),
    (f"{GROUP}.name", "x" * 64, "got 64 characters, expected at most 63"),
    (f"{GROUP}.name", "my_group", "got 'my_group', expected letters, digits and inner hyphens"),
    (f"{GROUP}.name", 5, "got the number 5, expected a group name (quote it in YAML)"),
    ("model-build-repo.seed", "sdk-v4", "(did you mean 'sdk-v3'?)"),
    (
        "model-build-repo.seed",
        "training",
        "got 'training', expected declarative, sdk-v2, sdk-v3 or a folder",
    ),
    ("model-build-repo.seed", "../training", "got '../training', expected declarative"),
    ("model-build-repo.seed", "/training", "got '/training', expected declarative"),
    ("model-build-repo.seed", "a/../../b", "got 'a/../../b', expected declarative"),
    (f"{GROUP}.sourceBranch", "a..b", "got 'a..b', expected a branch name with no '..' (git check-ref-format)"),
    (f"{GROUP}.sourceBranch", "b" * 257, "got 257 characters, expected at most 256"),
    (f"{GROUP}.schedule", "daily", "got 'daily', expected 'rate(1 day)' or 'cron(0 6 * * ? *)'"),
    (f"{GROUP}.deployEnvironments", {"name": "x"}, "got a mapping, expected a list"),
    (f"{GROUP}.buildEnvironment", None, "got nothing, expected a mapping with the keys name, account, region, type"),
    (f"{GROUP}.pipelineParameters", ["a"], "got a list, expected a mapping"),
    (f"{GROUP}.pipelineParameters", {"A": [1]}, "got a list, expected text, a number, true or false"),
    (f"{GROUP}.pipelineParameters", {"A": float("nan")}, "got the number nan, expected a finite number"),
    (f"{GROUP}.pipelineParameters", {"a b": 1}, "got the parameter name 'a b', expected 1 to 256 letters"),
    (f"{GROUP}.networkConfig", {"subnetIds": ["x"], "securityGroupIds": ["sg-01234567"]}, "'x', expected a subnet id"),
    ("deployment-groups", [], "got an empty list, expected at least 1 entry"),
    ("deployment-groups", {"a": 1}, "got a mapping, expected a list"),
    ("deployment-groups.0", 7, "got the number 7, expected a mapping with the keys name, sourceBranch"),
    (
        "infra-repo.host",
        "githab",
        "got 'githab', expected one of codecommit, github, gitlab, bitbucket",
    ),
    ("infra-repo.name", "a.git", "got 'a.git', expected letters, digits and any of ._-, not ending with .git"),
    ("infra-repo.create", "false", "got 'false', expected true or false, without quotes"),
    (
        "model-build-repo.nmae",
        "x",
        "unknown key, expected one of host, name, connectionArn, create, seed (did you mean 'name'?)",
    ),
    ("permissions-boundary-name", "arn:aws:iam::1:policy/x", "(an IAM policy name)"),
    ("s3-access-logs-bucket-arn", "my-logs", "got 'my-logs', expected a bucket ARN such as"),
    ("s3-access-logs-bucket-arn", "arn:aws:s3:::Logs", "got the bucket name 'Logs', expected 3 to 63 lower case"),
    ("s3-access-logs-bucket-arn", "arn:aws-moon:s3:::logs", "got the partition 'aws-moon', expected one of aws"),
    ("organization-id", "o-123", "got 'o-123', expected an organization id such as 'o-a1b2c3d4e5'"),
    ("organization-id", "o-ABCDEFGHIJ", "expected an organization id"),
    ("custom-tags", {"aws:team": "x"}, "got the tag key 'aws:team', expected one without the prefix 'aws:'"),
    ("custom-tags", {"team": 5}, "got the number 5, expected text (quote it in YAML)"),
    ("custom-tags", {"k" * 129: "x"}, "expected 1 to 128 characters"),
    ("custom-tags", {"team": "v" * 257}, "expected at most 256 characters"),
    ("custom-tags", {f"k{i}": "x" for i in range(41)}, "expected at most 40 entries"),
]


@pytest.mark.parametrize(("path", "value", "expected"), CASES)
def test_refused(parameters: Parameters, path: str, value: object, expected: str) -> None:
    found = complaints(put(parameters, path, value))
    assert any(where.startswith(path) and expected in message for where, message in found), found
    assert not any("Input should" in message for _, message in found), "pydantic's own words"


def test_every_unknown_key_is_refused_at_every_level(parameters: Parameters) -> None:
    for path in ("", "infra-repo.", "model-build-repo.", f"{GROUP}.", f"{BUILD}.", f"{GROUP}.deployEnvironments.0."):
        put(parameters, f"{path}zzz", 1)
    assert sorted(where for where, _ in complaints(parameters)) == sorted(
        [
            "zzz",
            "infra-repo.zzz",
            "model-build-repo.zzz",
            f"{GROUP}.zzz",
            f"{BUILD}.zzz",
            f"{GROUP}.deployEnvironments.0.zzz",
        ]
    )


def test_attribute_names_are_no_keys(parameters: Parameters) -> None:
    put(parameters, f"{GROUP}.source_branch", "dev")
    [(where, message)] = complaints(parameters)
    assert where == f"{GROUP}.source_branch"
    assert message.startswith("unknown key, expected one of name, sourceBranch, ")
    assert message.endswith(" (did you mean 'sourceBranch'?)")


def test_how_an_octal_account_id_is_written_decides_the_advice(parameters: Parameters) -> None:
    put(parameters, f"{BUILD}.account", 0o12345671233)
    _, found = validate(parameters, lambda _: "012345671233")
    assert found[0][1] == (
        "got 012345671233 without quotes, which YAML reads as the number 1402434203; expected '012345671233', in quotes"
    )
