"""What a training was, as numbers."""

from __future__ import annotations

from model_cicd.pipeline.measure import measurements
from model_cicd.pipeline.report import ConditionReport, ModelPackage, RunReport, StepReport


def test_numbers_of_a_training() -> None:
    report = RunReport(
        pipeline_name="p",
        pipeline_arn="",
        execution_arn="",
        status="Succeeded",
        parameters={},
        seconds=90.5,
        steps=[
            StepReport("Prepare", "Processing", "Succeeded", 20.0, ""),
            StepReport("Train", "Training", "Succeeded", 40.0, ""),
            StepReport("Gate", "Condition", "Succeeded", 7.0, ""),
            StepReport("Cached", "Training", "Succeeded", None, ""),
        ],
        conditions=[
            ConditionReport("Gate", "status", "good", "Equals", "good", True),
            ConditionReport("Gate", "mse.value", 3056.5, "LessThanOrEqualTo", 4000, True),
            ConditionReport("Gate", "mae.value", 44.0, "LessThanOrEqualTo", 50, True),
        ],
        model_package=ModelPackage("arn", "live", 3, "PendingManualApproval"),
    )
    assert {each["MetricName"]: each["Value"] for each in measurements(report)} == {
        "TrainingSeconds": 90.5,
        "JobSeconds": 60.0,
        "GateMetric": 3056.5,
        "GateThreshold": 4000.0,
        "RegisteredVersion": 3.0,
    }


def test_what_was_not_measured_is_left_out() -> None:
    report = RunReport(pipeline_name="p", pipeline_arn="", execution_arn="", status="Failed", parameters={})
    assert measurements(report) == [{"MetricName": "JobSeconds", "Value": 0.0, "Unit": "Seconds"}]
