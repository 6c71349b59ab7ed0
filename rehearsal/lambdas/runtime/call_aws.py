"""Makes one call of AWS for the stand-in of the JavaScript SDK: asked and answered in JSON, on stdin and stdout."""

from __future__ import annotations

import base64
import datetime
import json
import sys
from typing import Any

import boto3
from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError, WaiterError

# botocore's name of a service where the name of its package (client-NAME) is another one
_NAMES = {
    "cloudwatch-logs": "logs", "cloudwatch-events": "events", "cognito-identity-provider": "cognito-idp",
    "elastic-load-balancing-v2": "elbv2", "eventbridge": "events", "sfn": "stepfunctions",
}  # fmt: skip


def main() -> None:
    """See the module."""
    asked = json.load(sys.stdin)
    name = asked["service"]
    try:
        client = boto3.client(_NAMES.get(name, name), region_name=asked["region"])
        answer: dict[str, Any] = {"answer": _answer(client, asked)}
    except ClientError as error:
        details, metadata = error.response["Error"], error.response.get("ResponseMetadata", {})
        told = {"name": details.get("Code"), "message": details.get("Message"),
                "status": metadata.get("HTTPStatusCode", 400), "request": metadata.get("RequestId")}  # fmt: skip
        answer = {"error": told}
    except (BotoCoreError, WaiterError, ValueError, StopIteration) as error:
        text = str(error) or f"{name} has no {asked['operation']}"
        answer = {"error": {"name": type(error).__name__, "message": text, "status": 400, "request": None}}
    json.dump(answer, sys.stdout, default=_plain)


def _answer(client: Any, asked: dict[str, Any]) -> Any:
    operation, params = asked["operation"], _given(asked["params"])
    if asked["kind"] == "wait":
        client.get_waiter(xform_name(operation)).wait(**params)
        return None
    method = next(name for name, api in client.meta.method_to_api_mapping.items() if api == operation)
    if asked["kind"] == "pages":
        return list(client.get_paginator(method).paginate(**params))
    answer = getattr(client, method)(**params)
    metadata = answer.pop("ResponseMetadata", {})
    return answer | {
        "$metadata": {"httpStatusCode": metadata.get("HTTPStatusCode"), "requestId": metadata.get("RequestId")}
    }


def _given(value: Any) -> Any:
    if isinstance(value, dict):
        if "$bytes" in value:
            return base64.b64decode(value["$bytes"])
        if "$date" in value:
            return datetime.datetime.fromisoformat(value["$date"])
        return {name: _given(part) for name, part in value.items()}
    return [_given(part) for part in value] if isinstance(value, list) else value


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, datetime.datetime):
        return {"$date": value.isoformat()}
    if hasattr(value, "read"):
        # the payload of a function is bytes in the SDK, the body of an object a stream
        return {"$bytes": base64.b64encode(value.read()).decode(), "stream": True}
    return str(value)


if __name__ == "__main__":
    main()
