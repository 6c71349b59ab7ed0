"""The AWS that scripts of jobs see: S3 on the store, SageMaker, who-am-I; everything else is refused by name.

A request is read, verified and understood as the whole embedded AWS does it; there is no second way in.
"""

from __future__ import annotations

import datetime
import json
import logging
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from xml.sax.saxutils import escape

import botocore.session
from werkzeug.wrappers import Response

from rehearsal import aws_hosts, http_request, s3_request, sigv2, sigv4
from rehearsal.accounts import Accounts
from rehearsal.api import ApiError, Caller, Operation, Params
from rehearsal.http_request import HttpRequest, bad
from rehearsal.http_server import HttpServer
from rehearsal.local import s3_rest
from rehearsal.local.objects import Objects
from rehearsal.local.s3_rest import Answer

log = logging.getLogger(__name__)

_LIMIT = 32 << 20  # bytes of every body but S3's
_TARGET = "SageMaker."


class Endpoint:
    """Listens on a free port of 127.0.0.1 until `close`."""

    def __init__(self, accounts: Accounts, objects: Objects, operations: Mapping[str, Operation]) -> None:
        self._accounts, self._objects, self._operations = accounts, objects, operations
        self._services = frozenset({*botocore.session.Session().get_available_services(), "s3", "sagemaker", "sts"})
        self._server = HttpServer(self)
        self.port, self.url, self.answer = self._server.port, self._server.url, self._server.answer
        self._hosts = frozenset({f"127.0.0.1:{self.port}", f"localhost:{self.port}"})
        self._server.start()

    def close(self) -> None:
        """Stop listening."""
        self._server.close()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:  # noqa: D102 (WSGI)
        service = "s3"
        try:
            request = http_request.read(environ, self._hosts)
            address = aws_hosts.address(request.host, self._services)
            old = sigv2.is_signed(request)
            by_path = replace(request, path=address.path_style(request.path))
            request = by_path if old else request  # the old one signs the bucket, not the host
            signature = sigv2.find(request, None) if old else sigv4.find(request, self._services)
            service = signature.service
            address.refuse_other(signature.service, signature.region)
            now = datetime.datetime.now(datetime.UTC)
            identity = self._accounts.authenticate(signature.access_key, signature.token, service, now)
            (sigv2 if old else sigv4).verify(request, signature, identity.secret_key, now)
            request = sigv2.without_signature(by_path) if old else by_path
            caller = Caller(identity.account, signature.region, identity.arn, identity.access_key)
            answer = self._run(request, service, caller)
        except ApiError as error:
            answer = _failure(error, service)
        except Exception:
            log.exception("a request of a job failed")
            answer = _failure(ApiError("InternalFailure", "rehearse pipeline failed at it", 500), service)
        headers = {"Content-Length": str(len(answer.body)), **answer.headers}  # of HEAD: the object's
        response = Response([answer.body], status=answer.status, headers=headers)
        made: Iterable[bytes] = response(environ, start_response)
        return made

    def _run(self, request: HttpRequest, service: str, caller: Caller) -> Answer:
        query = sigv4.without_signature(request)
        if service == "s3":
            found = s3_request.parse(request, query)
            path = f"/{found.bucket}/{found.key}"
            return s3_rest.handle(
                self._objects, s3_rest.Request(found.method, path, found.query, found.headers, found.body)
            )
        if len(request.body) > _LIMIT:
            raise ApiError("RequestEntityTooLarge", f"expected {_LIMIT} bytes at most", 413)
        if service == "sts":
            form = dict(http_request.pairs(request.body.decode("ascii", "replace")) if request.body else query)
            return _identity(caller, form.get("Action", ""), self._accounts)
        target = request.headers.get("x-amz-target", "")
        name = target.removeprefix(_TARGET)
        if service != "sagemaker" or name not in self._operations:
            asked = target.rpartition(".")[2] or f"{request.method} {request.path}"
            text = f"rehearse pipeline does not support {service} {asked}: it has S3 and SageMaker only"
            raise ApiError("UnknownOperationException", text)
        if request.method != "POST" or request.path != "/" or query or not target.startswith(_TARGET):
            raise bad(f"expected POST / with the X-Amz-Target {_TARGET}{name}")
        made: Params = self._operations[name](caller, _parameters(request.body)) or {}
        content = json.dumps(made, default=_seconds).encode()
        return Answer(200, content, {"Content-Type": "application/x-amz-json-1.1"})


def _parameters(body: bytes) -> Params:
    try:
        found = json.loads(body or b"{}")
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ApiError("SerializationException", "the body is no JSON object")
    return found


def _seconds(value: Any) -> float:
    assert isinstance(value, datetime.datetime), value
    return value.timestamp()


def _identity(caller: Caller, action: str, accounts: Accounts) -> Answer:
    if action != "GetCallerIdentity":
        raise ApiError("UnknownOperationException", f"rehearse pipeline does not support sts {action}")
    user_id = accounts.identify(caller.access_key).user_id
    body = (
        '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
        f"<Arn>{escape(caller.arn)}</Arn><UserId>{escape(user_id)}</UserId><Account>{caller.account}</Account>"
        f"</GetCallerIdentityResult><ResponseMetadata><RequestId>{uuid.uuid4()}</RequestId></ResponseMetadata>"
        "</GetCallerIdentityResponse>"
    )
    return Answer(200, body.encode(), {"Content-Type": "text/xml"})


def _failure(error: ApiError, service: str) -> Answer:
    code, text = escape(error.code), escape(error.message)
    if service == "s3":
        return Answer(
            error.status,
            f"<Error><Code>{code}</Code><Message>{text}</Message></Error>".encode(),
            {"Content-Type": "application/xml"},
        )
    if service == "sts":
        body = f"<ErrorResponse><Error><Code>{code}</Code><Message>{text}</Message></Error></ErrorResponse>"
        return Answer(error.status, body.encode(), {"Content-Type": "text/xml"})
    content = json.dumps({"__type": error.code, "message": error.message}).encode()
    return Answer(error.status, content, {"x-amzn-ErrorType": error.code})
