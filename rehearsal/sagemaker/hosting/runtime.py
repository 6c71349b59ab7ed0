"""SageMaker Runtime: InvokeEndpoint and InvokeEndpointAsync.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html
"""

from __future__ import annotations

import contextlib
import http.client
import json
import random
import re
import time
import uuid
from dataclasses import dataclass

from rehearsal.api import ApiError, Caller, RestAnswer, RestRequest, partition_of
from rehearsal.sagemaker.hosting import metrics
from rehearsal.sagemaker.hosting.asynchronous import Asynchronous
from rehearsal.sagemaker.hosting.capture import Capture, Invocation
from rehearsal.sagemaker.hosting.endpoints import Endpoints
from rehearsal.sagemaker.hosting.server import LOG_GROUP, Answer
from rehearsal.sagemaker.hosting.state import Endpoint, Fleet, Variant
from rehearsal.sagemaker.ports import SageMakerPlatform

_PATH = re.compile(r"^/endpoints/(?P<name>[^/]+)/(?P<way>async-)?invocations$")
_HEADER = "X-Amzn-SageMaker-"
_REFUSED = ("Target-Model", "Target-Container-Hostname", "Enable-Explanations", "Inference-Component", "Session-Id")
_MEGABYTE = 1 << 20
_LIMIT, _SERVERLESS_LIMIT = 25 * _MEGABYTE, 4 * _MEGABYTE


@dataclass(frozen=True)
class _Asked:
    """A request to an endpoint, the fleet that answers it, and the headers that containers get."""

    endpoint: Endpoint
    fleet: Fleet
    request: RestRequest
    headers: dict[str, str]


