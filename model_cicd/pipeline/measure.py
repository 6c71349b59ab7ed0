"""What a training was, as numbers in CloudWatch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from model_cicd.aws.metrics import GATE_METRIC, GATE_THRESHOLD, JOB_SECONDS, TRAINING_SECONDS, VERSION
from model_cicd.aws.sessions import plain_errors
from model_cicd.pipeline.report import RunReport
from model_cicd.text.errors import ModelCicdError

_JOBS = ("Processing", "Training", "Tuning", "Transform", "AutoML", "ClarifyCheck", "QualityCheck")


def measurements(report: RunReport) -> list[dict[str, Any]]:
    """The data of PutMetricData for a training that ended.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html
    """
    return [{"MetricName": name, "Value": value, "Unit": unit} for name, value, unit in _values(report)]


def _values(report: RunReport) -> Iterator[tuple[str, float, str]]:
    if report.seconds is not None:
        yield TRAINING_SECONDS, report.seconds, "Seconds"
    yield JOB_SECONDS, sum(step.seconds or 0.0 for step in report.steps if step.type in _JOBS), "Seconds"
    for each in report.conditions:
        if _is_number(each.value) and _is_number(each.threshold):
            yield GATE_METRIC, float(each.value), "None"
            yield GATE_THRESHOLD, float(each.threshold), "None"
            break
    if report.model_package is not None:
        yield VERSION, float(report.model_package.version), "None"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def put(cloudwatch: Any, namespace: str, report: RunReport) -> str:
    """Put the numbers; why they are not there, or the empty string."""
    try:
        with plain_errors():
            cloudwatch.put_metric_data(Namespace=namespace, MetricData=measurements(report))
    except ModelCicdError as error:
        return str(error)
    return ""
