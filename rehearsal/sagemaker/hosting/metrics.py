"""The CloudWatch metrics of an endpoint's invocations.

https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html#cloudwatch-metrics-endpoint-invocation
"""

from __future__ import annotations

from rehearsal import measured
from rehearsal.sagemaker.hosting.state import Endpoint
from rehearsal.sagemaker.ports import SageMakerPlatform

NAMESPACE = "AWS/SageMaker"


def put(platform: SageMakerPlatform, endpoint: Endpoint, variant: str, status: int, seconds: float) -> None:
    """Count one invocation; latency is in microseconds. What goes wrong is only logged."""
    dimensions = {"EndpointName": endpoint.name, "VariantName": variant}
    values = (
        ("Invocations", 1.0, "Count"),
        ("Invocation4XXErrors", float(400 <= status < 500), "Count"),
        ("Invocation5XXErrors", float(status >= 500), "Count"),
        ("ModelLatency", seconds * 1e6, "Microseconds"),
    )
    measured.put(platform, endpoint.scope, NAMESPACE, dimensions, values)
