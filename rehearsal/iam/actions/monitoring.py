"""CloudWatch. https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html"""

from __future__ import annotations

from collections.abc import Iterator

from rehearsal.iam.checks import Asked, Check, On, Rule


def _on(resource: str, *operations: str) -> dict[str, Rule]:
    return {name: On(resource, service="cloudwatch") for name in operations}


def _dashboards(asked: Asked) -> Iterator[Check]:
    """Dashboards have no region."""
    for name in (asked.get("DashboardName"), *(asked.get("DashboardNames") or [])):
        if name is not None:
            arn = asked.arn(f"dashboard/{name}", service="cloudwatch", region=False)
            yield Check(f"cloudwatch:{asked.operation}", arn, asked.caller.account)


RULES: dict[str, Rule] = {
    "PutMetricAlarm": On("alarm:{AlarmName}", service="cloudwatch", tags="Tags", tagging="TagResource"),
    **_on("alarm:{AlarmNames[]}", "DescribeAlarms", "DeleteAlarms"),
    **_on("alarm:{AlarmName}", "SetAlarmState", "DescribeAlarmHistory"),
    "PutMetricData": On(service="cloudwatch", keys={"cloudwatch:namespace": "Namespace"}),
    "TagResource": On("{ResourceARN}", service="cloudwatch", tags="Tags"),
    "UntagResource": On("{ResourceARN}", service="cloudwatch", keys={"aws:TagKeys": "TagKeys[]"}),
    "ListTagsForResource": On("{ResourceARN}", service="cloudwatch"),
    **_on("alarm:{AlarmNames[]}", "EnableAlarmActions", "DisableAlarmActions"),
    **dict.fromkeys(("GetDashboard", "PutDashboard", "DeleteDashboards"), _dashboards),
    **_on("*", "ListDashboards", "GetMetricData", "GetMetricStatistics", "ListMetrics", "DescribeAlarmsForMetric"),
}
