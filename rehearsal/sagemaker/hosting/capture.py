"""Data capture: what went in and out of an endpoint, as JSON lines in S3. One object for each captured invocation.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html
"""

from __future__ import annotations

import base64
import datetime
import json
import logging
import random
import uuid
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from rehearsal.api import Params
from rehearsal.sagemaker.hosting.state import Endpoint, Fleet, Variant
from rehearsal.sagemaker.ports import SageMakerPlatform

log = logging.getLogger(__name__)

_ENDPOINT_INPUT, _ENDPOINT_OUTPUT = "endpointInput", "endpointOutput"


@dataclass(frozen=True)
class Invocation:
    """One invocation that was answered."""

    event: str
    request: bytes
    request_type: str
    response: bytes
    response_type: str
    inference: str | None


class Capture:
    """Writes captures with the execution role of the model, in the background; failures do not disturb the caller."""

    def __init__(self, platform: SageMakerPlatform) -> None:
        self._platform = platform

    def take(self, endpoint: Endpoint, fleet: Fleet, variant: Variant, invocation: Invocation) -> None:
        """Capture an invocation, when the configuration and the percentage say so."""
        capture = fleet.capture
        if not capture or not capture["EnableCapture"] or variant.serverless is not None:
            return
        if random.random() * 100 >= capture["InitialSamplingPercentage"]:
            return
        now = datetime.datetime.now(datetime.UTC)
        bucket, _, prefix = capture["DestinationS3Uri"].removeprefix("s3://").partition("/")
        name = f"{now:%Y/%m/%d/%H/%M-%S}-{now.microsecond // 1000:03}-{uuid.uuid4()}.jsonl"
        key = "/".join(part for part in (prefix.strip("/"), endpoint.name, variant.name, name) if part)
        put = {"Bucket": bucket, "Key": key, "Body": (json.dumps(_line(capture, invocation, now)) + "\n").encode()}
        if "KmsKeyId" in capture:
            put |= {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": capture["KmsKeyId"]}
        self._platform.background(lambda: self._write(endpoint, variant, put), f"capture of {endpoint.name}")

    def _write(self, endpoint: Endpoint, variant: Variant, put: Params) -> None:
        account, region = endpoint.scope
        s3 = self._platform.client("s3", account=account, region=region, role=variant.model.role)
        try:
            s3.put_object(**put)
        except (ClientError, BotoCoreError) as error:
            if not self._platform.closed.is_set():
                log.warning("data capture of endpoint %s to %s: %s", endpoint.name, put["Key"], error)


def _line(capture: Params, invocation: Invocation, now: datetime.datetime) -> Params:
    modes = {option["CaptureMode"] for option in capture["CaptureOptions"]}
    data: Params = {}
    if modes & {"Input", "InputAndOutput"}:
        data[_ENDPOINT_INPUT] = _part(capture, invocation.request, invocation.request_type, "INPUT")
    if modes & {"Output", "InputAndOutput"}:
        data[_ENDPOINT_OUTPUT] = _part(capture, invocation.response, invocation.response_type, "OUTPUT")
    metadata = {"eventId": invocation.event, "inferenceTime": now.strftime("%Y-%m-%dT%H:%M:%SZ")}
    if invocation.inference:
        metadata["inferenceId"] = invocation.inference
    return {"captureData": data, "eventMetadata": metadata, "eventVersion": "0"}


def _part(capture: Params, body: bytes, content_type: str, mode: str) -> dict[str, Any]:
    """Text as it is for the content types that the configuration names, else base64."""
    plain = content_type.partition(";")[0].strip()
    types = capture.get("CaptureContentTypeHeader", {})
    for kind, encoding in (("CsvContentTypes", "CSV"), ("JsonContentTypes", "JSON")):
        if plain in types.get(kind, []):
            return {"observedContentType": content_type, "mode": mode, "data": body.decode(), "encoding": encoding}
    data = base64.b64encode(body).decode()
    return {"observedContentType": content_type, "mode": mode, "data": data, "encoding": "BASE64"}
