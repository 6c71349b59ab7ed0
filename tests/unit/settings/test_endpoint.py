"""Every value of an environment's endpoint: what is taken, what is refused, and in which words."""

from __future__ import annotations

import copy
import datetime
from collections.abc import Iterator
from typing import Any

import pytest

from model_cicd.sagemaker_model_cicd.settings.endpoint import Endpoint
from model_cicd.sagemaker_model_cicd.settings.validate import validate

Parameters = dict[str, Any]
LIVE = "deployment-groups.0.deployEnvironments.1"
KEY = "arn:aws:kms:us-east-1:123456789017:key/1234abcd-12ab-34cd-56ef-1234567890ab"

ON_INSTANCES: dict[str, Any] = {
    "instanceType": "ml.c6i.xlarge",
    "instanceCount": 4,
    "autoscaling": {"minCapacity": 4, "maxCapacity": 10, "targetInvocationsPerInstance": 500},
    "vpc": {"subnetIds": ["subnet-0123456789abcdef0", "subnet-01234567"], "securityGroupIds": ["sg-01234567"]},
    "enableNetworkIsolation": False,
    "dataCapture": {"percentage": 10, "prefix": "s3://live-captured/price/", "kmsKeyArn": KEY},
    "volumeKey": KEY,
    "tags": {"cost": "42"},
    "idleDays": 7,
    "idleNotify": "arn:aws:sns:us-east-1:123456789017:idle",
    "shadow": {"percentage": 50, "requests": 20, "minutes": 5, "latencyFactor": 2, "errorRate": 0.5},
    "deployment": {
        "strategy": "linear",
        "stepInstances": 1,
        "waitMinutes": 10,
        "terminationWaitMinutes": 0,
        "alarms": {
            "errors5xx": {"threshold": 3, "periodSeconds": 120, "evaluationPeriods": 2},
            "latencyMs": {"threshold": 250.5, "statistic": "p95", "periodSeconds": 60, "evaluationPeriods": 3},
            "notify": "arn:aws:sns:us-east-1:123456789017:alarms",
        },
    },
}
SERVERLESS: dict[str, Any] = {"serverless": {"memorySizeInMb": 3072, "maxConcurrency": 20}, "tags": {"cost": "42"}}


def complaints(parameters: Parameters) -> list[tuple[str, str]]:
    settings, found = validate(parameters)
    assert (settings is None) == bool(found)
    return [(".".join(map(str, path)), message) for path, message in found]


def with_endpoint(parameters: Parameters, endpoint: object) -> Parameters:
    changed = copy.deepcopy(parameters)
    changed["deployment-groups"][0]["deployEnvironments"][1]["endpoint"] = endpoint
    return changed


def of(parameters: Parameters, endpoint: object) -> list[tuple[str, str]]:
    """What is said about the endpoint, below its path."""
    found = complaints(with_endpoint(parameters, endpoint))
    assert all(path.startswith(f"{LIVE}.endpoint") for path, _ in found), found
    return [(path.removeprefix(f"{LIVE}.endpoint").removeprefix("."), message) for path, message in found]


def put(endpoint: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    result = copy.deepcopy(endpoint)
    target = result
    *parents, last = path.split(".")
    for part in parents:
        target = target[part]
    target[last] = value
    return result


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*path, key))


@pytest.mark.parametrize("endpoint", [{}, ON_INSTANCES, SERVERLESS], ids=["none", "instances", "serverless"])
def test_taken(parameters: Parameters, endpoint: dict[str, Any]) -> None:
    assert of(parameters, endpoint) == []


def test_the_full_example_sets_everything_that_there_is() -> None:
    def keys(model: Any, data: Any) -> Iterator[str]:
        for name, field in model.model_fields.items():
            key = field.alias or name
            if key not in data:
                yield key
                continue
            below = (field.annotation, *getattr(field.annotation, "__args__", ()))
            yield from (
                f"{key}.{each}" for model in below if hasattr(model, "model_fields") for each in keys(model, data[key])
            )

    assert list(keys(Endpoint, ON_INSTANCES | SERVERLESS)) == ["deployment.stepPercent", "asleep"]  # prod never sleeps


