"""S3: which actions a REST request needs. https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs

from rehearsal.api import Caller
from rehearsal.iam import buckets, keys
from rehearsal.iam.checks import Check, Context, Value, account_of
from rehearsal.s3_request import S3Request

# subresource in the query of a bucket -> the part of the action's name after Get, Put or Delete
_BUCKET = {
    "accelerate": "AccelerateConfiguration", "acl": "BucketAcl",
    "cors": "BucketCORS", "encryption": "EncryptionConfiguration",
    "inventory": "InventoryConfiguration", "lifecycle": "LifecycleConfiguration", "location": "BucketLocation",
    "logging": "BucketLogging", "notification": "BucketNotification",
    "object-lock": "BucketObjectLockConfiguration", "ownershipControls": "BucketOwnershipControls",
    "policy": "BucketPolicy", "policyStatus": "BucketPolicyStatus", "publicAccessBlock": "BucketPublicAccessBlock",
    "replication": "ReplicationConfiguration", "tagging": "BucketTagging",
    "versioning": "BucketVersioning", "website": "BucketWebsite",
}  # fmt: skip
# deleting these is the action that puts them
_DELETED_BY_PUT = {"cors", "encryption", "lifecycle", "ownershipControls", "publicAccessBlock", "replication",
                   "tagging"}  # fmt: skip
_OBJECT = {"acl": "ObjectAcl", "tagging": "ObjectTagging", "retention": "ObjectRetention",
           "legal-hold": "ObjectLegalHold"}  # fmt: skip
_VERB = {"GET": "Get", "HEAD": "Get", "PUT": "Put", "DELETE": "Delete"}


class Unmapped(Exception):
    """A request whose actions are not known here; the text names it."""


def checks(request: S3Request, caller: Caller) -> Iterator[Check]:
    """What a request needs. Raises Unmapped."""
    if not request.bucket:
        if request.method != "GET":
            raise Unmapped(f"{request.method} /")
        yield Check("s3:ListAllMyBuckets", "*", caller.account)
    elif request.key:
        yield from _object(request, caller)
    else:
        yield from _bucket(request, caller)


def _bucket(request: S3Request, caller: Caller) -> Iterator[Check]:
    query, method = request.query, request.method
    context: dict[str, Value] = {
        f"s3:{name}": query[name] for name in ("prefix", "delimiter", "max-keys") if name in query
    }
    sub = next((name for name in _BUCKET if name in query), None)
    if sub is not None and method in _VERB:
        put = method == "PUT" or (method == "DELETE" and sub in _DELETED_BY_PUT)
        verb = "Put" if put else _VERB[method]
        action = f"{verb}{_BUCKET[sub]}"
    elif method == "GET":
        listing = {"versions": "ListBucketVersions", "uploads": "ListBucketMultipartUploads"}
        action = next((name for key, name in listing.items() if key in query), "ListBucket")
    elif method == "HEAD":
        action = "ListBucket"
    elif method == "PUT":
        action = "CreateBucket"
    elif method == "DELETE":
        action = "DeleteBucket"
    elif method == "POST" and "delete" in query:
        yield from _delete_many(request, caller)
        return
    else:
        raise Unmapped(f"{method} of a bucket with {', '.join(sorted(query)) or 'no subresource'}")
    yield _check(f"s3:{action}", request.bucket, "", caller, context)


def _object(request: S3Request, caller: Caller) -> Iterator[Check]:
    query, method, key = request.query, request.method, request.key
    version = "Version" if "versionId" in query else ""
    context: dict[str, Value] = {"s3:VersionId": query["versionId"]} if version else {}
    if "x-amz-bypass-governance-retention" in request.headers:
        yield _check("s3:BypassGovernanceRetention", request.bucket, key, caller, context)
    sub = next((name for name in _OBJECT if name in query), None)
    if sub is not None and method in _VERB:
        part = _OBJECT[sub].replace("Object", f"Object{version}") if sub in ("acl", "tagging") else _OBJECT[sub]
        yield _check(f"s3:{_VERB[method]}{part}", request.bucket, key, caller, context)
    elif method in ("GET", "HEAD") and "uploadId" in query:
        yield _check("s3:ListMultipartUploadParts", request.bucket, key, caller, context)
    elif method in ("GET", "HEAD"):
        yield _check(f"s3:GetObject{version}", request.bucket, key, caller, context)
        # the head of an object needs its key for the checksum only
        if method == "GET" or "x-amz-checksum-mode" in request.headers:
            yield from _decrypt(request.bucket, key, query.get("versionId"), caller)
        if "attributes" in query:
            yield _check(f"s3:GetObject{version}Attributes", request.bucket, key, caller, context)
    elif method == "PUT" or (method == "POST" and ("uploads" in query or "uploadId" in query)):
        yield from _write(request, caller)
    elif method == "DELETE" and "uploadId" in query:
        yield _check("s3:AbortMultipartUpload", request.bucket, key, caller, context)
    elif method == "DELETE":
        yield _check(f"s3:DeleteObject{version}", request.bucket, key, caller, context)
    else:
        raise Unmapped(f"{method} of an object with {', '.join(sorted(query)) or 'no subresource'}")


def _write(request: S3Request, caller: Caller) -> Iterator[Check]:
    """PutObject, CopyObject and the three requests of a multipart upload."""
    headers = request.headers
    context: dict[str, Value] = {
        f"s3:{name}": headers[name]
        for name in (
            "x-amz-server-side-encryption",
            "x-amz-server-side-encryption-aws-kms-key-id",
            "x-amz-acl",
            "x-amz-storage-class",
            "x-amz-metadata-directive",
        )
        if name in headers
    }
    if request.copied:
        source = request.copied
        action = "s3:GetObjectVersion" if source.version else "s3:GetObject"
        versioned: Context = {"s3:VersionId": source.version} if source.version else {}
        yield _check(action, source.bucket, source.key, caller, versioned)
        yield from _decrypt(source.bucket, source.key, source.version, caller)
        context["s3:x-amz-copy-source"] = f"{source.bucket}/{source.key}"
    tagging = parse_qs(headers.get("x-amz-tagging", ""))
    context |= {f"s3:RequestObjectTag/{name}": values[0] for name, values in tagging.items()}
    yield _check("s3:PutObject", request.bucket, request.key, caller, context)
    if tagging:
        yield _check("s3:PutObjectTagging", request.bucket, request.key, caller, context)
    if any(name == "x-amz-acl" or name.startswith("x-amz-grant-") for name in headers):
        yield _check("s3:PutObjectAcl", request.bucket, request.key, caller, context)
    locks = {"x-amz-object-lock-mode": "Retention", "x-amz-object-lock-legal-hold": "LegalHold"}
    for name, action in locks.items():
        if name in headers:
            yield _check(f"s3:PutObject{action}", request.bucket, request.key, caller, context)
    encrypting = buckets.key_for(request.bucket, headers, caller)
    if encrypting:
        # a multipart upload also decrypts the data key that it was begun with
        uploading = "uploads" in request.query or "uploadId" in request.query
        for action in ("kms:GenerateDataKey", *(("kms:Decrypt",) if uploading else ())):
            yield _with_key(action, encrypting, request.bucket, request.key, caller)


def _delete_many(request: S3Request, caller: Caller) -> Iterator[Check]:
    """DeleteObjects: every object of the list."""
    for each in request.deleted:
        action = "s3:DeleteObjectVersion" if each.version else "s3:DeleteObject"
        yield _check(action, request.bucket, each.key, caller, {"s3:VersionId": each.version} if each.version else {})


def _decrypt(bucket: str, key: str, version: str | None, caller: Caller) -> Iterator[Check]:
    arn = buckets.encryption(bucket, key, version)
    if arn:
        yield _with_key("kms:Decrypt", arn, bucket, key, caller)


def _with_key(action: str, arn: str, bucket: str, key: str, caller: Caller) -> Check:
    """S3's use of a key for the caller. https://docs.aws.amazon.com/kms/latest/developerguide/services-s3.html"""
    service = f"s3.{buckets.region(bucket) or caller.region}.amazonaws.com"
    object_arn = f"arn:{caller.partition}:s3:::{bucket}/{key}"
    context: dict[str, Value] = {
        "kms:EncryptionContext:aws:s3:arn": object_arn,
        "kms:EncryptionContextKeys": ["aws:s3:arn"],
        **keys.context(arn),
    }
    return Check(action, arn, account_of(arn, caller), context, via=service)


def _check(action: str, bucket: str, key: str, caller: Caller, context: Context) -> Check:
    arn = f"arn:{caller.partition}:s3:::{bucket}{'/' + key if key else ''}"
    return Check(action, arn, buckets.owner(bucket) or caller.account, context)
