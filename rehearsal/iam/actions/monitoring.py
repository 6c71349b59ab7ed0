"""CloudWatch. https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html"""

from __future__ import annotations

from rehearsal.iam.checks import On, Rule


def _on(resource: str, *operations: str) -> dict[str, Rule]:
    return {name: On(resource, service="cloudwatch") for name in operations}


RULES: dict[str, Rule] = {
    "PutMetricAlarm": On("alarm:{AlarmName}", service="cloudwatch", tags="Tags", tagging="TagResource"),
    **_on("alarm:{AlarmNames[]}", "DescribeAlarms", "DeleteAlarms"),
    **_on("alarm:{AlarmName}", "SetAlarmState", "DescribeAlarmHistory"),
    "PutMetricData": On(service="cloudwatch", keys={"cloudwatch:namespace": "Namespace"}),
    "TagResource": On("{ResourceARN}", service="cloudwatch", tags="Tags"),
    "UntagResource": On("{ResourceARN}", service="cloudwatch", keys={"aws:TagKeys": "TagKeys[]"}),
    "ListTagsForResource": On("{ResourceARN}", service="cloudwatch"),
    **_on("*", "GetMetricData", "GetMetricStatistics", "ListMetrics", "DescribeAlarmsForMetric"),
}
