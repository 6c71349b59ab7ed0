"""What must hold between the settings of one endpoint."""

from __future__ import annotations

from typing import Any

import pytest

from model_cicd.aws.instances import has_local_storage

from .test_endpoint import KEY, ON_INSTANCES, SERVERLESS, Parameters, of, with_endpoint


@pytest.mark.parametrize(
    "key",
    ["instanceType", "instanceCount", "autoscaling", "vpc", "dataCapture", "volumeKey", "deployment", "shadow"],
)
def test_what_a_serverless_endpoint_has_not(parameters: Parameters, key: str) -> None:
    [(path, message)] = of(parameters, SERVERLESS | {key: ON_INSTANCES[key]})
    assert path == key
    assert message.startswith(f"got {key} with serverless, expected one of them: a serverless endpoint: ")


def test_all_of_it_is_said_at_once(parameters: Parameters) -> None:
    found = of(parameters, ON_INSTANCES | SERVERLESS | {"enableNetworkIsolation": True})
    assert [path for path, _ in found] == [
        "instanceType",
        "instanceCount",
        "autoscaling",
        "vpc",
        "enableNetworkIsolation",
        "dataCapture",
        "volumeKey",
        "deployment",
        "shadow",
    ]


@pytest.mark.parametrize("kind", ["ml.inf1.xlarge", "ml.inf1.6xlarge"])
def test_no_shadow_where_sagemaker_has_none(parameters: Parameters, kind: str) -> None:
    shadow = {"shadow": {"percentage": 10}}
    [(path, message)] = of(parameters, shadow | {"instanceType": kind})
    assert path == "shadow" and message.endswith("with inf1, SageMaker has no shadow variants")
    assert of(parameters, shadow | {"instanceType": "ml.inf2.xlarge"}) == []


def test_settings_without_content_are_settings(parameters: Parameters) -> None:
    assert [path for path, _ in of(parameters, SERVERLESS | {"deployment": {}})] == ["deployment"]


@pytest.mark.parametrize("off", [False, None])
def test_what_is_off_may_stand_with_serverless(parameters: Parameters, off: bool | None) -> None:
    assert of(parameters, SERVERLESS | {"enableNetworkIsolation": off, "volumeKey": off, "vpc": None}) == []


@pytest.mark.parametrize("value", [True, KEY])
@pytest.mark.parametrize("kind", ["ml.m5d.large", "ml.g5.xlarge", "ml.p4d.24xlarge", "ml.r7gd.large", "ml.g4dn.xlarge"])
def test_no_volume_key_where_the_instance_has_nvme(parameters: Parameters, kind: str, value: bool | str) -> None:
    [(path, message)] = of(parameters, {"instanceType": kind, "volumeKey": value})
    assert path == "volumeKey"
    assert f"with {kind}, expected false or nothing: {kind.split('.')[1]} instances have NVMe storage" in message
    for fine in (False, None):
        assert of(parameters, {"instanceType": kind, "volumeKey": fine}) == []


# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-store-volumes.html, of the types that SageMaker hosts on
WITH_STORAGE = [
    "m5d", "c5d", "r5d", "m6gd", "c6gd", "r6gd", "r7gd", "g4dn", "g5", "g6", "g6e", "p4d", "p4de", "p5", "p5e",
    "p5en", "p6-b200", "p6e-gb200", "trn1", "trn1n", "trn2", "dl1", "c6id", "m6id", "m5dn", "c7gd", "i3", "i4i",
]  # fmt: skip
WITHOUT = [
    "t2", "m4", "m5", "c4", "c5", "r5", "m6i", "c6i", "c6in", "r6i", "m6g", "c6g", "c6gn", "r6g", "c7g", "m7i",
    "c7i", "r7i", "c8g", "r8g", "m8g", "p2", "p3", "inf1", "inf2", "g5g",
]  # fmt: skip


def test_families_with_local_storage() -> None:
    assert [each for each in WITH_STORAGE if not has_local_storage(f"ml.{each}.xlarge")] == []
    assert [each for each in WITHOUT if has_local_storage(f"ml.{each}.xlarge")] == []


