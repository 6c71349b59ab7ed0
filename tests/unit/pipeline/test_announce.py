"""Telling of versions: which are marked, and what is said."""

from __future__ import annotations

import json
from typing import Any

import pytest

from model_cicd.pipeline import announce
from model_cicd.pipeline.report import ApprovedVersion, ModelPackage, RunReport

ARN = "arn:aws:sagemaker:eu-west-1:222222222222:model-package/live/3"


def registering(**metadata: str) -> dict[str, Any]:
    arguments: dict[str, Any] = {"MetadataProperties": metadata} if metadata else {}
    register = {"Name": "Register", "Type": "RegisterModel", "Arguments": arguments}
    condition = {"Name": "Gate", "Type": "Condition", "Arguments": {"IfSteps": [register], "ElseSteps": []}}
    return {"Steps": [{"Name": "Train", "Type": "Training", "Arguments": {}}, condition]}


def report(status: str = "PendingManualApproval", before: ApprovedVersion | None = None) -> RunReport:
    return RunReport(
        pipeline_name="p",
        pipeline_arn="",
        execution_arn="",
        parameters={},
        status="Succeeded",
        model_package=ModelPackage(ARN, "live", 3, status),
        registered_metrics={"Mse": 3056.1234567, "MaxMse": 4000.0, "R2": 0.5},
        approved=before,
    )


@pytest.mark.parametrize("metadata", [{}, {"CommitId": "abc"}])
def test_versions_are_marked_where_they_are_registered(metadata: dict[str, str]) -> None:
    definition = registering(**metadata)
    assert announce.mark(definition)
    [register] = definition["Steps"][1]["Arguments"]["IfSteps"]
    assert register["Arguments"]["MetadataProperties"] == metadata | {"ProjectId": "told-by-model-cicd"}


def test_a_mark_of_somebody_else_stays() -> None:
    definition = registering(ProjectId="ours")
    assert not announce.mark(definition)
    assert definition == registering(ProjectId="ours")
    assert not announce.mark({"Steps": []})


def test_what_is_said() -> None:
    entry = announce.event("Version for live-promotion waits", report())
    assert entry is not None
    assert (entry["Source"], entry["DetailType"]) == ("model-cicd", "Version for live-promotion waits")
    assert json.loads(entry["Detail"]) == {
        "version": 3,
        "metrics": "Mse 3056.12 (at most 4000), R2 0.5",
        "before": "none is approved yet",
    }
    before = ApprovedVersion(ARN, 2, {"Mse": 3100.0, 'a "b"\n<c>': 1.0, "[z](https://x)\u202e": 2.0})
    second = announce.event("t", report(before=before))
    assert second is not None
    assert json.loads(second["Detail"])["before"] == "version 2: Mse 3100,  z (https: x)  2, a  b   c  1"


def test_what_does_not_await_approval_is_told_to_nobody() -> None:
    assert announce.event("t", report("Approved")) is None
