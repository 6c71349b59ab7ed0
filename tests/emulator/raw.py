"""Requests as bytes: signed by botocore, an independent reading of Signature Version 4, and sent as they are."""

from __future__ import annotations

import http.client
import io
import socket
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from botocore.auth import BaseSigner, S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as Keys

from rehearsal.accounts import Credentials
from rehearsal.embedded_aws import EmbeddedAws

REGION = "us-east-1"
JSON, FORM = "application/x-amz-json-1.1", "application/x-www-form-urlencoded"


@dataclass
class Answer:
    """What came back."""

    status: int
    body: bytes
    headers: dict[str, str]

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


@dataclass
class Raw:
    """A request that can be bent after it was signed."""

    method: str
    target: str
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    def with_header(self, name: str, value: str) -> Raw:
        """With one header in the place of those of the same name."""
        kept = [each for each in self.headers if each[0].lower() != name.lower()]
        return Raw(self.method, self.target, [*kept, (name, value)], self.body)

    def and_header(self, name: str, value: str) -> Raw:
        """With one header more."""
        return Raw(self.method, self.target, [*self.headers, (name, value)], self.body)

    def header(self, name: str) -> str:
        return next(value for found, value in self.headers if found.lower() == name.lower())

    def bytes(self) -> bytes:
        """As it goes over the wire."""
        lines = [f"{self.method} {self.target} HTTP/1.1", *(f"{name}: {value}" for name, value in self.headers)]
        return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace") + self.body


def signed(
    world: EmbeddedAws,
    who: Credentials,
    service: str,
    *,
    method: str = "POST",
    target: str = "/",
    body: bytes = b"",
    headers: dict[str, str] | None = None,
    region: str = REGION,
    endpoint: str | None = None,
) -> Raw:
    """A request signed in its header."""
    url = (endpoint or world.endpoint) + target
    request = AWSRequest(method=method, url=url, data=body, headers=headers or {})
    request.headers["Host"] = urlsplit(url).netloc
    signer: BaseSigner = (S3SigV4Auth if service == "s3" else SigV4Auth)(_keys(who), service, region)
    signer.add_auth(request)
    sent = [(name, value if isinstance(value, str) else value.decode()) for name, value in request.headers.items()]
    made = Raw(method, target, sent, body)
    return made.with_header("Content-Length", str(len(body))) if body or method in ("PUT", "POST") else made


def presigned(world: EmbeddedAws, who: Credentials, target: str, *, method: str = "GET", seconds: int = 300) -> Raw:
    """A request of S3 signed in its URL."""
    request = AWSRequest(method=method, url=world.endpoint + target)
    S3SigV4QueryAuth(_keys(who), "s3", REGION, expires=seconds).add_auth(request)
    parts = urlsplit(str(request.url))
    return Raw(method, f"{parts.path}?{parts.query}", [("Host", parts.netloc)])


def json_call(world: EmbeddedAws, who: Credentials, service: str, target: str, body: bytes, **more: Any) -> Raw:
    """A call of a service that speaks JSON."""
    headers = {"Content-Type": JSON, "X-Amz-Target": target}
    return signed(world, who, service, body=body, headers=headers, **more)


def form_call(world: EmbeddedAws, who: Credentials, service: str, body: str, **more: Any) -> Raw:
    """A call of a service that speaks the query protocol."""
    return signed(world, who, service, body=body.encode(), headers={"Content-Type": FORM}, **more)


def send(world: EmbeddedAws, request: Raw | bytes, endpoint: str | None = None) -> Answer:
    """Send the bytes and read one answer; status 0 when there is none."""
    data = request if isinstance(request, bytes) else request.bytes()
    address = urlsplit(endpoint or world.endpoint)
    with socket.create_connection((str(address.hostname), int(address.port or 0)), timeout=20) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        parts = []
        try:
            while part := connection.recv(65536):
                parts.append(part)
        except ConnectionResetError:
            pass
    text = b"".join(parts).removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")
    if not text.startswith(b"HTTP/"):
        return Answer(0, text, {})
    response = http.client.HTTPResponse(_Bytes(text), method=data.split(b" ", 1)[0].decode("latin-1"))  # type: ignore[arg-type]
    response.begin()
    return Answer(response.status, response.read(), {name.lower(): value for name, value in response.getheaders()})


class _Bytes:
    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, *_: Any) -> io.BytesIO:
        return io.BytesIO(self._data)


def _keys(who: Credentials) -> Keys:
    return Keys(who.access_key, who.secret_key, who.session_token)