def test_the_families_are_those_that_sagemaker_knows() -> None:
    """Every type of the SDK's model is known here as with or without storage: a new family must be looked up."""
    import botocore.session

    shapes = botocore.session.get_session().get_service_model("sagemaker")
    types: list[str] = shapes.shape_for("ProductionVariantInstanceType").enum  # type: ignore[attr-defined]
    assert {each.split(".")[1] for each in types} - {*WITH_STORAGE, *WITHOUT} == set()


@pytest.mark.parametrize(
    ("endpoint", "path", "message"),
    [
        (
            {"autoscaling": {"minCapacity": 5, "maxCapacity": 2, "targetInvocationsPerInstance": 9}},
            "autoscaling.maxCapacity",
            "got the number 2, expected at least minCapacity, which is 5",
        ),
        (
            {
                "instanceCount": 1,
                "autoscaling": {"minCapacity": 2, "maxCapacity": 4, "targetInvocationsPerInstance": 9},
            },
            "instanceCount",
            "got the number 1, expected 2 to 4, as autoscaling has it, or nothing",
        ),
        (
            {
                "instanceCount": 5,
                "autoscaling": {"minCapacity": 2, "maxCapacity": 4, "targetInvocationsPerInstance": 9},
            },
            "instanceCount",
            "got the number 5, expected 2 to 4, as autoscaling has it, or nothing",
        ),
        (
            {"instanceType": "ml.t2.medium", "autoscaling": {"maxCapacity": 4, "targetInvocationsPerInstance": 9}},
            "autoscaling",
            "got autoscaling with ml.t2.medium, expected another instance type: SageMaker does not scale burstable "
            "ones",
        ),
        (
            {"volumeKey": KEY.replace("us-east-1", "eu-west-1")},
            "volumeKey",
            "got a key of 'eu-west-1', expected one of the environment's region 'us-east-1'",
        ),
        (
            {
                "dataCapture": {
                    "percentage": 1,
                    "prefix": "s3://bucket/x",
                    "kmsKeyArn": KEY.replace("us-east-1", "eu-west-1"),
                }
            },
            "dataCapture.kmsKeyArn",
            "got a key of 'eu-west-1', expected one of the environment's region 'us-east-1'",
        ),
        ({"vpc": {"subnetIds": ["subnet-01234567"]}}, "vpc.securityGroupIds", "missing, but required"),
        ({"vpc": {"securityGroupIds": ["sg-01234567"]}}, "vpc.subnetIds", "missing, but required"),
        (
            {"instanceType": "ml.inf1.xlarge", "deployment": {}},
            "deployment",
            "got deployment with ml.inf1.xlarge, expected another instance type: with inf1, SageMaker exchanges "
            "versions in one step and watches no alarms",
        ),
    ],
)
def test_refused_together(parameters: Parameters, endpoint: dict[str, Any], path: str, message: str) -> None:
    assert of(parameters, endpoint) == [(path, message)]


def scaled(low: int, high: int) -> dict[str, Any]:
    return {"autoscaling": {"minCapacity": low, "maxCapacity": high, "targetInvocationsPerInstance": 9}}


