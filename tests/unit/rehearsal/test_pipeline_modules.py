"""What the report says of pipelines that a manifest declares."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from rehearsal.errors import RehearsalError
from rehearsal.job.execution import Judgement, judge
from rehearsal.job.pipeline_modules import PipelineResult
from rehearsal.job.report import Report
from rehearsal.job.train import Result

RESULT = PipelineResult(
    module="churn",
    account="222222222222",
    pipeline="shop-churn",
    status="Succeeded",
    seconds=4.2,
    steps=[
        {"name": "Train", "status": "Succeeded", "seconds": 1.5},
        {"name": "Register", "status": "Succeeded", "seconds": None},
    ],
    metric="regression_metrics.mse.value",
    value=3.25,
    operator="LessThanOrEqualTo",
    threshold=6.0,
    model_package="arn:aws:sagemaker:us-east-1:222222222222:model-package/churn/7",
    version=7,
    approval_status="PendingManualApproval",
)


def report(**more: Any) -> Report:
    return Report("m.yaml", ["222222222222"], passed=True, seconds=9.0, steps=[], pipelines=[RESULT], **more)


def shown(found: Report) -> str:
    out = io.StringIO()
    found.show(out)
    return out.getvalue()


def test_the_table_shows_what_was_registered() -> None:
    text = shown(report(groups=[]))
    for part in ("churn", "shop-churn", "Train Succeeded 1.5", "mse 3.2", "<= 6", "version 7", "PendingManualApproval"):
        assert part in text


def test_it_proves_nothing_of_pushes_where_nothing_is_pushed() -> None:
    alone = report(groups=[]).as_data()["proves"]
    both = report(groups=[Result("m", "g", "main", "333333333333")]).as_data()["proves"]
    assert any("starter policy" in line for line in alone)
    assert not [line for line in alone if "push" in line]
    assert [line for line in both if "push" in line]


def test_the_json_has_the_pipelines() -> None:
    (found,) = report(groups=[]).as_data()["pipelines"]
    assert (found["module"], found["version"], found["value"]) == ("churn", 7, 3.25)


class Sagemaker:
    """What is asked of an execution with one gate."""

    def describe_pipeline_definition_for_execution(self, **_: str) -> dict[str, str]:
        left = {"Std:JsonGet": {"PropertyFile": {}, "Path": "mse.value"}}
        condition = {"Type": "LessThan", "LeftValue": left, "RightValue": {"Get": "Parameters.MaxMse"}}
        steps = [{"Name": "Gate", "Type": "Condition", "Arguments": {"Conditions": [condition]}}]
        return {
            "PipelineDefinition": json.dumps({"Parameters": [{"Name": "MaxMse", "DefaultValue": 9}], "Steps": steps})
        }

    def list_pipeline_parameters_for_execution(self, **_: str) -> dict[str, Any]:
        return {"PipelineParameters": [{"Name": "MaxMse", "Value": "5"}]}


PACKAGE = {"ModelMetrics": {"ModelQuality": {"Statistics": {"S3Uri": "s3://b/evaluation.json"}}}}


def test_a_model_is_judged_by_its_report_and_the_execution_s_threshold() -> None:
    read = {"s3://b/evaluation.json": b'{"mse": {"value": 4.5}}'}.__getitem__
    assert judge(Sagemaker(), "arn", PACKAGE, read, "step") == Judgement("mse.value", "LessThan", 4.5, 5.0)
    assert judge(Sagemaker(), "arn", {}, read, "step") is None


def test_a_report_without_the_metric_is_an_error() -> None:
    with pytest.raises(RehearsalError, match=r"have no mse\.value"):
        judge(Sagemaker(), "arn", PACKAGE, lambda _: b"{}", "step")