WHOLE = "a whole number of at least 1"
CASES = [
    (
        "instanceType",
        "m5.large",
        "got 'm5.large', expected an instance type such as 'ml.m5.large' (did you mean 'ml.m5",
    ),
    ("instanceType", "ml.m5.lagre", "(did you mean 'ml.m5.large'?)"),
    ("instanceType", "ml.m5", "got 'ml.m5', expected an instance type such as 'ml.m5.large'"),
    ("instanceType", "ml.m5.metal", "expected an instance type"),
    ("instanceType", "ML.M5.LARGE", "expected an instance type"),
    ("instanceType", 5, "got the number 5, expected an instance type such as 'ml.m5.large'"),
    ("instanceCount", 0, f"got the number 0, expected {WHOLE}"),
    ("instanceCount", -1, f"got the number -1, expected {WHOLE}"),
    ("instanceCount", 1.5, f"got the number 1.5, expected {WHOLE}"),
    ("instanceCount", True, f"got true, expected {WHOLE}"),
    ("instanceCount", "2", f"got '2', expected {WHOLE} (without quotes)"),
    ("autoscaling", 5, "got the number 5, expected a mapping with the keys minCapacity, maxCapacity, targetInv"),
    ("autoscaling.minCapacity", 0, f"got the number 0, expected {WHOLE}"),
    ("autoscaling.maxCapacity", None, f"got nothing, expected {WHOLE}"),
    ("autoscaling.targetInvocationsPerInstance", 0, "got the number 0, expected a number above 0"),
    ("autoscaling.targetInvocationsPerInstance", float("inf"), "got the number inf, expected a number above 0"),
    ("autoscaling.targetInvocationsPerInstance", "9", "got '9', expected a number above 0 (without quotes)"),
    ("vpc.subnetIds", [], "got an empty list, expected at least 1 entry"),
    ("vpc.subnetIds", ["subnet-x"], "got 'subnet-x', expected a subnet id"),
    ("vpc.subnetIds", [f"subnet-{i:08x}" for i in range(17)], "got a list, expected at most 16 entries"),
    ("vpc.securityGroupIds", ["subnet-01234567"], "got 'subnet-01234567', expected a security group id"),
    ("vpc.securityGroupIds", [f"sg-{i:08x}" for i in range(6)], "got a list, expected at most 5 entries"),
    ("enableNetworkIsolation", "yes", "got 'yes', expected true or false, without quotes"),
    ("dataCapture.percentage", 0, "got the number 0, expected a whole number from 1 to 100, in percent"),
    ("dataCapture.percentage", 101, "got the number 101, expected a whole number from 1 to 100"),
    ("dataCapture.percentage", 0.5, "got the number 0.5, expected a whole number from 1 to 100"),
    ("dataCapture.prefix", "captured/", "got 'captured/', expected an S3 location such as 's3://my-bucket/captured'"),
    ("dataCapture.prefix", "s3://bucket", "expected a prefix in the bucket as well"),
    ("dataCapture.prefix", "s3://bucket//", "expected a prefix in the bucket as well"),
    ("dataCapture.prefix", "s3://Bucket/x", "got the bucket name 'Bucket', expected 3 to 63 lower case letters"),
    ("dataCapture.prefix", "s3://bucket/*", "expected a prefix of letters, digits"),
    ("dataCapture.prefix", "s3://bucket/${aws:username}", "expected a prefix of letters, digits"),
    ("dataCapture.prefix", "s3://bucket/" + "x" * 501, "got 513 characters, expected at most 512"),
    ("dataCapture.kmsKeyArn", "alias/mine", "(a grant names the key itself, not its alias)"),
    ("volumeKey", "alias/mine", "got 'alias/mine', expected the ARN of a key, such as 'arn:aws:kms:"),
    ("volumeKey", "true", "got 'true', expected true, without quotes"),
    ("volumeKey", KEY.replace("aws", "aws-moon"), "got the partition 'aws-moon', expected one of aws"),
    ("volumeKey", 1, "got the number 1, expected true, false or the ARN of a key"),
    ("tags", {"aws:x": "y"}, "got the tag key 'aws:x', expected one without the prefix 'aws:'"),
    ("tags", {"cost": 42}, "got the number 42, expected text (quote it in YAML)"),
    ("deployment.strategy", "blue-green", "got 'blue-green', expected one of all-at-once, canary, linear"),
    ("deployment.strategy", "cannary", "(did you mean 'canary'?)"),
    ("deployment.stepInstances", 0, f"got the number 0, expected {WHOLE}"),
    ("deployment.waitMinutes", 61, "got the number 61, expected a whole number from 0 to 60, in minutes"),
    ("deployment.terminationWaitMinutes", -1, "expected a whole number from 0 to 60, in minutes"),
    ("deployment.alarms.errors5xx", {}, "missing, but required"),
    ("deployment.alarms.latencyMs", {"statistic": "p99"}, "missing, but required"),
    ("deployment.alarms.errors5xx", 5, "expected a mapping with the keys threshold, periodSeconds, evaluationPeriods"),
    ("deployment.alarms.errors5xx.threshold", -1, "got the number -1, expected a number of at least 0"),
    ("deployment.alarms.latencyMs.threshold", 0, "got the number 0, expected a number of milliseconds above 0"),
    ("deployment.alarms.latencyMs.statistic", "p999", "got 'p999', expected one of average, maximum, p50"),
    ("deployment.alarms.latencyMs.periodSeconds", 90, "got the number 90, expected 60 to 3600 in steps of 60"),
    ("deployment.alarms.latencyMs.evaluationPeriods", 25, "expected a whole number from 1 to 24"),
]


@pytest.mark.parametrize(("path", "value", "expected"), CASES)
def test_refused(parameters: Parameters, path: str, value: object, expected: str) -> None:
    found = of(parameters, put(ON_INSTANCES, path, value))
    assert any(where.startswith(path) and expected in message for where, message in found), found
    assert not any("Input should" in message for _, message in found), "pydantic's own words"


