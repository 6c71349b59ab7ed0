"""InvokeEndpointAsync: the input is read from S3 and the answer written there, in the background.

https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference.html
"""

from __future__ import annotations

import contextlib
import datetime
import json
import logging
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from rehearsal.api import ApiError, Params, RestAnswer, RestRequest
from rehearsal.sagemaker.hosting import metrics
from rehearsal.sagemaker.hosting.server import Answer
from rehearsal.sagemaker.hosting.state import Endpoint, Fleet, Variant
from rehearsal.sagemaker.ports import SageMakerPlatform

log = logging.getLogger(__name__)

_HEADER = "X-Amzn-SageMaker-"
_MOST = 1 << 30  # https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference.html: payloads of up to 1 GB
Ask = Callable[[Variant, bytes, dict[str, str]], Answer]


@dataclass(frozen=True)
class _Request:
    """One request; locations are S3 URIs, `failure` is empty where failures are written nowhere."""

    inference: str
    input: str
    output: str
    failure: str
    headers: dict[str, str]
    received: str


class Asynchronous:
    """Takes requests and answers each by itself, with the execution role of the model. Nothing waits in a queue."""

    def __init__(self, platform: SageMakerPlatform, ask: Ask) -> None:
        self._platform = platform
        self._ask = ask

    def take(self, endpoint: Endpoint, request: RestRequest) -> RestAnswer:
        """202, with where the answer will be. Raises ApiError ValidationError."""
        fleet = endpoint.fleet
        assert fleet and fleet.asynchronous
        source = request.headers.get(_HEADER + "InputLocation") or ""
        if not source.startswith("s3://") or not source.removeprefix("s3://").partition("/")[2]:
            raise ApiError("ValidationError", f"InputLocation: got {source!r}, expected the s3:// URI of an object")
        named = {"Content-Type": "Content-Type", "Accept": "Accept"}
        given = {name: request.headers.get(_HEADER + header) for name, header in named.items()}
        output, name = fleet.asynchronous["OutputConfig"], str(uuid.uuid4())
        failures = output.get("S3FailurePath", "").rstrip("/")
        asked = _Request(
            request.headers.get(_HEADER + "Inference-Id") or str(uuid.uuid4()),
            source,
            f"{output['S3OutputPath'].rstrip('/')}/{name}.out",
            f"{failures}/{name}-error.out" if failures else "",
            {key: value for key, value in given.items() if value},
            _now(),
        )
        with endpoint.lock, contextlib.ExitStack() as held:
            held.enter_context(fleet.answering())
            ending = held.pop_all()

        def work() -> None:
            with ending:
                self._answer(endpoint, fleet, fleet.variants[0], asked)

        self._platform.background(work, f"asynchronous invocation of {endpoint.name}")
        shown = {"Content-Type": "application/json", f"{_HEADER}OutputLocation": asked.output}
        if asked.failure:
            shown[f"{_HEADER}FailureLocation"] = asked.failure
        return RestAnswer(202, shown, json.dumps({"InferenceId": asked.inference}).encode())

    def _answer(self, endpoint: Endpoint, fleet: Fleet, variant: Variant, asked: _Request) -> None:
        begun = time.monotonic()
        try:
            answer = self._ask(variant, self._read(endpoint, variant, asked.input), asked.headers)
        except (ClientError, BotoCoreError) as error:
            answer = Answer(400, "text/plain", f"the input {asked.input} cannot be read: {error}".encode())
        failed = answer.status >= 400
        where = asked.failure if failed else asked.output
        metrics.put(self._platform, endpoint, variant.name, answer.status, time.monotonic() - begun)
        try:
            if where:
                self._write(endpoint, fleet, variant, where, answer.body)
            self._tell(endpoint, fleet, variant, asked, answer)
        except (ClientError, BotoCoreError) as error:
            if not self._platform.closed.is_set():
                log.warning("asynchronous invocation of %s: %s", endpoint.name, error)

    def _client(self, service: str, endpoint: Endpoint, variant: Variant) -> Any:
        account, region = endpoint.scope
        return self._platform.client(service, account=account, region=region, role=variant.model.role)

    def _read(self, endpoint: Endpoint, variant: Variant, uri: str) -> bytes:
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        return bytes(self._client("s3", endpoint, variant).get_object(Bucket=bucket, Key=key)["Body"].read(_MOST))

    def _write(self, endpoint: Endpoint, fleet: Fleet, variant: Variant, uri: str, body: bytes) -> None:
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        assert fleet.asynchronous
        own = fleet.asynchronous["OutputConfig"].get("KmsKeyId")
        encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": own} if own else {}
        self._client("s3", endpoint, variant).put_object(Bucket=bucket, Key=key, Body=body, **encryption)

    def _tell(self, endpoint: Endpoint, fleet: Fleet, variant: Variant, asked: _Request, answer: Answer) -> None:
        """https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-check-predictions.html."""
        assert fleet.asynchronous
        failed = answer.status >= 400
        topics = fleet.asynchronous["OutputConfig"].get("NotificationConfig", {})
        topic = topics.get("ErrorTopic" if failed else "SuccessTopic")
        if topic is None:
            return
        message: Params = {
            "awsRegion": endpoint.scope[1],
            "eventTime": _now(),
            "receivedTime": asked.received,
            "invocationStatus": "Failed" if failed else "Completed",
            "requestParameters": {"endpointName": endpoint.name, "inputLocation": asked.input},
            "inferenceId": asked.inference,
            "eventVersion": "1.0",
            "eventSource": "aws:sagemaker",
            "eventName": "InferenceResult",
        }
        if failed:
            message["failureReason"] = answer.body.decode(errors="replace")[:1000]
        else:
            message["responseParameters"] = {"contentType": answer.content_type, "outputLocation": asked.output}
        self._client("sns", endpoint, variant).publish(TopicArn=topic, Message=json.dumps(message))


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
