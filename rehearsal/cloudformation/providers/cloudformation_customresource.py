"""AWS::CloudFormation::CustomResource, and `Custom::NAME`: whatever a Lambda function makes.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/crpg-ref.html
"""

from __future__ import annotations

import json
import re
import threading
import time
import uuid
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from rehearsal import threads
from rehearsal.cloudformation.custom import CustomProvider
from rehearsal.cloudformation.provider import Call, Made, ResourceError, Untouched

_FUNCTION = re.compile(r"arn:aws[a-z-]*:lambda:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):function:[\w:$-]+")
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/crpg-ref-responses.html
LONGEST, LONGEST_ID = 4096, 1024  # bytes of an answer, and of the physical id in it
_SECONDS = 3600  # until an answer has to be there
_LOOK = 0.1
_SILENT = (
    "CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId "
    "[{}]. If you are using the Python cfn-response module, you may need to update your Lambda function code so that "
    "CloudFormation can attach the updated version."
)
_GRACE = 5.0  # seconds for an answer after the function has ended, at least


class CustomResource(CustomProvider):
    """Calls the function of ServiceToken with each event, and waits for the answer at ResponseURL.

    AWS invokes it later, and again when it fails, and then waits for ServiceTimeout; here a function that failed
    without an answer is a failure at once.
    """

    type = "AWS::CloudFormation::CustomResource"
    service, noun = "lambda", "custom resource"

    def create(self, call: Call) -> Made:
        """The resource as the function makes it; what failed is deleted by the function, too."""
        try:
            answer = self._ask(call, "Create")
        except _Unanswered:
            call.reserve(call.name(None, 64))
            raise
        if answer.get("Status") != "SUCCESS":
            call.reserve(str(answer.get("PhysicalResourceId") or call.name(None, 64)))
            raise _failure(answer)
        made = _made(answer)
        call.reserve(made.id)
        return made

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """The resource as the function changes it; another physical id is another resource."""
        if call.properties.get("ServiceToken") != old.get("ServiceToken"):
            raise Untouched("Modifying service token is not allowed.")
        answer = self._ask(call, "Update", OldResourceProperties=_texts(old))
        if answer.get("Status") != "SUCCESS":
            raise _failure(answer)
        return _made(answer)

    def delete(self, call: Call) -> None:
        """Let the function delete it."""
        answer = self._ask(call, "Delete")
        if answer.get("Status") != "SUCCESS":
            raise _failure(answer)

    def _ask(self, call: Call, kind: str, **more: Any) -> dict[str, Any]:
        """The answer to an event. Raises ResourceError where none comes, or none that can be read."""
        token = own_token(call)
        assert call.answers
        expected, request = call.answers.expect(call.region), str(uuid.uuid4())
        event = {
            "RequestType": kind, "ServiceToken": token, "ResponseURL": expected.url, "StackId": call.stack_id,
            "RequestId": request, "LogicalResourceId": call.logical_id, "ResourceType": call.type,
            "ResourceProperties": _texts(call.properties), **more,
        }  # fmt: skip
        if kind != "Create":
            event["PhysicalResourceId"] = call.id or call.handle
        invocation = _Invocation(call, token, event)
        try:
            text = self._wait(call, invocation, expected.read, request)
            invocation.ended.wait(_GRACE)  # what is deleted next it may still need to write its log
            return _read(text, request)
        finally:
            expected.close()

    def _wait(self, call: Call, invocation: _Invocation, read: Any, request: str) -> bytes:
        limit = min(int(call.properties.get("ServiceTimeout") or _SECONDS), _SECONDS)
        deadline, grace = time.monotonic() + limit, max(_GRACE, limit * call.wait_factor)
        while True:
            ended = invocation.ended.is_set()  # before it is looked: what it put then is seen
            answer: bytes | None = read()
            if answer is not None:
                return answer
            if invocation.refused:
                raise ResourceError(invocation.refused)
            late = invocation.ended_at and time.monotonic() > invocation.ended_at + grace
            if (ended and invocation.problem) or late or time.monotonic() > deadline:
                why = f" The function failed: {invocation.problem}" if invocation.problem else ""
                raise _Unanswered(_SILENT.format(request) + why)
            invocation.ended.wait(_LOOK)
            if ended:
                time.sleep(_LOOK)


