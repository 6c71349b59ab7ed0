"""The CloudWatch alarms that roll an update back.

moto keeps alarms and metrics but evaluates nothing, so that an alarm on one metric is evaluated here, on what was
measured since the update began: one period of it has to breach, not `EvaluationPeriods`, because waits are shortened.
A percentile is taken to be the maximum, which it is for the few invocations of a rehearsal.

https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html
"""

from __future__ import annotations

import datetime
import operator
from collections.abc import Callable, Iterable
from typing import Any

from rehearsal.api import Params

_BREACHES: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}


def missing(cloudwatch: Any, names: Iterable[str]) -> list[str]:
    """Those of `names` that are no alarms."""
    wanted = list(names)
    if not wanted:
        return []
    found = {alarm["AlarmName"] for alarm in cloudwatch.describe_alarms(AlarmNames=wanted)["MetricAlarms"]}
    return [name for name in wanted if name not in found]


def tripped(cloudwatch: Any, itself: Any, names: Iterable[str], since: datetime.datetime) -> list[str]:
    """Those of `names` in the state ALARM, or whose metric breaches the threshold since then.

    `cloudwatch` acts as the execution role, which describes the alarms, `itself` is CloudWatch, which evaluates them.
    """
    wanted = list(names)
    if not wanted:
        return []
    alarms = cloudwatch.describe_alarms(AlarmNames=wanted)["MetricAlarms"]
    return [
        alarm["AlarmName"] for alarm in alarms if alarm.get("StateValue") == "ALARM" or _breaches(itself, alarm, since)
    ]


def _breaches(cloudwatch: Any, alarm: Params, since: datetime.datetime) -> bool:
    statistic = "Maximum" if "ExtendedStatistic" in alarm else alarm.get("Statistic")
    if "MetricName" not in alarm or statistic is None or alarm.get("ComparisonOperator") not in _BREACHES:
        return False  # metric maths and anomaly detection: only their state counts
    points = cloudwatch.get_metric_statistics(
        Namespace=alarm["Namespace"],
        MetricName=alarm["MetricName"],
        Dimensions=alarm.get("Dimensions", []),
        StartTime=since,
        EndTime=datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=1),
        Period=alarm.get("Period", 60),
        Statistics=[statistic],
    )["Datapoints"]
    breach = _BREACHES[alarm["ComparisonOperator"]]
    return any(breach(point[statistic], alarm["Threshold"]) for point in points)
