"""One HTTP request out of the bytes that came. What two readers could understand differently is refused, not chosen."""

from __future__ import annotations

import re
import ssl
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from werkzeug.serving import WSGIRequestHandler

from rehearsal import aws_hosts
from rehearsal.api import ApiError

_METHODS = ("GET", "HEAD", "PUT", "POST", "DELETE")
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_TARGET = re.compile(r"/[!-~]*")  # a path and perhaps a query: printable ASCII without space, no scheme, no host
_ESCAPES = re.compile(r"%(?![0-9A-Fa-f]{2})")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_LISTS = frozenset({"tagKeys"})  # parameters of queries that come several times: the only ones of our services
_LIMIT = 5 << 30  # of S3 for one upload, the largest of all services

_HEADERS, _MALFORMED = "rehearsal.headers", "rehearsal.malformed"
_FOR_AWS = "rehearsal.for_aws"  # whether it came to one of AWS's hosts, for which a server with a certificate stands


@dataclass(frozen=True)
class HttpRequest:
    """A request: `path` as it was sent (percent-encoded), `query` decoded, `headers` by lower-case name."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: bytes

    @property
    def host(self) -> str:
        """As the client named it."""
        return self.headers["host"]

    @property
    def parameters(self) -> dict[str, str]:
        """The query by name."""
        return dict(self.query)


def note(environ: dict[str, Any], handler: WSGIRequestHandler) -> None:
    """Keep in `environ` what a WSGI server would fold or not say: the headers as they came, and where to."""
    environ[_HEADERS] = list(handler.headers.items())
    environ[_MALFORMED] = bool(handler.headers.defects or handler.headers.get_payload())
    environ[_FOR_AWS] = isinstance(handler.connection, ssl.SSLSocket)


def read(environ: Mapping[str, Any], hosts: Collection[str]) -> HttpRequest:
    """The request of a WSGI environment that went through `note`.

    Host has to be one of `hosts`, and of a request that came to one of AWS's hosts, such a one.

    Raises ApiError for everything that is malformed, repeated or meant for another host.
    """
    method, target = environ["REQUEST_METHOD"], environ["RAW_URI"]
    if method not in _METHODS:
        raise ApiError("MethodNotAllowed", f"got the method {method!r}, expected one of {', '.join(_METHODS)}", 405)
    if not _TARGET.fullmatch(target) or _ESCAPES.search(target) or "#" in target:
        raise bad("the request target is no path with a query of percent-encoded ASCII")
    headers = _headers(environ[_HEADERS], malformed=environ[_MALFORMED])
    host = headers.get("host", "")
    if not (aws_hosts.is_aws(host) if environ[_FOR_AWS] else host in hosts):
        expected = "one of AWS's" if environ[_FOR_AWS] else f"one of {', '.join(sorted(hosts))}"
        raise bad(f"got the host {host!r}, expected {expected}")
    path, _, query = target.partition("?")
    return HttpRequest(method, path, pairs(query), headers, _body(environ, headers))


def decoded(text: str) -> str:
    """Percent-decoded text. Raises ApiError when it is no UTF-8 or has a NUL."""
    try:
        made = unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise bad("a percent-encoded part of the request target is no UTF-8") from None
    if "\0" in made:
        raise bad("the request target has a NUL")
    return made


def pairs(text: str) -> tuple[tuple[str, str], ...]:
    """The pairs of a query or form, in order. Raises ApiError for a name that comes twice."""
    split = (each.partition("=") for each in text.split("&") if each)
    made = tuple((decoded(name.replace("+", " ")), decoded(value.replace("+", " "))) for name, _, value in split)
    names = [name for name, _ in made if name not in _LISTS]
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ApiError("MalformedQueryString", f"the parameter {twice!r} comes more than once", 400)
    return made


def bad(message: str) -> ApiError:
    """The error for a request that is no good HTTP."""
    return ApiError("BadRequest", message, 400)


def _headers(given: Iterable[tuple[str, str]], *, malformed: bool) -> dict[str, str]:
    if malformed:
        raise bad("the headers are malformed")
    made: dict[str, str] = {}
    folded: set[str] = set()
    for name, value in given:
        if not _TOKEN.fullmatch(name) or _CONTROL.search(value):
            raise bad(f"the header {name!r} is malformed")
        lower = name.lower()
        if lower.replace("_", "-") in folded:  # a WSGI server would make one of them
            raise bad(f"the header {name!r} comes more than once")
        if lower.startswith("x-moto"):
            raise bad(f"the header {name!r} is none of AWS's")
        folded.add(lower.replace("_", "-"))
        made[lower] = value.strip(" \t")
    return made


def _body(environ: Mapping[str, Any], headers: Mapping[str, str]) -> bytes:
    """The whole body: of `Content-Length` bytes, or in chunks, not both."""
    coding, length = headers.get("transfer-encoding"), headers.get("content-length")
    if coding is not None:
        if coding.lower() != "chunked" or length is not None:
            raise bad("expected either Content-Length or Transfer-Encoding: chunked")
        try:
            return bytes(environ["wsgi.input"].read())
        except OSError as error:
            raise bad(f"the chunks of the body are malformed: {error}") from None
    if length is None or length == "0":
        return b""
    if not re.fullmatch(r"[0-9]{1,12}", length) or int(length) > _LIMIT:
        raise bad(f"got the Content-Length {length!r}, expected a number up to {_LIMIT}")
    body = bytes(environ["wsgi.input"].read(int(length)))
    if len(body) != int(length):
        raise ApiError("IncompleteBody", f"got {len(body)} bytes, Content-Length says {length}", 400)
    return body
