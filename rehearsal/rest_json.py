"""Requests and answers of services that speak REST with JSON: an operation is a method and a path of its model.

https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moto.core.utils import get_service_model

from rehearsal.api import ApiError, Params
from rehearsal.http_request import HttpRequest, decoded

SERVICES = frozenset({"lambda"})
"""Those of the embedded AWS, by signing name."""

_LABEL = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Route:
    """Where an operation is: its method, the form of its path, and the pairs that its query must have."""

    operation: str
    method: str
    path: re.Pattern[str]
    query: Mapping[str, str]


@dataclass(frozen=True)
class Found:
    """An operation that a request means, with what its path, query and headers say; `payload` names its raw body."""

    operation: str
    located: Params
    payload: str | None


def find(service: str, request: HttpRequest, query: Mapping[str, str | list[str]]) -> Found | None:
    """The operation of a request with `query` (without its signature); None where there is none.

    Raises ApiError for a value that is no number or boolean, and for a query that the operation does not have.
    """
    path = request.path.rstrip("/")
    for route in _routes(service):
        matched = route.path.fullmatch(path)
        if route.method != request.method or matched is None or not route.query.items() <= query.items():
            continue
        labels = {name: decoded(value) for name, value in matched.groupdict().items()}
        shape = get_service_model(service).operation_model(route.operation).input_shape
        located: Params = {}
        asked = {name: value for name, value in query.items() if name not in route.query}
        for name, member in shape.members.items() if shape is not None else ():
            value = _located(member, name, labels, asked, request.headers)
            if value is not None:
                located[name] = _typed(member, name, value)
        if asked:
            raise ApiError("InvalidRequestContentException", f"unknown query parameters {', '.join(sorted(asked))}")
        return Found(route.operation, located, shape.serialization.get("payload") if shape is not None else None)
    return None


def answer_parts(model: Any, result: Params) -> tuple[int, dict[str, str], Any, str | None]:
    """The status, the headers, the body (raw bytes or an object) of an answer, and the member that is its raw body."""
    shape, status = model.output_shape, int(model.http.get("responseCode", 200))
    headers: dict[str, str] = {}
    body: Params = {}
    payload = shape.serialization.get("payload") if shape is not None else None
    for name, value in result.items():
        member = shape.members[name]
        location = member.serialization.get("location")
        if location == "statusCode":
            status = int(value)
        elif location == "header":
            headers[member.serialization.get("name", name)] = str(value)
        elif name != payload:
            body[member.serialization.get("name", name)] = value
    return status, headers, result.get(payload, b"") if payload else body, payload


def _located(
    member: Any, name: str, labels: Mapping[str, str], asked: Params, headers: Mapping[str, str]
) -> str | list[str] | None:
    """What a request says of a member outside of its body; of `asked` it is taken away."""
    where, called = member.serialization.get("location"), member.serialization.get("name", name)
    if where == "uri":
        return labels[called]
    if where == "header":
        return headers.get(called.lower())
    if where == "querystring":
        found: str | list[str] | None = asked.pop(called, None)
        return [found] if isinstance(found, str) and member.type_name == "list" else found
    return None


def _typed(shape: Any, name: str, value: str | list[str]) -> Any:
    if shape.type_name in ("integer", "long"):
        if not isinstance(value, str) or not re.fullmatch(r"-?\d{1,18}", value, re.ASCII):
            raise ApiError("SerializationException", f"{name}: got {value!r}, expected a number")
        return int(value)
    if shape.type_name == "boolean":
        if value not in ("true", "false"):
            raise ApiError("SerializationException", f"{name}: got {value!r}, expected true or false")
        return value == "true"
    return value


@functools.cache
def _routes(service: str) -> tuple[Route, ...]:
    """Every operation of a service, those with a query of their own first."""
    model = get_service_model(service)
    made = [_route(name, model.operation_model(name).http) for name in model.operation_names]
    return tuple(sorted(made, key=lambda route: -len(route.query)))


def _route(name: str, http: Mapping[str, Any]) -> Route:
    path, _, query = http["requestUri"].partition("?")
    parts = _LABEL.split(path.rstrip("/"))
    form = "".join(f"(?P<{each}>[^/]+)" if index % 2 else re.escape(each) for index, each in enumerate(parts))
    fixed = dict(each.split("=", 1) for each in query.split("&")) if query else {}
    return Route(name, http["method"], re.compile(form), fixed)
