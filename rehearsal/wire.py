"""How a request is answered: in the protocol it came in, and with an id of its own.

https://smithy.io/2.0/aws/protocols/index.html
"""

from __future__ import annotations

import base64
import datetime
import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape

from botocore.parsers import create_parser
from moto.core.serialize import get_serializer_class
from moto.core.utils import get_service_model
from werkzeug.wrappers import Response

from rehearsal import cbor, rest_json
from rehearsal.api import ApiError, Params
from rehearsal.operations import shaped
from rehearsal.refusals import MODELS, QUERY_SERVICES

_ID = re.compile(rb"(?<=<RequestId>)[^<]*(?=</RequestId>)", re.IGNORECASE)
_END = re.compile(rb"</[A-Za-z]+>\s*\Z")


def protocol_of(service: str, headers: Mapping[str, str]) -> str:
    """`s3`, `query`, `ec2`, `json`, `rest` or `cbor`: what a client speaks, by its headers (by lower-case names)."""
    if service == "monitoring" and "smithy-protocol" in headers:
        return "cbor"
    if service in ("s3", "ec2"):
        return service
    if service in rest_json.SERVICES:
        return "rest"
    return "query" if service in QUERY_SERVICES and "x-amz-target" not in headers else "json"


@dataclass(frozen=True)
class Wire:
    """The way back to one client."""

    service: str
    protocol: str
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def answer(self, operation: str, result: Params) -> Response:
        """What an operation of a service of ours gave."""
        if self.protocol == "query":
            made = get_serializer_class(self.service, "query")(self._model(operation)).serialize(result)
            return Response(made["body"], status=made["status_code"], headers=made["headers"])
        if self.protocol == "rest":
            status, headers, body, raw = rest_json.answer_parts(self._model(operation), result)
            if raw:
                return Response(body, status=status, content_type="application/json", headers=headers)
            return Response(status=204) if status == 204 else self._structure(body, status, headers)
        return self._structure(result)

    def failure(self, error: ApiError) -> Response:
        """An error."""
        code, text = error.code, escape(error.message)
        if self.protocol == "s3":
            fields = f"<Code>{code}</Code><Message>{text}</Message><RequestId></RequestId>"
            return Response(f"<Error>{fields}</Error>", status=error.status, content_type="application/xml")
        if self.protocol == "ec2":
            fields = f"<Errors><Error><Code>{code}</Code><Message>{text}</Message></Error></Errors>"
            body = f"<Response>{fields}<RequestID></RequestID></Response>"
            return Response(body, status=error.status, content_type="text/xml")
        if self.protocol == "query":
            fields = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{text}</Message></Error>"
            body = f"<ErrorResponse>{fields}<RequestId></RequestId></ErrorResponse>"
            return Response(body, status=error.status, content_type="text/xml")
        return self._error(code, error.message, error.status)

    def of_moto(self, operation: str, response: Response) -> Response:
        """moto's answer: without what the operation's shape does not have, in the client's protocol."""
        if self.service in QUERY_SERVICES and self.protocol in ("json", "cbor"):
            return self._from_query(operation, response)
        if self.protocol != "json" or response.status_code >= 300:
            return response
        shape = self._model(operation).output_shape
        text = response.get_data()
        response.set_data(json.dumps(shaped(shape, json.loads(text or "{}"))) if shape is not None else text)
        return response

    def identified(self, response: Response) -> Response:
        """The same answer with the request's id, where the protocol has it."""
        for name in ("x-amzn-requestid", "x-amz-request-id", "x-amz-id-2", "x-amz-crc32"):  # which is of moto's body
            response.headers.pop(name, None)
        if self.protocol == "s3":
            short = self.request_id.replace("-", "")[:16].upper()
            response.headers["x-amz-request-id"] = short
            response.headers["x-amz-id-2"] = base64.b64encode(self.request_id.encode()).decode()
            if response.status_code >= 400:
                response.set_data(_ID.sub(short.encode(), response.get_data()))
            return response
        response.headers["x-amzn-RequestId"] = self.request_id
        if self.protocol in ("query", "ec2"):
            response.set_data(self._with_id(response.get_data()))
        return response

    def _with_id(self, body: bytes) -> bytes:
        made, count = _ID.subn(self.request_id.encode(), body)
        if count or self.protocol == "ec2":
            return made
        metadata = f"<ResponseMetadata><RequestId>{self.request_id}</RequestId></ResponseMetadata>".encode()
        return _END.sub(lambda found: metadata + found[0], body)

    def _from_query(self, operation: str, response: Response) -> Response:
        given = {"body": response.get_data(), "headers": dict(response.headers), "status_code": response.status_code}
        shape = self._model(operation).output_shape
        parsed = create_parser("query").parse(given, shape)
        parsed.pop("ResponseMetadata", None)
        if response.status_code >= 300:
            error = parsed["Error"]
            return self._error(error["Code"], error.get("Message", ""), response.status_code)
        return self._structure(parsed)

    def _structure(self, value: Params, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
        if self.protocol == "cbor":
            more = {"smithy-protocol": "rpc-v2-cbor", **(headers or {})}
            return Response(cbor.dumps(value), status=status, content_type="application/cbor", headers=more)
        text = json.dumps(value, default=_plain)
        kind = "application/json" if self.protocol == "rest" else "application/x-amz-json-1.1"
        return Response(text, status=status, content_type=kind, headers=dict(headers or {}))

    def _error(self, code: str, message: str, status: int) -> Response:
        """An error of JSON or CBOR: by the name of its shape, which is not always its code in the query protocol."""
        name, headers = code, {"x-amzn-ErrorType": code}
        if self.service in QUERY_SERVICES:
            shapes = get_service_model(MODELS.get(self.service, self.service)).error_shapes
            name = next((each.name for each in shapes if each.error_code == code), code)
            headers = {"x-amzn-query-error": f"{code};{'Sender' if status < 500 else 'Receiver'}"}
        more = {"Type": "User" if status < 500 else "Service"} if self.protocol == "rest" else {}
        return self._structure({"__type": name, "message": message, **more}, status, headers)

    def _model(self, operation: str) -> Any:
        return get_service_model(MODELS.get(self.service, self.service)).operation_model(operation)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime.datetime):
        return value.timestamp()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(f"{value!r} has no JSON form")
