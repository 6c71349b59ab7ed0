"""CodeBuild's metrics. https://docs.aws.amazon.com/codebuild/latest/userguide/cloudwatch_metrics-codebuild.html"""

from __future__ import annotations

import logging

from botocore.exceptions import BotoCoreError, ClientError

from rehearsal.codebuild.state import Build
from rehearsal.ports import Platform

log = logging.getLogger(__name__)


def put(platform: Platform, build: Build) -> None:
    """Count a build that ended, by its project. What goes wrong is only logged."""
    ended = {"SUCCEEDED": "SucceededBuilds"}.get(build.status, "FailedBuilds")
    values = [("Builds", 1.0, "Count"), ("Duration", (build.end or build.start) - build.start, "Seconds")]
    values += [(ended, 1.0, "Count")] if build.status != "STOPPED" else []
    dimensions = [{"Name": "ProjectName", "Value": build.project}]
    data = [
        {"MetricName": name, "Value": value, "Unit": unit, "Dimensions": dimensions} for name, value, unit in values
    ]
    try:
        cloudwatch = platform.internal_client("cloudwatch", account=build.account, region=build.region)
        cloudwatch.put_metric_data(Namespace="AWS/CodeBuild", MetricData=data)
    except (ClientError, BotoCoreError) as error:
        if not platform.closed.is_set():
            log.warning("metrics of build %s: %s", build.id, error)
