"""Alarms on what an endpoint answers, which roll a new version back."""

from __future__ import annotations

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from model_cicd.constructs.endpoint import VARIANT
from model_cicd.constructs.resource import resource
from model_cicd.hosting import Alarm

#: metrics of an endpoint's variant, https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
ERRORS, LATENCY, INVOCATIONS = "Invocation5XXErrors", "ModelLatency", "Invocations"
# an alarm's threshold in the metric's own unit: CloudWatch has latencies in microseconds, settings in milliseconds
_UNITS = {ERRORS: 1, LATENCY: 1000}
# others are percentiles
_STATISTICS = {"sum": "Sum", "average": "Average", "maximum": "Maximum"}


def endpoint_alarm(
    scope: Construct,
    id: str,
    *,
    name: str,
    metric: str,
    alarm: Alarm,
    endpoint_name: str,
    topic_arn: str | None = None,
) -> cloudwatch.CfnAlarm:
    """An alarm on `metric` of the endpoint's variant, which tells a topic if it has one; no traffic is no alarm."""
    statistic = _STATISTICS.get(alarm.statistic)
    return _alarm(
        scope,
        id,
        name=name,
        metric=metric,
        endpoint_name=endpoint_name,
        alarm_description=f"{metric} of an endpoint; rolls a new model version back",
        statistic=statistic,
        extended_statistic=None if statistic else alarm.statistic,
        comparison_operator="GreaterThanThreshold",
        threshold=alarm.threshold * _UNITS[metric],
        period=alarm.period_seconds,
        evaluation_periods=alarm.evaluation_periods,
        treat_missing_data="notBreaching",
        alarm_actions=[topic_arn] if topic_arn else None,
    )


def idle_alarm(
    scope: Construct, id: str, *, name: str, days: int, endpoint_name: str, topic_arn: str | None
) -> cloudwatch.CfnAlarm:
    """An alarm on an endpoint that nobody asks: so many days without an invocation, which CloudWatch has no data of.

    It tells the topic, where there is one.
    """
    return _alarm(
        scope,
        id,
        name=name,
        metric=INVOCATIONS,
        endpoint_name=endpoint_name,
        alarm_description=f"No invocation of an endpoint for {days} days",
        statistic="Sum",
        comparison_operator="LessThanThreshold",
        threshold=1,
        period=86400,
        evaluation_periods=days,
        treat_missing_data="breaching",
        alarm_actions=[topic_arn] if topic_arn else None,
    )


def _alarm(
    scope: Construct, id: str, *, name: str, metric: str, endpoint_name: str, **when: object
) -> cloudwatch.CfnAlarm:
    """An alarm on a metric of the endpoint's variant; `when` are properties of the alarm."""
    return resource(
        cloudwatch.CfnAlarm,
        scope,
        id,
        alarm_name=name,
        namespace="AWS/SageMaker",
        metric_name=metric,
        dimensions=[
            {"name": "EndpointName", "value": endpoint_name},
            {"name": "VariantName", "value": VARIANT},
        ],
        **when,
    )