def own_token(call: Call) -> str:
    """The ServiceToken. Raises ResourceError unless it is a function of the account and region of the stack."""
    token = str(call.properties.get("ServiceToken", ""))
    found = _FUNCTION.fullmatch(token)
    if found is None:
        raise ResourceError(f"the embedded AWS does not support the ServiceToken {token}: functions of Lambda only")
    if (found["account"], found["region"]) != (call.account, call.region):
        raise ResourceError(f"Invalid service token: {token} is not of the account and region of the stack.")
    return token


class _Unanswered(ResourceError):
    """The function was invoked and did not answer."""


class _Invocation:
    """The function at work: when it `ended`, the `problem` of a failed one, and why it was `refused` to be invoked."""

    def __init__(self, call: Call, token: str, event: dict[str, Any]) -> None:
        self.ended = threading.Event()
        self.ended_at: float | None = None
        self.problem = self.refused = ""
        self._client, self._token, self._event = call.client("lambda"), token, event
        threads.start(self._run, f"custom resource {call.logical_id}")

    def _run(self) -> None:
        try:
            answer = self._client.invoke(FunctionName=self._token, Payload=json.dumps(self._event))
            if answer.get("FunctionError"):
                found = json.loads(answer["Payload"].read() or b"{}")
                self.problem = f"{found.get('errorType')}: {found.get('errorMessage')}"
        except ClientError as error:
            details, metadata = error.response["Error"], error.response.get("ResponseMetadata", {})
            self.refused = (
                f"{details.get('Message')} (Service: AWSLambda; Status Code: {metadata.get('HTTPStatusCode')}; Error "
                f"Code: {details.get('Code')}; Request ID: {metadata.get('RequestId')}; Proxy: null)"
            )
        except (BotoCoreError, ValueError) as error:  # the connection is gone, the function may still run
            self.problem = str(error)
        self.ended_at = time.monotonic()
        self.ended.set()


def _read(text: bytes, request: str) -> dict[str, Any]:
    if len(text) > LONGEST:
        raise ResourceError(f"Response object is too long. (RequestId: {request})")
    try:
        answer = json.loads(text)
    except ValueError:
        answer = None
    if not isinstance(answer, dict) or answer.get("Status") not in ("SUCCESS", "FAILED"):
        raise ResourceError(f"Invalid Json or Status in the response object. (RequestId: {request})")
    return answer | {"RequestId": request}


def _made(answer: dict[str, Any]) -> Made:
    name = answer.get("PhysicalResourceId")
    if not isinstance(name, str) or not name or len(name.encode()) > LONGEST_ID:
        raise ResourceError("Invalid PhysicalResourceId")
    data = answer.get("Data") or {}
    if not isinstance(data, dict):
        raise ResourceError("Invalid Data in the response object: expected an object")
    return Made(name, dict(_attributes(data)))


def _attributes(data: dict[str, Any], prefix: str = "") -> Any:
    """What GetAtt takes: the names in Data, those of objects in it with a dot."""
    for name, value in data.items():
        if isinstance(value, dict):
            yield from _attributes(value, f"{prefix}{name}.")
        yield f"{prefix}{name}", _texts(value)


def _failure(answer: dict[str, Any]) -> ResourceError:
    reason = answer.get("Reason") or "No reason was given."
    return ResourceError(
        f"Received response status [FAILED] from custom resource. Message returned: {reason} "
        f"(RequestId: {answer['RequestId']})"
    )


def _texts(value: Any) -> Any:
    """Properties as events have them: numbers and booleans are texts."""
    if isinstance(value, dict):
        return {name: _texts(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_texts(part) for part in value]
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value