ROLLOUTS: list[tuple[dict[str, Any], dict[str, Any], str, str]] = [
    ({}, {"strategy": "canary"}, "strategy", "got 'canary' with as few as 1 instance, expected at least 2"),
    ({"instanceCount": 1}, {"strategy": "linear"}, "strategy", "got 'linear' with as few as 1 instance"),
    (scaled(1, 9), {"strategy": "canary"}, "strategy", "got 'canary' with as few as 1 instance"),
    ({"instanceCount": 3}, {"strategy": "canary", "stepInstances": 2}, "stepInstances", "expected at most half: 1"),
    (scaled(4, 9), {"strategy": "canary", "stepInstances": 3}, "stepInstances", "with as few as 4 instances, expected"),
    (scaled(4, 41), {"strategy": "linear", "stepInstances": 2}, "stepInstances", "expected at least a tenth: 5"),
    ({"instanceCount": 9}, {"strategy": "linear", "stepPercent": 9}, "stepPercent", "expected 10 to 50 with linear"),
    (
        {"instanceCount": 4},
        {"strategy": "canary", "stepPercent": 20},
        "stepPercent",
        "expected at least 25, in percent",
    ),
    (
        {"instanceCount": 4},
        {"strategy": "canary", "stepInstances": 1, "stepPercent": 25},
        "stepPercent",
        "got stepPercent with stepInstances, expected one of them",
    ),
    ({}, {"stepPercent": 25}, "stepPercent", "got stepPercent with the strategy all-at-once, which has no steps"),
    ({}, {"strategy": "all-at-once", "stepInstances": 1}, "stepInstances", "with the strategy all-at-once"),
    ({}, {"waitMinutes": 5}, "waitMinutes", "got waitMinutes with the strategy all-at-once"),
    (
        {"instanceCount": 10},
        {"strategy": "linear", "stepPercent": 10, "waitMinutes": 60},
        "waitMinutes",
        "10 steps take 545 minutes with terminationWaitMinutes, expected at most 480",
    ),
    (
        {"instanceCount": 10},
        {"strategy": "linear", "stepInstances": 1, "waitMinutes": 60},
        "waitMinutes",
        "10 steps take 545 minutes",
    ),
    (
        {},
        {"terminationWaitMinutes": 0},
        "terminationWaitMinutes",
        "got an alarm that takes 1 min, while a new version is watched for 0 min (terminationWaitMinutes); expected "
        "more time, or the alarm never rolls a version back",
    ),
    (
        {"instanceCount": 2},
        {"strategy": "canary", "alarms": {"latencyMs": {"threshold": 9, "periodSeconds": 300, "evaluationPeriods": 3}}},
        "alarms.latencyMs",
        "got an alarm that takes 15 min, while a new version is watched for 10 min (waitMinutes and terminationWaitMin",
    ),
]


@pytest.mark.parametrize(("fleet", "deployment", "path", "expected"), ROLLOUTS)
def test_rollouts_refused(
    parameters: Parameters, fleet: dict[str, Any], deployment: dict[str, Any], path: str, expected: str
) -> None:
    [(where, message)] = of(parameters, fleet | {"deployment": deployment})
    assert where == f"deployment.{path}"
    assert expected in message, message


@pytest.mark.parametrize(
    ("fleet", "deployment"),
    [
        ({}, {}),
        ({}, {"strategy": "all-at-once", "terminationWaitMinutes": 1}),
        ({"instanceCount": 2}, {"strategy": "canary"}),
        ({"instanceCount": 2}, {"strategy": "linear", "stepInstances": 1}),
        ({"instanceCount": 20}, {"strategy": "linear", "stepInstances": 2}),
        ({"instanceCount": 4}, {"strategy": "canary", "stepPercent": 25}),
        (scaled(2, 40), {"strategy": "linear", "stepPercent": 50}),
        (
            {"instanceCount": 10},
            {"strategy": "linear", "stepPercent": 10, "waitMinutes": 50, "terminationWaitMinutes": 30},
        ),
        ({"instanceCount": 2}, {"strategy": "canary", "waitMinutes": 1, "terminationWaitMinutes": 0}),
    ],
)
def test_rollouts_taken(parameters: Parameters, fleet: dict[str, Any], deployment: dict[str, Any]) -> None:
    assert of(parameters, fleet | {"deployment": deployment}) == []


def test_tags_together_with_those_of_the_module(parameters: Parameters) -> None:
    parameters["custom-tags"] = {f"module{i}": "x" for i in range(30)}
    same = {f"module{i}": "y" for i in range(30)}
    more = {f"environment{i}": "x" for i in range(11)}
    assert of(parameters, {"tags": same}) == []
    assert of(parameters, {"tags": more}) == [
        ("tags", "got 41 tags together with custom-tags, expected at most 40"),
    ]


def test_the_regions_of_the_build_environment_and_of_the_environment(parameters: Parameters) -> None:
    changed = with_endpoint(parameters, {"volumeKey": KEY})
    changed["deployment-groups"][0]["deployEnvironments"][1]["region"] = "us-east-1"
    assert of(changed, {"volumeKey": KEY}) == []
