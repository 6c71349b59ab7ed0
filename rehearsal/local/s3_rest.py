"""S3's REST interface on the files of a store: what scripts need to read, write and list objects.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
"""

from __future__ import annotations

import io
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import format_datetime
from typing import Any
from urllib.parse import quote, unquote
from xml.sax.saxutils import escape

from rehearsal.api import ApiError
from rehearsal.local.clients import head
from rehearsal.local.objects import ObjectError, Objects

_NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
_UPLOADS = ".uploads"  # the bucket of parts; no bucket of S3 begins with a dot
# Query members that change nothing here; any other means an operation that is not here.
_PLAIN = frozenset({"list-type", "prefix", "delimiter", "max-keys", "continuation-token", "start-after",
                    "encoding-type", "fetch-owner", "marker", "x-id", "uploadId", "uploads", "partNumber",
                    "delete", "location", "part-number"})  # fmt: skip
_PAGE = 1000


@dataclass(frozen=True)
class Request:
    """A path-style request; header names are in lower case, the body is plain."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def place(self) -> tuple[str, str]:
        """Bucket and key."""
        bucket, _, key = self.path.removeprefix("/").partition("/")
        return bucket, key


@dataclass(frozen=True)
class Answer:
    """An HTTP answer."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def handle(objects: Objects, request: Request) -> Answer:
    """Answer a request. Raises ApiError with S3's codes."""
    bucket, key = request.place
    unknown = sorted(set(request.query) - _PLAIN)
    if unknown or not bucket:
        raise _unsupported(f"{request.method} {request.path} {' '.join(unknown)}".strip())
    try:
        if not key:
            return _bucket(objects, request)
        if "uploads" in request.query or "uploadId" in request.query:
            return _multipart(objects, request)
        return _object(objects, request)
    except ObjectError as error:
        raise ApiError(error.code, str(error), 404 if error.code.startswith("NoSuch") else 400) from None


def _put(objects: Objects, request: Request) -> Answer:
    bucket, key = request.place
    source = request.headers.get("x-amz-copy-source")
    content = request.body
    if source:
        other, _, name = unquote(source).lstrip("/").partition("/")
        content = objects.find(other, name.partition("?")[0]).read_bytes()
    found = head(objects.put(bucket, key, io.BytesIO(content)))
    if not source:
        return Answer(200, headers={"ETag": found["ETag"]})
    modified = f"{found['LastModified']:%Y-%m-%dT%H:%M:%S.000Z}"
    return _xml(
        f"<CopyObjectResult><ETag>{escape(found['ETag'])}</ETag><LastModified>{modified}</LastModified>"
        "</CopyObjectResult>"
    )


def _object(objects: Objects, request: Request) -> Answer:
    method, headers = request.method, request.headers
    bucket, key = request.place
    if method == "PUT":
        return _put(objects, request)
    if method == "DELETE":
        objects.delete(bucket, key)
        return Answer(204)
    if method not in ("GET", "HEAD"):
        raise _unsupported(f"{method} of an object")
    path = objects.find(bucket, key)
    found = head(path)
    shown = {
        "ETag": found["ETag"],
        "Last-Modified": format_datetime(found["LastModified"], usegmt=True),
        "Accept-Ranges": "bytes",
        "Content-Type": "binary/octet-stream",
    }
    if method == "HEAD":
        return Answer(200, headers=shown | {"Content-Length": str(found["ContentLength"])})
    content = path.read_bytes()
    ranged = re.fullmatch(r"bytes=(\d+)-(\d*)", headers.get("range", ""))
    if not ranged:
        return Answer(200, content, shown)
    start, end = int(ranged[1]), min(int(ranged[2] or len(content) - 1), len(content) - 1)
    return Answer(206, content[start : end + 1], shown | {"Content-Range": f"bytes {start}-{end}/{len(content)}"})


def _bucket(objects: Objects, request: Request) -> Answer:
    method, query, bucket = request.method, request.query, request.place[0]
    if method in {"PUT", "HEAD"}:
        return Answer(200)  # a bucket is there once something is in it
    if method == "POST" and "delete" in query:
        keys = [_unescape(key) for key in re.findall(r"<Key>(.*?)</Key>", request.body.decode())]
        for key in keys:
            objects.delete(bucket, key)
        done = "".join(f"<Deleted><Key>{escape(key)}</Key></Deleted>" for key in keys)
        return _xml(f"<DeleteResult {_NAMESPACE}>{done}</DeleteResult>")
    if method == "GET" and "location" in query:
        return _xml(f"<LocationConstraint {_NAMESPACE}/>")
    if method != "GET":
        raise _unsupported(f"{method} of a bucket")
    return _list(objects, bucket, query)


