"""What an endpoint is made of: its settings with every default resolved."""

from __future__ import annotations

from typing import Any

import pytest

from model_cicd.aws.resources import Vpc
from model_cicd.hosting import Alarm, Capture, Hosting, InstanceHosting, Rollout, Scaling, ServerlessHosting

from .test_topology_promotion import targets


def hosting(endpoint: dict[str, Any]) -> Hosting:
    return targets(endpoint)[1].hosting


def test_hosting_without_settings() -> None:
    assert hosting({}) == Hosting(
        kind=InstanceHosting("ml.m5.large", 1),
        scaling=None,
        vpc=Vpc(),
        network_isolation=True,
        capture=None,
        own_volume_key=True,
        volume_key_arn=None,
        rollout=None,
    )


def test_hosting_with_every_setting() -> None:
    key = "arn:aws:kms:eu-west-1:444444444444:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    found = hosting(
        {
            "instanceType": "ml.c6i.xlarge",
            "autoscaling": {"minCapacity": 4, "maxCapacity": 10, "targetInvocationsPerInstance": 500},
            "vpc": {"subnetIds": ["subnet-01234567"], "securityGroupIds": ["sg-01234567"]},
            "enableNetworkIsolation": False,
            "dataCapture": {"percentage": 10, "prefix": "s3://captured/a/b/", "kmsKeyArn": key},
            "volumeKey": key,
            "deployment": {
                "strategy": "linear",
                "stepInstances": 1,
                "waitMinutes": 10,
                "terminationWaitMinutes": 0,
                "alarms": {
                    "errors5xx": {"threshold": 3, "periodSeconds": 120, "evaluationPeriods": 2},
                    "latencyMs": {"threshold": 250.5, "statistic": "p95"},
                },
            },
        }
    )
    assert found == Hosting(
        kind=InstanceHosting("ml.c6i.xlarge", 4),  # where autoscaling starts
        scaling=Scaling(4, 10, 500.0),
        vpc=Vpc(("subnet-01234567",), ("sg-01234567",)),
        network_isolation=False,
        capture=Capture(10, "captured", "a/b", key),
        own_volume_key=False,
        volume_key_arn=key,
        rollout=Rollout(
            routing="LINEAR",
            step=1,
            step_unit="INSTANCE_COUNT",
            wait_seconds=600,
            termination_wait_seconds=0,
            errors_alarm=Alarm(3.0, "sum", 120, 2),
            latency_alarm=Alarm(250.5, "p95", 60, 1),
        ),
    )
    assert found.capture is not None
    assert found.capture.uri == "s3://captured/a/b"


def test_serverless_has_neither_isolation_nor_a_volume_key() -> None:
    found = hosting({"serverless": {"memorySizeInMb": 1024}})
    assert found.kind == ServerlessHosting(memory_mb=1024, max_concurrency=5)
    assert (found.network_isolation, found.own_volume_key, found.volume_key_arn) == (False, False, None)


@pytest.mark.parametrize(
    ("endpoint", "own"),
    [
        ({}, True),
        ({"instanceType": "ml.g5.xlarge"}, False),
        ({"volumeKey": False}, False),
        ({"volumeKey": True}, True),
    ],
)
def test_a_volume_key_is_made_where_sagemaker_takes_one(endpoint: dict[str, Any], own: bool) -> None:
    found = hosting(endpoint)
    assert (found.own_volume_key, found.volume_key_arn) == (own, None)


@pytest.mark.parametrize(
    ("deployment", "expected"),
    [
        ({}, ("ALL_AT_ONCE", None, None, 0)),
        ({"strategy": "canary"}, ("CANARY", 50, "CAPACITY_PERCENT", 300)),
        ({"strategy": "linear", "stepPercent": 20}, ("LINEAR", 20, "CAPACITY_PERCENT", 300)),
        ({"strategy": "canary", "stepInstances": 2, "waitMinutes": 1}, ("CANARY", 2, "INSTANCE_COUNT", 60)),
    ],
)
def test_rollouts(deployment: dict[str, Any], expected: tuple[str, int | None, str | None, int]) -> None:
    found = hosting({"instanceCount": 10, "deployment": deployment}).rollout
    assert found is not None
    assert (found.routing, found.step, found.step_unit, found.wait_seconds) == expected
    assert found.termination_wait_seconds == 300


def test_environments_with_equal_settings_share_one_hosting() -> None:
    one, other = targets({"instanceCount": 2}), targets({"instanceCount": 2, "tags": {"cost": "42"}}, name="other")
    assert one[1].hosting == other[1].hosting
    assert len({one[1].hosting, other[1].hosting, one[0].hosting}) == 2  # hashable; the build environment has another
    assert (one[1].tags, other[1].tags) == ({}, {"cost": "42"})
