"""CodePipeline's metrics. https://docs.aws.amazon.com/codepipeline/latest/userguide/metrics-dimensions.html"""

from __future__ import annotations

import logging

from botocore.exceptions import BotoCoreError, ClientError

from rehearsal.codepipeline.models import Pipeline
from rehearsal.ports import Platform

log = logging.getLogger(__name__)


def failed(platform: Platform, pipeline: Pipeline) -> None:
    """Count an execution that failed. What goes wrong is only logged."""
    dimensions = [{"Name": "PipelineName", "Value": pipeline.name}]
    data = [{"MetricName": "FailedPipelineExecutions", "Value": 1.0, "Unit": "Count", "Dimensions": dimensions}]
    try:
        cloudwatch = platform.internal_client("cloudwatch", account=pipeline.account, region=pipeline.region)
        cloudwatch.put_metric_data(Namespace="AWS/CodePipeline", MetricData=data)
    except (ClientError, BotoCoreError) as error:
        if not platform.closed.is_set():
            log.warning("metrics of pipeline %s: %s", pipeline.name, error)
