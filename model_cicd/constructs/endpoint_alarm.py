"""Alarms on what an endpoint answers, which roll a new version back."""

from __future__ import annotations

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from model_cicd.constructs.endpoint import VARIANT


def endpoint_alarm(
    scope: Construct,
    id: str,
    *,
    name: str,
    description: str,
    endpoint_name: str,
    metric: str,
    statistic: str | None = None,
    percentile: str | None = None,
    threshold: float,
    period_seconds: int,
    evaluation_periods: int,
) -> cloudwatch.CfnAlarm:
    """An alarm when `metric` of the endpoint's variant is above `threshold`; no traffic is no alarm.

    Latencies are in microseconds. https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
    """
    dimension = cloudwatch.CfnAlarm.DimensionProperty
    return cloudwatch.CfnAlarm(
        scope,
        id,
        alarm_name=name,
        alarm_description=description,
        namespace="AWS/SageMaker",
        metric_name=metric,
        dimensions=[
            dimension(name="EndpointName", value=endpoint_name),
            dimension(name="VariantName", value=VARIANT),
        ],
        statistic=statistic,
        extended_statistic=percentile,
        comparison_operator="GreaterThanThreshold",
        threshold=threshold,
        period=period_seconds,
        evaluation_periods=evaluation_periods,
        treat_missing_data="notBreaching",
    )
