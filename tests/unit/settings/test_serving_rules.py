"""What must hold between the way an environment serves and its other settings."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from model_cicd.sagemaker_model_cicd.settings.rules import broken_rules

from .test_endpoint import Parameters, complaints

BATCH = {"input": "s3://data/in", "output": "s3://data/out"}


def found(parameters: Parameters, **settings: Any) -> list[str]:
    """What rules say of the last deploy environment of the first group with these settings, by key."""
    changed = copy.deepcopy(parameters)
    environment = changed["deployment-groups"][0]["deployEnvironments"][-1]
    environment.update(settings)
    return [f"{'.'.join(map(str, path[4:]))}: {message}" for path, message in broken_rules(changed)]


@pytest.mark.parametrize(
    "settings",
    [
        {"kind": "endpoint", "endpoint": {"instanceCount": 2}},
        {"kind": "serverless"},
        {"kind": "serverless", "endpoint": {"serverless": {"maxConcurrency": 7}}},
        {"endpoint": {"serverless": {}}},
        {"kind": "none"},
        {"kind": "batch", "batch": BATCH},
        {"kind": "async", "async": BATCH | {"maxCapacity": 3}, "endpoint": {"instanceType": "ml.c6i.xlarge"}},
        {"kind": "batch", "batch": BATCH | {"schedule": "rate(1 day)", "onNewData": False}},
        {"kind": "batch", "batch": {"input": "s3://data/in", "output": "s3://data/in-scored"}},
    ],
)
def test_these_go_together(parameters: Parameters, settings: dict[str, Any]) -> None:
    assert found(parameters, **settings) == []


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"kind": "endpoint", "endpoint": {"serverless": {}}},
            "endpoint.serverless: got serverless with kind",
        ),
        (
            {"kind": "serverless", "endpoint": {"instanceCount": 2}},
            "endpoint.instanceCount: got instanceCount",
        ),
        ({"kind": "batch"}, "kind: got 'batch' without batch, expected its input and output"),
        ({"kind": "async"}, "kind: got 'async' without async, expected its input and output as async: {input, output}"),
        ({"kind": "batch", "batch": BATCH, "async": BATCH}, "async: got async with 'batch', expected kind: async"),
        ({"kind": "async", "async": BATCH, "endpoint": {"serverless": {}}}, "endpoint.serverless: got serverless with"),
        ({"kind": "async", "async": BATCH, "endpoint": {"instanceCount": 2}}, "endpoint.instanceCount: got instanceCo"),
        (
            {"kind": "async", "async": BATCH, "endpoint": {"idleDays": 7}},
            "endpoint.idleDays: got idleDays with kind",
        ),
        ({"kind": "async", "async": BATCH, "tests": {"suite": "golden"}}, "tests: got tests with kind async"),
        (
            {"kind": "async", "async": BATCH | {"output": "s3://data/in/answers"}},
            "async.output: got a prefix in the input, expected another",
        ),
        (
            {"kind": "async", "async": BATCH | {"errorTopicArn": "arn:aws:sns:eu-west-1:999999999999:failed"}},
            "async.errorTopicArn: got a topic in account 999999999999 eu-west-1",
        ),
        ({"batch": BATCH}, "batch: got batch with no kind, expected kind: batch beside it"),
        ({"kind": "none", "batch": BATCH}, "batch: got batch with 'none', expected kind: batch"),
        ({"kind": "batch", "batch": BATCH, "endpoint": {"instanceCount": 1}}, "endpoint: got endpoint with kind batch"),
        ({"kind": "batch", "batch": BATCH, "tests": {"suite": "golden"}}, "tests: got tests with kind batch"),
        (
            {"kind": "none", "endpoint": {"serverless": {}}},
            "endpoint: got endpoint with kind none",
        ),
        ({"kind": "none", "requireApproval": True}, "requireApproval: got requireApproval with kind none"),
        (
            {"kind": "batch", "batch": BATCH | {"schedule": "rate(1 day)", "onNewData": True}},
            "batch.onNewData: got onNewData beside schedule",
        ),
        (
            {"kind": "batch", "batch": {"input": "s3://data/in", "output": "s3://data/in/out/"}},
            "batch.output: got a prefix in the input, expected another: each output would be an input",
        ),
        ({"kind": "batch", "batch": {"input": "s3://d-1/a/", "output": "s3://d-1/a"}}, "batch.output: got a prefix in"),
        (
            {"kind": "batch", "batch": {"input": "s3://d-1/o/in", "output": "s3://d-1/o"}},
            "batch.input: got a prefix",
        ),
        (
            {"kind": "batch", "batch": BATCH | {"notify": "arn:aws:sns:eu-west-1:999999999999:failed"}},
            "batch.notify: got a topic in account 999999999999 eu-west-1, expected one of the environment's",
        ),
        (
            {"kind": "batch", "batch": BATCH | {"outputKeyArn": "arn:aws:kms:eu-north-1:111122223333:key/1234abcd"}},
            "batch.outputKeyArn: got a key of 'eu-north-1', expected one of the environment's region",
        ),
        (
            {"kind": "batch", "batch": BATCH | {"splitLines": False, "inputFilter": "$[1:]"}},
            "batch.inputFilter: got inputFilter with splitLines: false",
        ),
    ],
)
def test_these_do_not(parameters: Parameters, settings: dict[str, Any], message: str) -> None:
    (said,) = found(parameters, **settings)
    assert said.startswith(message)


def test_somebody_has_to_serve(parameters: Parameters) -> None:
    changed = copy.deepcopy(parameters)
    group = changed["deployment-groups"][0]
    for each in [group["buildEnvironment"], *group["deployEnvironments"]]:
        each["kind"] = "none"
    (message,) = [message for _, message in broken_rules(changed) if "none" in message]
    assert message.startswith("got 'none' as the kind of every environment of the group")


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("input", "s3://bare", "got 's3://bare', expected a prefix in the bucket as well"),
        ("input", "s3://data/${Model}", "got 's3://data/${Model}', expected a prefix of letters, digits"),
        ("output", "s3://data/*", "got 's3://data/*', expected a prefix of letters, digits"),
        ("schedule", "rate(1 fortnight)", "got "),
        ("contentType", "csv", "got 'csv', expected a media type such as 'text/csv'"),
        ("accept", "text/csv;x=${JobPrefix}", "got 'text/csv;x=${JobPrefix}', expected a media type"),
        ("inputFilter", "[1:]", "got '[1:]', expected a JSONPath of at most 63 characters"),
        ("outputFilter", "$.a" + "a" * 61, "got "),
        ("outputFilter", "$['${Model}']", "got "),
        ("retries", 6, "got the number 6, expected a whole number from 0 to 5"),
        ("timeoutMinutes", 2000, "got the number 2000, expected a whole number from 5 to 1440, in minutes"),
        ("instanceType", "m5.large", "got 'm5.large', expected an instance type such as 'ml.m5.large'"),
        ("notify", "failed-runs", "got 'failed-runs', expected the ARN of an SNS topic"),
        ("inputs", "s3://data/in", "unknown key, expected one of input, output"),
    ],
)
def test_values_that_are_refused(parameters: Parameters, key: str, value: object, message: str) -> None:
    changed = copy.deepcopy(parameters)
    environment = changed["deployment-groups"][0]["deployEnvironments"][1]
    environment |= {"kind": "batch", "batch": BATCH | {key: value}}
    ((path, said),) = complaints(changed)
    assert path == f"deployment-groups.0.deployEnvironments.1.batch.{key}"
    assert said.startswith(message)


def test_a_misspelt_kind_gets_the_nearest(parameters: Parameters) -> None:
    changed = copy.deepcopy(parameters)
    changed["deployment-groups"][0]["deployEnvironments"][1]["kind"] = "bacth"
    ((path, said),) = complaints(changed)
    assert path.endswith(".kind")
    assert "'batch'" in said and "did you mean" in said