@pytest.mark.parametrize("memory", [0, 1023, 1500, 6145, 7168, 2048.0, "2048", True, None])
def test_serverless_memory_comes_in_six_sizes(parameters: Parameters, memory: object) -> None:
    [(path, message)] = of(parameters, put(SERVERLESS, "serverless.memorySizeInMb", memory))
    assert path == "serverless.memorySizeInMb"
    assert "expected one of 1024, 2048, 3072, 4096, 5120, 6144 (MB)" in message


@pytest.mark.parametrize(("concurrency", "good"), [(1, True), (200, True), (0, False), (201, False), ("5", False)])
def test_serverless_concurrency(parameters: Parameters, concurrency: object, good: bool) -> None:
    found = of(parameters, put(SERVERLESS, "serverless.maxConcurrency", concurrency))
    assert (found == []) == good, found


@pytest.mark.parametrize("percent", [0, 51, 100, "50", 12.5])
def test_a_step_is_half_at_most(parameters: Parameters, percent: object) -> None:
    [(path, message)] = of(
        parameters, {"instanceCount": 4, "deployment": {"strategy": "canary", "stepPercent": percent}}
    )
    assert (path, "expected a whole number from 1 to 50, in percent" in message) == ("deployment.stepPercent", True)


@pytest.mark.parametrize("value", ["true", "yes", 1, 0, "prod", []])
def test_require_approval_is_true_or_false(parameters: Parameters, value: object) -> None:
    parameters["deployment-groups"][0]["deployEnvironments"][0]["requireApproval"] = value
    [(path, message)] = complaints(parameters)
    assert path == "deployment-groups.0.deployEnvironments.0.requireApproval"
    assert message.endswith("expected true or false, without quotes")


def test_every_unknown_key_is_refused_at_every_level(parameters: Parameters) -> None:
    full = ON_INSTANCES | SERVERLESS
    where = [path for path in places(full) if path[:1] != ("tags",) and isinstance(at(full, path), dict)]
    assert len(where) == 10
    for path in where:
        full = put(full, ".".join((*path, "zzz")), 1)
    unknown = {path for path, message in of(parameters, full) if message.startswith("unknown key, expected one of")}
    assert unknown == {".".join((*path, "zzz")) for path in where}


def test_a_misspelt_key_has_the_nearest_one(parameters: Parameters) -> None:
    [(path, message)] = of(parameters, {"instancetype": "ml.m5.large"})
    assert path == "instancetype"
    assert message.endswith("(did you mean 'instanceType'?)")


def at(data: Any, path: tuple[Any, ...]) -> Any:
    for part in path:
        data = data[part]
    return data


ODD: list[Any] = [
    None, 5, -1, 1.5, True, "", "x", [], ["x"], [None], {}, {"a": 1}, {1: 2}, [[]], [{}],
    datetime.date(2024, 1, 1), float("nan"),
]  # fmt: skip


@pytest.mark.parametrize("endpoint", [ON_INSTANCES, SERVERLESS], ids=["instances", "serverless"])
def test_whatever_stands_there_is_answered_in_our_words(parameters: Parameters, endpoint: dict[str, Any]) -> None:
    refused = 0
    for path in places({"endpoint": endpoint, "requireApproval": True}):
        for odd in ODD:
            changed = copy.deepcopy(parameters)
            environment = changed["deployment-groups"][0]["deployEnvironments"][1]
            environment |= copy.deepcopy({"endpoint": endpoint, "requireApproval": True})
            if not path:
                continue
            at(environment, path[:-1])[path[-1]] = odd
            for _, message in complaints(changed):
                refused += 1
                assert "Input should" not in message
                assert "expected" in message or message == "missing, but required", message
    assert refused > 50


RESOLVED = "{{resolve:secretsmanager:prod:SecretString:password}}"


def test_only_what_is_json_in_the_template_may_look_like_a_dynamic_reference(parameters: Parameters) -> None:
    """CloudFormation would put a secret in its place: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html"""
    whole = with_endpoint(parameters, ON_INSTANCES)
    whole |= {"custom-tags": {"team": "pricing"}, "permissions-boundary-name": "boundary"}
    whole["deployment-groups"][0] |= {"pipelineParameters": {"InputDataUrl": "s3://data/set.csv"}}
    whole["deployment-groups"][0] |= {"schedule": "rate(7 days)"}
    texts = [path for path in places(whole) if path and isinstance(_at(whole, path), str)]
    taken = []
    for path in texts:
        for value in (RESOLVED, _at(whole, path) + RESOLVED):
            changed = copy.deepcopy(whole)
            _at(changed, path[:-1])[path[-1]] = value
            if validate(changed)[0] is not None:
                taken.append(".".join(map(str, path)))
    assert complaints(whole) == []
    assert len(texts) >= 30
    assert set(taken) == {"deployment-groups.0.pipelineParameters.InputDataUrl"}


def _at(data: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        data = data[key]
    return data
