"""Metrics that services put into CloudWatch of the account in which something of theirs ran."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping

from botocore.exceptions import BotoCoreError, ClientError

from rehearsal.ports import Platform

log = logging.getLogger(__name__)


def put(
    platform: Platform,
    scope: tuple[str, str],
    namespace: str,
    dimensions: Mapping[str, str],
    values: Iterable[tuple[str, float, str]],
) -> None:
    """Put `values` (name, value, unit) of what is in an account and region, `scope`. What goes wrong is only logged."""
    account, region = scope
    named = [{"Name": name, "Value": value} for name, value in dimensions.items()]
    data = [{"MetricName": name, "Value": value, "Unit": unit, "Dimensions": named} for name, value, unit in values]
    try:
        cloudwatch = platform.internal_client("cloudwatch", account=account, region=region)
        cloudwatch.put_metric_data(Namespace=namespace, MetricData=data)
    except (ClientError, BotoCoreError) as error:
        if not platform.closed.is_set():
            log.warning("metrics of %s: %s", " ".join(dimensions.values()), error)
