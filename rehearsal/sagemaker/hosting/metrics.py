"""The CloudWatch metrics of an endpoint's invocations.

https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html#cloudwatch-metrics-endpoint-invocation
"""

from __future__ import annotations

import logging

from botocore.exceptions import BotoCoreError, ClientError

from rehearsal.sagemaker.hosting.state import Endpoint
from rehearsal.sagemaker.ports import SageMakerPlatform

log = logging.getLogger(__name__)

NAMESPACE = "AWS/SageMaker"


def put(platform: SageMakerPlatform, endpoint: Endpoint, variant: str, status: int, seconds: float) -> None:
    """Count one invocation; latency is in microseconds. What goes wrong is only logged."""
    account, region = endpoint.scope
    dimensions = [{"Name": "EndpointName", "Value": endpoint.name}, {"Name": "VariantName", "Value": variant}]
    values = (
        ("Invocations", 1.0, "Count"),
        ("Invocation4XXErrors", float(400 <= status < 500), "Count"),
        ("Invocation5XXErrors", float(status >= 500), "Count"),
        ("ModelLatency", seconds * 1e6, "Microseconds"),
    )
    data = [
        {"MetricName": name, "Value": value, "Unit": unit, "Dimensions": dimensions} for name, value, unit in values
    ]
    try:
        platform.internal_client("cloudwatch", account=account, region=region).put_metric_data(
            Namespace=NAMESPACE, MetricData=data
        )
    except (ClientError, BotoCoreError) as error:
        if not platform.closed.is_set():
            log.warning("metrics of endpoint %s: %s", endpoint.name, error)