def _list(objects: Objects, bucket: str, query: Mapping[str, str]) -> Answer:
    prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
    after = query.get("continuation-token") or query.get("start-after") or query.get("marker") or ""
    encode = quote if query.get("encoding-type") == "url" else str
    limit = min(int(query.get("max-keys", _PAGE)), _PAGE)
    rows: list[str] = []
    folders: dict[str, None] = {}
    last, more = "", False
    for key in objects.keys(bucket, prefix):
        folder = prefix + key[len(prefix) :].partition(delimiter)[0] + delimiter if delimiter else ""
        grouped = bool(delimiter) and delimiter in key[len(prefix) :]
        if (folder if grouped else key) <= after or (grouped and folder in folders):
            continue
        if len(rows) + len(folders) >= limit:
            more = True
            break
        last = folder if grouped else key
        if grouped:
            folders[folder] = None
        else:
            found = head(objects.find(bucket, key))
            rows.append(
                f"<Contents><Key>{escape(encode(key))}</Key><Size>{found['ContentLength']}</Size>"
                f"<LastModified>{found['LastModified']:%Y-%m-%dT%H:%M:%S.000Z}</LastModified>"
                f"<ETag>{escape(found['ETag'])}</ETag><StorageClass>STANDARD</StorageClass></Contents>"
            )
    shown = "".join(f"<CommonPrefixes><Prefix>{escape(encode(name))}</Prefix></CommonPrefixes>" for name in folders)
    token = f"<NextContinuationToken>{escape(last)}</NextContinuationToken>" if more else ""
    encoding = "<EncodingType>url</EncodingType>" if encode is quote else ""
    return _xml(
        f"<ListBucketResult {_NAMESPACE}><Name>{bucket}</Name><Prefix>{escape(encode(prefix))}</Prefix>{encoding}"
        f"<KeyCount>{len(rows) + len(folders)}</KeyCount><MaxKeys>{limit}</MaxKeys><IsTruncated>"
        f"{str(more).lower()}</IsTruncated>{token}{''.join(rows)}{shown}</ListBucketResult>"
    )


def _multipart(objects: Objects, request: Request) -> Answer:
    method, query = request.method, request.query
    bucket, key = request.place
    if "uploads" in query and method == "POST":
        name = uuid.uuid4().hex
        return _xml(
            f"<InitiateMultipartUploadResult {_NAMESPACE}><Bucket>{bucket}</Bucket><Key>{escape(key)}</Key>"
            f"<UploadId>{name}</UploadId></InitiateMultipartUploadResult>"
        )
    upload = query.get("uploadId", "")
    if method == "PUT":
        part = f"{upload}/{int(query['partNumber']):05}"
        written = objects.put(_UPLOADS, part, io.BytesIO(request.body))
        return Answer(200, headers={"ETag": head(written)["ETag"]})
    parts = list(objects.keys(_UPLOADS, f"{upload}/"))
    if method == "POST":
        content = b"".join(objects.find(_UPLOADS, part).read_bytes() for part in parts)
        objects.put(bucket, key, io.BytesIO(content))
    for part in parts:
        objects.delete(_UPLOADS, part)
    if method == "DELETE":
        return Answer(204)
    return _xml(
        f"<CompleteMultipartUploadResult {_NAMESPACE}><Bucket>{bucket}</Bucket><Key>{escape(key)}</Key>"
        f"<ETag>&quot;{upload}&quot;</ETag></CompleteMultipartUploadResult>"
    )


def _unescape(text: str) -> str:
    for code, character in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&")):
        text = text.replace(code, character)
    return text


def _xml(text: str) -> Answer:
    return Answer(200, b'<?xml version="1.0" encoding="UTF-8"?>\n' + text.encode(), {"Content-Type": "application/xml"})


def _unsupported(what: str) -> Any:
    return ApiError("NotImplemented", f"rehearse pipeline does not support S3 {what}", 501)
