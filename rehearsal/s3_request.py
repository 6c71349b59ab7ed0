"""One request of S3: the bucket, the key and the one thing that is asked of them, as it is decided and as it is run.

https://docs.aws.amazon.com/AmazonS3/latest/API/Type_API_Reference.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qs, quote
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from rehearsal import aws_chunked
from rehearsal.api import ApiError
from rehearsal.http_request import HttpRequest, decoded

_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]")
_KEY_BYTES = 1024

# What a query asks for instead of the plain operation, by method: at most one of these. All others would be decided as
# one operation and run as another.
_OF_BUCKET = {
    "GET": frozenset({
        "accelerate", "acl", "cors", "encryption", "inventory", "lifecycle", "list-type", "location", "logging",
        "notification", "object-lock", "ownershipControls", "policy", "policyStatus", "publicAccessBlock",
        "replication", "tagging", "uploads", "versioning", "versions", "website",
    }),
    "PUT": frozenset({
        "accelerate", "acl", "cors", "encryption", "inventory", "lifecycle", "logging", "notification",
        "ownershipControls", "policy", "publicAccessBlock", "replication", "tagging", "versioning", "website",
    }),
    "DELETE": frozenset({
        "cors", "encryption", "lifecycle", "ownershipControls", "policy", "publicAccessBlock", "replication",
        "tagging", "website",
    }),
    "POST": frozenset({"delete"}),
}  # fmt: skip
_OF_OBJECT = {
    "GET": frozenset({"acl", "attributes", "legal-hold", "tagging", "uploadId"}),
    "PUT": frozenset({"acl", "legal-hold", "retention", "tagging", "uploadId"}),
    "DELETE": frozenset({"tagging", "uploadId"}),
    "POST": frozenset({"uploads", "uploadId"}),
}
_ASKS = frozenset().union(*_OF_BUCKET.values(), *_OF_OBJECT.values(), {"restore", "select", "torrent", "session"})
# What only narrows or words the answer.
_LISTING = frozenset({
    "bucket-region", "continuation-token", "delimiter", "encoding-type", "fetch-owner", "id", "key-marker", "marker",
    "max-buckets", "max-keys", "max-uploads", "prefix", "start-after", "upload-id-marker", "version-id-marker",
})  # fmt: skip
_OBJECT = frozenset({
    "max-parts", "part-number-marker", "partNumber", "response-cache-control", "response-content-disposition",
    "response-content-encoding", "response-content-language", "response-content-type", "response-expires", "versionId",
})  # fmt: skip
_HEADERS = frozenset({
    "cache-control", "content-disposition", "content-encoding", "content-language", "content-md5", "content-type",
    "expires", "if-match", "if-modified-since", "if-none-match", "if-unmodified-since", "range",
})  # fmt: skip
_SIGNING = frozenset({
    "x-amz-content-sha256", "x-amz-date", "x-amz-decoded-content-length", "x-amz-security-token", "x-amz-target",
    "x-amz-trailer", "x-amz-user-agent",
})  # fmt: skip
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


@dataclass(frozen=True)
class Deletion:
    """One object of DeleteObjects."""

    key: str
    version: str | None


@dataclass(frozen=True)
class CopySource:
    """The object that a copy reads."""

    bucket: str
    key: str
    version: str | None


@dataclass(frozen=True)
class S3Request:
    """A request in path style. `key` is "" for a bucket; `query` and `headers` hold only what S3 knows."""

    method: str
    bucket: str
    key: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""
    copied: CopySource | None = None
    deleted: tuple[Deletion, ...] = ()

    @property
    def path(self) -> str:
        """The path, percent-encoded."""
        return "/" + quote(self.bucket + ("/" + self.key if self.key else ""), safe="/-_.~")


def parse(request: HttpRequest, query: tuple[tuple[str, str], ...]) -> S3Request:
    """The one meaning of a request with `query` (without its signature). Raises ApiError for what S3 does not take."""
    path = decoded(request.path)
    bucket, _, key = path[1:].partition("/")
    if (not bucket and path != "/") or (bucket and not _BUCKET.fullmatch(bucket)):
        raise ApiError("InvalidBucketName", "The specified bucket is not valid.", 400)
    if len(key.encode()) > _KEY_BYTES:
        raise ApiError("KeyTooLongError", "Your key is too long", 400)
    headers = {
        name: value
        for name, value in request.headers.items()
        if name in _HEADERS or (name.startswith("x-amz-") and name not in _SIGNING)
    }
    if request.headers.get("content-type", "").lower().strip().startswith(_FORMS) and request.body:
        raise _unsupported(f"a body of the type {request.headers['content-type']}")
    made = S3Request(request.method, bucket, key, _asked(request.method, bucket, key, query), headers, request.body)
    made = _without_chunks(made, request)
    if "x-amz-copy-source" in headers:
        copied = _copied(headers["x-amz-copy-source"])
        encoded = quote(f"/{copied.bucket}/{copied.key}", safe="/-_.~")
        encoded += f"?versionId={quote(copied.version)}" if copied.version else ""
        made = replace(made, copied=copied, headers={**made.headers, "x-amz-copy-source": encoded})
    if made.body and made.method in ("PUT", "POST") and (not key or {"uploadId", *_OF_OBJECT["GET"]} & {*made.query}):
        _no_doctype(made)
    return _deletions(made) if "delete" in made.query else made


def _asked(method: str, bucket: str, key: str, query: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """The query, in which at most one thing is asked for that this method can do."""
    known = (_OF_OBJECT if key else _OF_BUCKET).get(method, frozenset()) if bucket else frozenset()
    made = {name: value for name, value in query if name != "x-id"}  # what SDKs call the operation; nobody reads it
    asks = made.keys() & _ASKS
    if len(asks) > 1 or not asks <= known:
        what = "an object" if key else "a bucket" if bucket else "all buckets"
        raise _unsupported(f"{method} of {what} with {', '.join(sorted(asks))}")
    unknown = sorted(made.keys() - _ASKS - (_OBJECT if key else _LISTING))
    if unknown:
        raise _unsupported(f"the query parameters {', '.join(unknown)}")
    if made.get("list-type", "2") != "2":
        raise _unsupported(f"list-type={made['list-type']}")
    return made


def _without_chunks(made: S3Request, request: HttpRequest) -> S3Request:
    """The content of a body that came in chunks, and its checksum as a header."""
    coding = made.headers.get("content-encoding", "")
    codings = [each.strip() for each in coding.split(",") if each.strip()]
    chunked = request.headers.get("x-amz-content-sha256") in (aws_chunked.SIGNED, aws_chunked.UNSIGNED)
    if not chunked:
        if "aws-chunked" in codings:
            raise _unsupported("aws-chunked without its x-amz-content-sha256")
        return made
    found = aws_chunked.decode(request.body)
    length = request.headers.get("x-amz-decoded-content-length")
    if length is not None and length != str(len(found.body)):
        raise ApiError("IncompleteBody", f"got {len(found.body)} bytes, x-amz-decoded-content-length says {length}")
    headers = {name: value for name, value in made.headers.items() if name != "content-encoding"}
    rest = ",".join(each for each in codings if each != "aws-chunked")
    headers |= {"content-encoding": rest} if rest else {}
    return replace(made, body=found.body, headers=headers | found.trailers)


def _copied(text: str) -> CopySource:
    """`/BUCKET/KEY?versionId=ID`, of which bucket and key are percent-encoded."""
    path, _, query = text.partition("?")
    bucket, _, key = decoded(path).removeprefix("/").partition("/")
    version = parse_qs(query).get("versionId", [None]) if query else [None]
    if not _BUCKET.fullmatch(bucket) or not key or len(version) != 1 or (query and not query.startswith("versionId=")):
        raise ApiError("InvalidArgument", "Copy Source must mention the source bucket and key: sourcebucket/sourcekey")
    return CopySource(bucket, key, version[0])


def _no_doctype(made: S3Request) -> None:
    if b"<!DOCTYPE" in made.body or b"<!ENTITY" in made.body:
        raise _malformed()


def _deletions(made: S3Request) -> S3Request:
    """The list of DeleteObjects, written anew so that whoever reads it reads the same."""
    try:
        root = ElementTree.fromstring(made.body)
    except ElementTree.ParseError:
        raise _malformed() from None
    found, quiet = [], False
    for item in root:
        name = item.tag.rpartition("}")[2]
        if name == "Quiet":
            quiet = (item.text or "").strip().lower() == "true"
            continue
        fields = [(child.tag.rpartition("}")[2], child.text or "") for child in item]
        given = dict(fields)
        if name != "Object" or len(given) != len(fields) or not {"Key"} <= set(given) <= {"Key", "VersionId"}:
            raise _malformed()
        if given["Key"] != given["Key"].strip() or not given["Key"]:
            raise _unsupported("DeleteObjects of a key that begins or ends with white space")
        found.append(Deletion(given["Key"], given.get("VersionId", "").strip() or None))
    if not found:
        raise _malformed()
    lines = "".join(
        f"<Object><Key>{escape(each.key)}</Key>"
        + (f"<VersionId>{escape(each.version)}</VersionId>" if each.version else "")
        + "</Object>"
        for each in found
    )
    body = f"<Delete>{lines}<Quiet>{str(quiet).lower()}</Quiet></Delete>".encode()
    kept = {name: value for name, value in made.headers.items() if not name.startswith("x-amz-checksum-")}
    kept = {name: value for name, value in kept.items() if name != "content-md5"}  # that of the body as it came
    return replace(made, body=body, headers=kept, deleted=tuple(found))


def _malformed() -> ApiError:
    text = "The XML you provided was not well-formed or did not validate against our published schema"
    return ApiError("MalformedXML", text, 400)


def _unsupported(what: str) -> ApiError:
    return ApiError("UnknownOperationException", f"the embedded AWS does not support s3 {what}", 400)
