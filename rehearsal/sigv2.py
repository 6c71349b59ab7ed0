"""Signature Version 2 in URLs, as S3 still takes it in its oldest regions: what boto3 and `aws s3 presign` make there.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/RESTAuthentication.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/specify-signature-version.html
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import hmac
import re
from dataclasses import replace

from rehearsal.api import ApiError
from rehearsal.http_request import HttpRequest
from rehearsal.refusals import refused
from rehearsal.sigv4 import Signature

# Those launched before 30 January 2014; all others take Version 4 alone.
REGIONS = frozenset({
    "us-east-1", "us-west-1", "us-west-2", "eu-west-1", "ap-southeast-1", "ap-southeast-2", "ap-northeast-1",
    "sa-east-1", "us-gov-west-1",
})  # fmt: skip
_NAMES = ("AWSAccessKeyId", "Signature", "Expires")
_TOKEN = "x-amz-security-token"
_KEY = re.compile(r"[A-Za-z0-9]{1,128}", re.ASCII)
# The parameters that are signed ...
_SIGNED = frozenset({
    "accelerate", "acl", "cors", "delete", "inventory", "lifecycle", "location", "logging", "notification",
    "object-lock", "partNumber", "policy", "replication", "restore", "select", "select-type", "tagging", "torrent",
    "uploadId", "uploads", "versionId", "versioning", "versions", "website",
    "response-cache-control", "response-content-disposition", "response-content-encoding",
    "response-content-language", "response-content-type", "response-expires",
})  # fmt: skip
# ... and those that only narrow or page a list. Any other could be put behind a signed URL to ask for something else.
_LISTING = frozenset({
    "continuation-token", "delimiter", "encoding-type", "fetch-owner", "key-marker", "list-type", "marker", "max-keys",
    "prefix", "start-after", "upload-id-marker", "version-id-marker",
})  # fmt: skip
_HEADERS = frozenset({"content-md5", "content-type"})  # botocore repeats them in the URL


def is_signed(request: HttpRequest) -> bool:
    """Whether a request has anything of such a signature."""
    lower = {name.lower() for name in _NAMES}
    return any(name.lower() in lower for name, _ in request.query) and not any(
        name.lower() in ("x-amz-signature", "x-amz-algorithm", "x-amz-credential") for name, _ in request.query
    )


def find(request: HttpRequest, region: str | None) -> Signature:
    """The signature of a request, unverified; `region` is that of its bucket, None when there is no such bucket.

    Raises ApiError in the words of S3 where it takes none, and for one that is not whole.
    """
    if "authorization" in request.headers:
        raise ApiError("InvalidRequest", "Only one auth mechanism allowed: the header Authorization or the URL", 400)
    if region is not None and region not in REGIONS:
        text = "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."
        raise ApiError("InvalidRequest", text, 400)
    given = request.parameters
    if any(name not in given for name in _NAMES):
        text = "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters"
        raise ApiError("AccessDenied", text, 403)
    if not re.fullmatch(r"[0-9]{1,11}", given["Expires"]):
        raise ApiError("AccessDenied", f"Invalid date (should be seconds since epoch): {given['Expires']}", 403)
    if not _KEY.fullmatch(given["AWSAccessKeyId"]):
        raise refused("unknown key", "s3", "The AWS Access Key Id you provided does not exist in our records.")
    others = sorted(set(given) - {*_NAMES, _TOKEN} - _SIGNED - _LISTING - _HEADERS)
    if others or any(given.get(name, request.headers.get(name)) != request.headers.get(name) for name in _HEADERS):
        text = f"The parameters {', '.join(others) or 'of headers'} are not part of what is signed"
        raise ApiError("InvalidRequest", text, 400)
    token = given.get(_TOKEN)
    if token is not None and _TOKEN in request.headers:
        raise ApiError("InvalidRequest", "The token is either in the URL or in a header", 400)
    return Signature(
        access_key=given["AWSAccessKeyId"],
        date="",
        region=region or "us-east-1",
        service="s3",
        signed_headers=(),
        value=given["Signature"],
        time=given["Expires"],
        token=token or request.headers.get(_TOKEN),
        seconds=None,
    )


def verify(request: HttpRequest, found: Signature, secret: str, now: datetime.datetime) -> None:
    """Raises ApiError when the signature is not that of this request by `secret`, or the URL has expired."""
    if now.timestamp() > int(found.time):
        raise refused("expired url", "s3", "Request has expired")
    given, right = found.value.encode("latin-1", "replace"), False
    for path in _paths(request):
        signed = string_to_sign(request, found, path).encode("latin-1", "replace")
        right |= hmac.compare_digest(base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha1).digest()), given)
    if not right:
        text = "The request signature we calculated does not match the signature you provided. Check your key and "
        raise refused("mismatch", "s3", text + "signing method.")


def _paths(request: HttpRequest) -> tuple[str, ...]:
    """What the resource may be called: botocore signs a bucket as `/BUCKET/` and asks for `/BUCKET`."""
    bucket = request.path.count("/") == 1 and len(request.path) > 1
    return (request.path, f"{request.path}/") if bucket else (request.path,)


def string_to_sign(request: HttpRequest, found: Signature, path: str) -> str:
    """What is signed: method, headers, the time of expiry and the resource with what is asked of it."""
    headers = {name: value for name, value in request.headers.items() if name.startswith("x-amz-")}
    if found.token is not None:
        headers[_TOKEN] = found.token
    lines = [request.method, request.headers.get("content-md5", ""), request.headers.get("content-type", "")]
    lines += [found.time, *(f"{name}:{' '.join(headers[name].split())}" for name in sorted(headers))]
    asked = sorted((name, value) for name, value in request.query if name in _SIGNED)
    query = "&".join(f"{name}={value}" if value else name for name, value in asked)
    return "\n".join([*lines, f"{path}{f'?{query}' if query else ''}"])


def without_signature(request: HttpRequest) -> HttpRequest:
    """The request without what signs it: what is decided and run."""
    names = {*_NAMES, _TOKEN, *_HEADERS}
    return replace(request, query=tuple(pair for pair in request.query if pair[0] not in names))
