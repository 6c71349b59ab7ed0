"""The events SageMaker sends.

https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
"""

from __future__ import annotations

import datetime
import re
from typing import Any

from rehearsal.api import Params
from rehearsal.named import Scope
from rehearsal.operations import present
from rehearsal.ports import EventSink


class Events:
    """Sends events of one service to the default buses of their accounts."""

    def __init__(self, bus: EventSink) -> None:
        self._bus = bus

    def job(self, scope: Scope, kind: str, arn: str, described: Params) -> None:
        """A training or processing job (`kind`) changed; times are milliseconds, as AWS has them here."""
        self._send(scope, f"SageMaker {kind} Job State Change", _plain(described, _milliseconds), [arn])

    def model_package(self, scope: Scope, arn: str, described: Params, updated: list[str]) -> None:
        """A model package was made, or the fields in `updated` changed."""
        detail = _plain(described, _iso) | ({"UpdatedModelPackageFields": updated} if updated else {})
        self._send(scope, "SageMaker Model Package State Change", detail, [arn])

    def model(self, scope: Scope, arn: str, name: str) -> None:
        """A model was made or deleted."""
        self._send(scope, "SageMaker Model State Change", {"ModelName": name, "ModelArn": arn}, [arn])

    def endpoint(self, scope: Scope, arn: str, described: Params) -> None:
        """An endpoint changed its status; the status is written in another way here than in the API."""
        status = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", described["EndpointStatus"]).upper()
        detail = _plain(described, _milliseconds) | {"EndpointStatus": status}
        self._send(scope, "SageMaker Endpoint State Change", detail, [arn])

    def execution(self, scope: Scope, detail: Params) -> None:
        """A pipeline execution changed its status."""
        self._pipeline(scope, "SageMaker Model Building Pipeline Execution Status Change", detail)

    def step(self, scope: Scope, detail: Params) -> None:
        """A step of an execution changed its status."""
        self._pipeline(scope, "SageMaker Model Building Pipeline Execution Step Status Change", detail)

    def _pipeline(self, scope: Scope, detail_type: str, detail: Params) -> None:
        arns = [detail["pipelineArn"], detail["pipelineExecutionArn"]]
        self._send(scope, detail_type, _plain(detail, _iso), arns)

    def _send(self, scope: Scope, detail_type: str, detail: Params, resources: list[str]) -> None:
        account, region = scope
        self._bus.emit(
            account=account,
            region=region,
            source="aws.sagemaker",
            detail_type=detail_type,
            detail=present(detail),
            resources=resources,
        )


def _plain(value: Any, time: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(part, time) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain(part, time) for part in value]
    return time(value) if isinstance(value, datetime.datetime) else value


def _milliseconds(moment: datetime.datetime) -> int:
    return int(moment.timestamp() * 1000)


def _iso(moment: datetime.datetime) -> str:
    return moment.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