class Runtime:
    """Answers invocations with the real model's predictions."""

    def __init__(self, platform: SageMakerPlatform, endpoints: Endpoints) -> None:
        self._platform = platform
        self._endpoints = endpoints
        self._capture = Capture(platform)
        self._asynchronous = Asynchronous(platform, ask)

    def handle(self, caller: Caller, request: RestRequest) -> RestAnswer | None:
        """InvokeEndpoint or InvokeEndpointAsync; None for every other request."""
        found = _PATH.match(request.path)
        if not found or request.method != "POST":
            return None
        for name in _REFUSED:
            if request.headers.get(_HEADER + name):
                raise _wrong(f"the embedded AWS does not support {_HEADER}{name} of InvokeEndpoint")
        endpoint = self._endpoints.find(caller.scope, found["name"])
        if endpoint is None:
            raise _wrong(f"Endpoint {found['name']} of account {caller.account} not found.")
        asynchronous = endpoint.fleet.asynchronous if endpoint.fleet else None
        if bool(asynchronous) != bool(found["way"]):
            kinds = ("asynchronous", "InvokeEndpointAsync") if asynchronous else ("not asynchronous", "InvokeEndpoint")
            raise _wrong(f"Endpoint {endpoint.name} is {kinds[0]}: expected {kinds[1]}.")
        if asynchronous:
            return self._asynchronous.take(endpoint, request)
        with contextlib.ExitStack() as held:
            fleet, variant = self._choose(endpoint, request.headers.get(_HEADER + "Target-Variant"), held)
            limit = _LIMIT if variant.serverless is None else _SERVERLESS_LIMIT
            if len(request.body) > limit:
                raise _wrong(
                    f"1 validation error detected: Value at 'body' failed to satisfy constraint: Member must "
                    f"have length less than or equal to {limit}"
                )
            return self._invoke(endpoint, fleet, variant, request)

    def _choose(self, endpoint: Endpoint, target: str | None, held: contextlib.ExitStack) -> tuple[Fleet, Variant]:
        """The variant that answers, and its fleet, which runs on until `held` is closed."""
        with endpoint.lock:
            fleet = endpoint.fleet
            if fleet is None:
                raise _wrong(f"Endpoint {endpoint.name} of account {endpoint.scope[0]} not found.")
            if endpoint.green and random.random() < endpoint.share:
                fleet = endpoint.green
            held.enter_context(fleet.answering())
            variants = fleet.variants
            if target is not None:
                named = [variant for variant in variants if variant.name == target]
                if not named:
                    raise _wrong(f"Variant {target} not found for Request")
                return fleet, named[0]
            weights = [variant.weight for variant in variants]
        if not any(weights):
            raise _wrong(f"Every variant of endpoint {endpoint.name} has the weight 0")
        return fleet, random.choices(variants, weights)[0]

    def _invoke(self, endpoint: Endpoint, fleet: Fleet, variant: Variant, request: RestRequest) -> RestAnswer:
        given = {"Content-Type": request.headers.get("Content-Type"), "Accept": request.headers.get("Accept")}
        headers = {key: value for key, value in given.items() if value}
        asked = _Asked(endpoint, fleet, request, headers)
        for shadow in fleet.shadows:
            if random.random() * variant.weight < shadow.weight:
                self._copy(asked, shadow)
        answer = self._ask(asked, variant)
        if answer.status >= 400:
            return _model_error(endpoint, variant, answer)
        shown = {"Content-Type": answer.content_type, "x-Amzn-Invoked-Production-Variant": variant.name}
        return RestAnswer(200, shown, answer.body)

    def _ask(self, asked: _Asked, variant: Variant) -> Answer:
        """The variant's answer, which is measured, and captured where that is wanted."""
        event, begun = str(uuid.uuid4()), time.monotonic()
        answer = ask(variant, asked.request.body, asked.headers)
        seconds = time.monotonic() - begun
        self._platform.background(
            lambda: metrics.put(self._platform, asked.endpoint, variant.name, answer.status, seconds),
            "metrics of an invocation",
        )
        if answer.status < 400:
            invocation = Invocation(
                event,
                asked.request.body,
                asked.headers.get("Content-Type", ""),
                answer.body,
                answer.content_type,
                asked.request.headers.get(_HEADER + "Inference-Id"),
            )
            self._capture.take(asked.endpoint, asked.fleet, variant, invocation)
        return answer

    def _copy(self, asked: _Asked, shadow: Variant) -> None:
        """Ask a shadow in the background; nobody gets its answer. Its fleet runs on until it came."""
        answering = asked.fleet.answering()
        answering.__enter__()

        def mirror() -> None:
            with contextlib.ExitStack() as held:
                held.push(answering)
                self._ask(asked, shadow)

        self._platform.background(mirror, f"a shadow of {asked.endpoint.name}")


def ask(variant: Variant, body: bytes, headers: dict[str, str]) -> Answer:
    """What the container of a variant answers."""
    server = variant.server
    if server is None:
        return Answer(503, "text/plain", b"the container ended")
    try:
        return server.invoke(body, headers)
    except (OSError, http.client.HTTPException) as error:
        return Answer(500, "text/plain", f"the container did not answer: {error}".encode())


def _model_error(endpoint: Endpoint, variant: Variant, answer: Answer) -> RestAnswer:
    account, region = endpoint.scope
    text, group = answer.body.decode(errors="replace"), LOG_GROUP + endpoint.name
    kind = "client" if answer.status < 500 else "server"
    stream = variant.server.stream if variant.server else variant.name
    content = {
        "Message": f'Received {kind} error ({answer.status}) from primary with message "{text}". See '
        f"https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}#logEventViewer:group={group} in "
        f"account {account} for more information.",
        "OriginalStatusCode": answer.status,
        "OriginalMessage": text,
        "LogStreamArn": f"arn:{partition_of(region)}:logs:{region}:{account}:log-group:{group}:log-stream:{stream}",
    }
    headers = {"Content-Type": "application/json", "x-amzn-ErrorType": "ModelError"}
    return RestAnswer(424, headers, json.dumps(content).encode())


def _wrong(message: str) -> ApiError:
    return ApiError("ValidationError", message)
