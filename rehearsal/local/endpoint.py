"""The AWS that scripts of jobs see: S3 on the store, SageMaker, who-am-I; everything else is refused by name."""

from __future__ import annotations

import datetime
import json
import uuid
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

from rehearsal.accounts import Accounts
from rehearsal.api import ApiError, Caller, Operation, Params
from rehearsal.local import s3_rest
from rehearsal.local.objects import Objects
from rehearsal.local.s3_rest import Answer
from rehearsal.threads import serve


class Endpoint:
    """Listens on a free port of 127.0.0.1 until `close`."""

    def __init__(self, accounts: Accounts, objects: Objects, operations: Mapping[str, Operation]) -> None:
        self._server = _Server(accounts, objects, operations)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        serve(self._server, "endpoint")

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, accounts: Accounts, objects: Objects, operations: Mapping[str, Operation]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.accounts, self.objects, self.operations = accounts, objects, operations


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        body = self._body()
        parts = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(parts.query, keep_blank_values=True).items()}
        service = "s3"
        try:
            caller, service = self._caller()
            if service == "s3":
                objects = self.server.objects
                answer = s3_rest.handle(
                    objects, s3_rest.Request(self.command, unquote(parts.path), query, cast(Any, self.headers), body)
                )
            else:
                answer = self._other(caller, service, body)
        except ApiError as error:
            answer = _failure(error, service)
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        length = answer.headers.get("Content-Length")
        if length is None:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = _answer

    def _body(self) -> bytes:
        if self.headers.get("Expect", "").lower() == "100-continue":
            self.send_response_only(100)
            self.end_headers()
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            found = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                found += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return found
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _caller(self) -> tuple[Caller, str]:
        """Whose request it is, and of which service: from its signature."""
        scope = self.headers.get("Authorization", "").partition("Credential=")[2].partition(",")[0].split("/")
        if len(scope) < 5:
            raise ApiError("MissingAuthenticationToken", "Request is missing Authentication Token", 403)
        identity = self.server.accounts.identify(scope[0])
        return Caller(identity.account, scope[2], identity.arn, identity.access_key), scope[3].lower()

    def _other(self, caller: Caller, service: str, body: bytes) -> Answer:
        target = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
        if service == "sts":
            return _identity(caller, parse_qs(body.decode()).get("Action", [""])[0])
        operations = self.server.operations if service == "sagemaker" else {}
        if target not in operations:
            name = target or f"{self.command} {self.path}"
            text = f"rehearse pipeline does not support {service} {name}: it has S3 and SageMaker only"
            raise ApiError("UnknownOperationException", text)
        found: Params = operations[target](caller, json.loads(body or b"{}")) or {}
        content = json.dumps(found, default=_seconds).encode()
        return Answer(200, content, {"Content-Type": "application/x-amz-json-1.1"})

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are not logged one by one."""


def _seconds(value: Any) -> float:
    assert isinstance(value, datetime.datetime), value
    return value.timestamp()


def _identity(caller: Caller, action: str) -> Answer:
    if action != "GetCallerIdentity":
        raise ApiError("UnknownOperationException", f"rehearse pipeline does not support sts {action}")
    body = (
        '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
        f"<Arn>{escape(caller.arn)}</Arn><UserId>{caller.access_key}</UserId><Account>{caller.account}</Account>"
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
