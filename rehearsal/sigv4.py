"""Signature Version 4: the one signature of a request, in its header or its URL, and whether it is the right one.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import datetime
import functools
import hashlib
import hmac
import posixpath
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from rehearsal import aws_chunked, regions
from rehearsal.api import ApiError
from rehearsal.http_request import HttpRequest, decoded
from rehearsal.refusals import refused

_ALGORITHM = "AWS4-HMAC-SHA256"
_HEADER = re.compile(
    rf"{_ALGORITHM} Credential=(?P<credential>[^,\s]+), ?SignedHeaders=(?P<headers>[a-z0-9;_.-]+), ?"
    r"Signature=(?P<signature>[0-9a-f]{64})"
)
_CREDENTIAL = re.compile(
    r"(?P<key>[A-Za-z0-9]{1,128})/(?P<date>\d{8})/(?P<region>[a-z0-9-]+)/(?P<service>[a-z0-9-]+)/aws4_request", re.ASCII
)
_TIME = re.compile(r"\d{8}T\d{6}Z", re.ASCII)
_URL = ("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders", "X-Amz-Signature")
_TOKEN, _HASH = "X-Amz-Security-Token", "X-Amz-Content-Sha256"
_WEEK = 7 * 24 * 3600
_SKEW, _SKEW_S3 = datetime.timedelta(minutes=5), datetime.timedelta(minutes=15)
UNSIGNED = "UNSIGNED-PAYLOAD"


@dataclass(frozen=True)
class Signature:
    """A signature and what it is made with; `seconds` is how long a signed URL is good, None in a header."""

    access_key: str
    date: str
    region: str
    service: str
    signed_headers: tuple[str, ...]
    value: str
    time: str
    token: str | None
    seconds: int | None

    @property
    def scope(self) -> str:
        """The credential scope."""
        return f"{self.date}/{self.region}/{self.service}/aws4_request"


def nobody(request: HttpRequest) -> bool:
    """Whether nothing in a request says who sends it."""
    named = {*request.headers, *(name.lower() for name, _ in request.query)}
    return not named & {"authorization", _TOKEN.lower(), *_signing_names()}


def find(request: HttpRequest, services: Collection[str]) -> Signature:
    """The signature of a request, unverified. Raises ApiError without exactly one, for a known service and region."""
    in_url = [name for name, _ in request.query if name.lower() in _signing_names()]
    header = request.headers.get("authorization")
    if header is None and not in_url:
        raise ApiError("MissingAuthenticationToken", "Request is missing Authentication Token", 403)
    if header is not None and in_url:
        raise ApiError("InvalidRequest", "Only one auth mechanism allowed: the header Authorization or the URL", 400)
    return _of_header(request, header, services) if header is not None else _of_url(request, in_url, services)


def verify(request: HttpRequest, found: Signature, secret: str, now: datetime.datetime) -> None:
    """Raises ApiError when the signature is not that of this request by `secret`, too old, or from the future."""
    _in_time(found, now)
    unsigned = [
        name for name in request.headers if name.startswith("x-amz-") and name not in found.signed_headers
    ]  # what changes a request must be signed
    if unsigned:
        text = f"There were headers present in the request which were not signed: {', '.join(sorted(unsigned))}"
        raise refused("mismatch", found.service, text)
    payload = _payload(request, found)
    canonical = canonical_request(request, found, payload)
    to_sign = f"{_ALGORITHM}\n{found.time}\n{found.scope}\n{hashlib.sha256(canonical).hexdigest()}"
    key = signing_key(secret, found.date, found.region, found.service)
    expected = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, found.value):
        text = "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
        raise refused("mismatch", found.service, text + "Access Key and signing method.")
    if payload == aws_chunked.SIGNED:
        seed = aws_chunked.Seed(found.time, found.scope, key, found.value)
        aws_chunked.verify(request.body, seed)


def without_signature(request: HttpRequest) -> tuple[tuple[str, str], ...]:
    """The query without what signs it."""
    return tuple((name, value) for name, value in request.query if name.lower() not in _signing_names())


def canonical_request(request: HttpRequest, found: Signature, payload: str) -> bytes:
    """The text that is signed. S3 encodes a path once, the other services twice."""
    if found.service == "s3":
        path = quote(decoded(request.path), safe="/~")
    else:
        normal = posixpath.normpath(request.path) + ("/" if request.path.endswith("/") and request.path != "/" else "")
        path = quote("/" + normal.lstrip("/"), safe="/~")
    query = sorted(
        (quote(name, safe="-_.~"), quote(value, safe="-_.~"))
        for name, value in request.query
        if name != "X-Amz-Signature"
    )
    lines = [f"{name}:{' '.join(request.headers[name].split())}" for name in found.signed_headers]
    parts = [request.method, path, "&".join(f"{name}={value}" for name, value in query), *lines, ""]
    return "\n".join([*parts, ";".join(found.signed_headers), payload]).encode("latin-1", "replace")


@functools.lru_cache(maxsize=1024)
def signing_key(secret: str, date: str, region: str, service: str) -> bytes:
    """The key for one day, region and service."""
    key = f"AWS4{secret}".encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key


@functools.cache
def _signing_names() -> frozenset[str]:
    """The names of the parameters of a signed URL, in lower case: in another case they are refused, not ignored."""
    return frozenset(name.lower() for name in (*_URL, _TOKEN, _HASH))


def _of_header(request: HttpRequest, header: str, services: Collection[str]) -> Signature:
    matched = _HEADER.fullmatch(header)
    if matched is None:
        text = f"Authorization header requires '{_ALGORITHM} Credential=..., SignedHeaders=..., Signature=...'"
        raise refused("incomplete", "sts", text)
    credential = _credential(matched["credential"], services)
    time = request.headers.get("x-amz-date", "")
    token = request.headers.get("x-amz-security-token")
    return _signature(request, credential, matched["headers"], matched["signature"], time=time, token=token)


def _of_url(request: HttpRequest, names: Collection[str], services: Collection[str]) -> Signature:
    given = request.parameters
    missing = [name for name in _URL if name not in given]
    wrong = sorted(set(names) - {*_URL, _TOKEN, _HASH})
    if missing or wrong or given["X-Amz-Algorithm"] != _ALGORITHM:
        text = f"A signed URL has exactly {', '.join(_URL)} ({_ALGORITHM}) and perhaps {_TOKEN}"
        raise refused("incomplete", "sts", text)
    credential = _credential(given["X-Amz-Credential"], services)
    seconds = given["X-Amz-Expires"]
    if not re.fullmatch(r"[0-9]{1,6}", seconds) or int(seconds) > _WEEK:
        raise refused("incomplete", credential["service"], f"X-Amz-Expires must be a number up to {_WEEK}")
    if not re.fullmatch(r"[0-9a-f]{64}", given["X-Amz-Signature"]):
        raise refused("mismatch", credential["service"], "X-Amz-Signature is no signature")
    if "x-amz-security-token" in request.headers or "x-amz-date" in request.headers:
        raise refused("incomplete", credential["service"], "date and token are either in the URL or in headers")
    return _signature(
        request,
        credential,
        given["X-Amz-SignedHeaders"],
        given["X-Amz-Signature"],
        time=given["X-Amz-Date"],
        token=given.get(_TOKEN),
        seconds=int(seconds),
    )


def _credential(text: str, services: Collection[str]) -> Mapping[str, str]:
    matched = _CREDENTIAL.fullmatch(text)
    if matched is None:
        text = "Credential must have exactly 5 slash-delimited elements: KEY/DATE/REGION/SERVICE/aws4_request"
        raise refused("incomplete", "sts", text)
    service, region = matched["service"], matched["region"]
    if service not in services:
        raise refused("mismatch", "sts", f"Credential should be scoped to a known service, not {service}")
    if region not in regions.known():
        raise refused("mismatch", service, f"Credential should be scoped to a valid region, not {region}")
    return matched.groupdict()


def _signature(
    request: HttpRequest,
    credential: Mapping[str, str],
    names: str,
    value: str,
    *,
    time: str,
    token: str | None,
    seconds: int | None = None,
) -> Signature:
    service = credential["service"]
    if not _TIME.fullmatch(time):
        raise refused("incomplete", service, "X-Amz-Date must be in the ISO8601 basic format YYYYMMDD'T'HHMMSS'Z'")
    if not time.startswith(credential["date"]):
        text = f"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date: {time}"
        raise refused("mismatch", service, text)
    signed = tuple(names.split(";"))
    if "host" not in signed or list(signed) != sorted(set(signed)) or not set(signed) <= set(request.headers):
        raise refused("mismatch", service, "SignedHeaders must be headers of the request in order, 'host' among them")
    return Signature(
        credential["key"], credential["date"], credential["region"], service, signed, value, time, token, seconds
    )


def _in_time(found: Signature, now: datetime.datetime) -> None:
    try:
        signed = datetime.datetime.strptime(found.time, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.UTC)
    except ValueError:
        raise refused("incomplete", found.service, f"X-Amz-Date {found.time} is no time") from None
    skew = _SKEW_S3 if found.service == "s3" else _SKEW
    if signed > now + skew:
        raise refused("time", found.service, f"Signature not yet current: {found.time} is later than now")
    if found.seconds is not None:
        if now > signed + datetime.timedelta(seconds=found.seconds):
            raise refused("expired url", found.service, "Request has expired")
    elif signed < now - skew:
        raise refused("time", found.service, f"Signature expired: {found.time} is earlier than now - {skew}")


def _payload(request: HttpRequest, found: Signature) -> str:
    """What the signature says of the body: its hash, which is checked; S3 alone takes bodies that are not signed."""
    given = request.headers.get("x-amz-content-sha256")
    if found.service != "s3":
        actual = hashlib.sha256(request.body).hexdigest()
        if given not in (None, actual):
            raise refused("mismatch", found.service, "x-amz-content-sha256 is not the SHA-256 of the body")
        return actual
    if found.seconds is not None and given is None:
        given = request.parameters.get(_HASH, UNSIGNED)
    if given in (UNSIGNED, aws_chunked.SIGNED, aws_chunked.UNSIGNED):
        return str(given)
    if given != hashlib.sha256(request.body).hexdigest():
        text = "The provided 'x-amz-content-sha256' header does not match what was computed."
        raise ApiError("XAmzContentSHA256Mismatch", text, 400)
    return given
