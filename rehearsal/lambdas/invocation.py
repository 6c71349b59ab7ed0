"""Invoke: at once, or later as events do it.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html
"""

from __future__ import annotations

import base64
import json
import uuid

from rehearsal.api import ApiError, Caller, Params
from rehearsal.iam.functions import function_name
from rehearsal.lambdas.destinations import Destinations
from rehearsal.lambdas.limits import ATTEMPTS
from rehearsal.lambdas.runner import Called, Runner
from rehearsal.lambdas.state import NO_ROLE, SERVICE, Function, Functions, Version
from rehearsal.params import only
from rehearsal.ports import Platform
from rehearsal.roles import trusts_service

_INVOKE = {"FunctionName", "InvocationType", "LogType", "ClientContext", "Payload", "Qualifier"}
_MOST = {"RequestResponse": 6_291_456, "Event": 1_048_576, "DryRun": 6_291_456}  # bytes of a payload
_WAIT = 60.0  # seconds until the second attempt, twice that until the third


class Invocations:
    """Invokes functions."""

    def __init__(self, platform: Platform, functions: Functions, runner: Runner) -> None:
        self._platform, self._functions, self._runner = platform, functions, runner
        self._destinations = Destinations(platform)

    def invoke(self, caller: Caller, params: Params) -> Params:
        """Run a function. Raises ApiError for a payload that is no JSON, and where nothing may run."""
        only(params, _INVOKE, "Invoke")
        name = function_name(params["FunctionName"], caller, params.get("Qualifier"))
        function = self._functions.named(name, caller.region)
        version = function.version(name.qualifier)
        kind = params.get("InvocationType") or "RequestResponse"
        payload = _payload(params.get("Payload") or b"", kind)
        client = _client_context(params.get("ClientContext"))
        tail = params.get("LogType") == "Tail"
        if kind == "DryRun":
            return {"StatusCode": 204}
        self._check(function, version)
        called = Called(name, version, payload, str(uuid.uuid4()), client)
        if kind == "Event":
            self._platform.background(lambda: self._later(function, called), f"function {name.name}")
            return {"StatusCode": 202}
        outcome = self._runner.run(called)
        return {
            "StatusCode": 200,
            "FunctionError": "Unhandled" if outcome.failed else None,
            "LogResult": base64.b64encode(outcome.tail).decode() if tail else None,
            "ExecutedVersion": version.number,
            "Payload": outcome.payload,
        }

    def _check(self, function: Function, version: Version) -> None:
        if function.concurrency == 0:
            raise ApiError("TooManyRequestsException", "Rate Exceeded.", 429)
        if not trusts_service(version.settings["Role"], SERVICE):
            raise ApiError("AccessDeniedException", NO_ROLE, 403)

    def _later(self, function: Function, called: Called) -> None:
        """Twice again after a failure, then what became of it goes to the destinations."""
        config = function.asynchronous.get(called.name.slot, {})
        attempts = 1 + int(config.get("MaximumRetryAttempts", ATTEMPTS))
        for attempt in range(attempts):
            if attempt and self._platform.closed.wait(_WAIT * attempt * self._platform.wait_factor):
                return
            outcome = self._runner.run(called)
            if not outcome.failed:
                break
        if not self._platform.closed.is_set():
            self._destinations.tell(called, outcome, config, attempt + 1)


def _payload(given: str | bytes, kind: str) -> bytes:
    data = given.encode() if isinstance(given, str) else given
    if len(data) > _MOST[kind]:
        text = f"{len(data)} byte payload is too large for the {kind} invocation type (limit {_MOST[kind]} bytes)"
        raise ApiError("RequestTooLargeException", text, 413)
    try:
        json.loads(data or b"{}")
    except (ValueError, RecursionError) as error:
        text = f"Could not parse request body into json: {error}"
        raise ApiError("InvalidRequestContentException", text) from None
    return data


def _client_context(given: str | None) -> Params | None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#lambda-Invoke-request-ClientContext"""
    if not given:
        return None
    try:
        found = json.loads(base64.b64decode(given, validate=True))
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ApiError("InvalidRequestContentException", "Client context must be a valid Base64-encoded JSON object.")
    return found
