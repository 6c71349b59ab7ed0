"""From an HTTP request to the operation and its parameters, for every protocol that reaches the embedded AWS."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from moto.core.responses import PROTOCOL_PARSERS
from moto.core.utils import get_service_model

from rehearsal.api import Caller, Params
from rehearsal.iam.actions import s3
from rehearsal.iam.checks import Asked, Check
from rehearsal.iam.table import rule_of

_INVOKE = re.compile(r"^/endpoints/(?P<name>[^/]+)/invocations$")


class Unmapped(Exception):
    """Nobody has said what this operation needs; the text names it."""


def checks_of(request: Any, service: str, operation: str, caller: Caller) -> list[Check]:
    """What a request needs to be allowed. Raises Unmapped."""
    if service == "s3" and not request.headers.get("X-Amz-Target"):
        parsed = s3.parse(
            request.method,
            request.host,
            request.path,
            query=request.query_string.decode(),
            headers=dict(request.headers),
            body=request.get_data() if request.method == "POST" else b"",
        )
        try:
            return list(s3.checks(parsed, caller))
        except s3.Unmapped as unmapped:
            raise Unmapped(f"s3 {unmapped}") from None
    invoked = _INVOKE.match(request.path) if service == "sagemaker" else None
    if invoked:
        operation = "InvokeEndpoint"
    rule = rule_of(service, operation)
    if rule is None:
        raise Unmapped(f"{service} {operation}")
    params = {"EndpointName": invoked["name"]} if invoked else parameters(request, service, operation)
    made: Iterable[Check] = rule(Asked(service, operation, params, caller))
    return list(made)


def parameters(request: Any, service: str, operation: str) -> Params:
    """The parameters of a request of the JSON or the query protocol."""
    if request.headers.get("X-Amz-Target"):
        found: Params = json.loads(request.get_data() or b"{}")
        return found
    model = get_service_model("cloudwatch" if service == "monitoring" else service).operation_model(operation)
    parsed: Params = PROTOCOL_PARSERS["ec2" if service == "ec2" else "query"](model).parse(
        {
            "method": request.method,
            "values": request.values,
            "headers": request.headers,
            "body": request.data,
            "url_path": request.path,
            "url_params": {},
        }
    )
    return parsed
