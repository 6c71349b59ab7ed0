"""The key `monitoring` of an environment: what is refused, with its message."""

from __future__ import annotations

from typing import Any

import pytest

from model_cicd.sagemaker_model_cicd.settings.monitoring import monitoring_complaints

CAPTURE = {"dataCapture": {"percentage": 10, "prefix": "s3://captured/a"}}
GOOD: dict[str, Any] = {"reports": "s3://reports/a"}
PATH = ("deployEnvironments", 0)


def complaints(monitoring: Any, endpoint: Any, region: str = "eu-west-1") -> list[str]:
    found = monitoring_complaints(PATH, {"endpoint": endpoint, "monitoring": monitoring}, region)
    return [f"{'.'.join(map(str, path[2:]))}: {text}" for path, text in found]


def test_what_is_right_is_not_complained_about() -> None:
    assert complaints(GOOD, CAPTURE) == []
    assert complaints(None, {}) == []


def test_drift_starts_pipelines_and_no_workflows() -> None:
    environment = {"endpoint": CAPTURE, "monitoring": GOOD | {"retrain": {}}}
    assert list(monitoring_complaints(PATH, environment, "eu-west-1", "codebuild")) == []
    ((path, said),) = monitoring_complaints(PATH, environment, "eu-west-1", "github-actions")
    assert path[-1] == "retrain"
    assert said.startswith("got retrain with training.runner 'github-actions', expected a training pipeline")


@pytest.mark.parametrize(
    ("monitoring", "endpoint", "region", "said"),
    [
        (GOOD, {}, "eu-west-1", "monitoring: got monitoring without endpoint.dataCapture, expected both"),
        (GOOD, CAPTURE, "ap-east-2", "monitoring: got monitoring in ap-east-2, expected another region"),
        (
            {"reports": "s3://captured/a/reports"},
            CAPTURE,
            "eu-west-1",
            "monitoring.reports: got 's3://captured/a/reports' beside 's3://captured/a', expected prefixes apart",
        ),
        (
            GOOD | {"modelQuality": {"groundTruth": "s3://reports/a/b"}},
            CAPTURE,
            "eu-west-1",
            "monitoring.reports: got 's3://reports/a' beside 's3://reports/a/b', expected prefixes apart",
        ),
        (
            GOOD | {"notify": "arn:aws:sns:eu-west-1:111111111111:drift"},
            CAPTURE,
            "eu-west-1",
            "monitoring.notify: got a topic in account 111111111111 eu-west-1, expected one of the environment's: None",
        ),
        (
            GOOD | {"kmsKeyArn": "arn:aws:kms:us-east-1:111111111111:key/a"},
            CAPTURE,
            "eu-west-1",
            "monitoring.kmsKeyArn: got a key of 'us-east-1', expected one of the environment's region 'eu-west-1'",
        ),
    ],
)
def test_what_is_refused(monitoring: Any, endpoint: Any, region: str, said: str) -> None:
    (found,) = complaints(monitoring, endpoint, region)
    assert found.startswith(said)
