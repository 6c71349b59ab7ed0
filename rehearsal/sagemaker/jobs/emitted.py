"""Metrics that a monitoring job left for CloudWatch, put with the job's role.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-byoc-cloudwatch.html
"""

from __future__ import annotations

import datetime
import json
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from rehearsal.api import Params
from rehearsal.paths import text_inside
from rehearsal.sagemaker.jobs.kind import Run
from rehearsal.sagemaker.ports import SageMakerPlatform

_FILE = "metrics/cloudwatch/cloudwatch_metrics.jsonl"
_AT_ONCE = 20  # metrics a request


def put(platform: SageMakerPlatform, run: Run) -> None:
    """Put what is in the file, if the job is one of a schedule; what goes wrong stands in the job's log."""
    given = run.job.request.get("Environment", {})
    if "sagemaker_monitoring_schedule_name" not in given:
        return
    output = run.path("/opt/ml/output")
    lines = text_inside(output, output / _FILE).splitlines() if output.is_dir() else []
    account, region = run.job.scope
    cloudwatch: Any = platform.client("cloudwatch", account=account, region=region, role=run.job.role)
    quality = given.get("analysis_type") == "MODEL_QUALITY"
    namespace = f"aws/sagemaker/Endpoints/{'model' if quality else 'data'}-metrics"
    try:
        metrics = [_metric(json.loads(line)) for line in lines]
        for start in range(0, len(metrics), _AT_ONCE):
            cloudwatch.put_metric_data(Namespace=namespace, MetricData=metrics[start : start + _AT_ONCE])
    except (ClientError, BotoCoreError, ValueError, KeyError) as error:
        run.log.line(f"[embedded AWS] metrics into {namespace}: {error}")


def _metric(line: Params) -> Params:
    return line | {"Timestamp": datetime.datetime.fromisoformat(line["Timestamp"].replace("Z", "+00:00"))}
