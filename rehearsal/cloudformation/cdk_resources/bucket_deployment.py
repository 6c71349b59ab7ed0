"""Custom::CDKBucketDeployment: the files of assets put into a bucket, as `aws s3 sync` does it.

https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_s3_deployment-readme.html
"""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from botocore.exceptions import ClientError

from rehearsal.cloudformation.cdk_resources.deployed_files import Files, chosen, read
from rehearsal.cloudformation.cdk_resources.request import CREATE, DELETE, Answer, Failed, Request

OWNER_TAG = "aws-cdk:cr-owned"
# metadata of S3's own, by the name that the command line has for it
_SYSTEM: Mapping[str, str] = {
    "cache-control": "CacheControl", "content-disposition": "ContentDisposition",
    "content-encoding": "ContentEncoding", "content-language": "ContentLanguage", "content-type": "ContentType",
    "storage-class": "StorageClass", "website-redirect": "WebsiteRedirectLocation",
    "sse": "ServerSideEncryption", "sse-kms-key-id": "SSEKMSKeyId", "acl": "ACL",
}  # fmt: skip


def handle(request: Request) -> Answer:
    """Put the files, take away what is not among them (`Prune`); at the end all, where nothing is retained."""
    if request.properties.get("DistributionId"):
        raise Failed("the embedded AWS does not support DistributionId: it has no CloudFront")
    s3 = request.clients.client("s3")
    bucket, prefix = _place(request.properties)
    retained = request.flag("RetainOnDelete", True)
    if request.kind == DELETE:
        if not retained and not _owned_by_another(s3, bucket, prefix):
            _remove(s3, bucket, prefix)
        return _answer(request, request.id, [])
    if request.kind != CREATE and not retained and _place(request.old) != (bucket, prefix):
        _remove(s3, *_place(request.old))
    _synchronize(request, s3, bucket, prefix)
    versions = []
    if request.flag("OutputObjectVersionIds", False):
        versions = [_version(s3, bucket, prefix, key) for key in request.properties["SourceObjectKeys"]]
    return _answer(request, request.id or f"aws.cdk.s3deployment.{uuid.uuid4()}", versions)


def _answer(request: Request, identity: str, versions: list[str]) -> Answer:
    keys = request.properties["SourceObjectKeys"] if request.flag("OutputObjectKeys", True) else []
    data = {"DestinationBucketArn": request.properties.get("DestinationBucketArn"), "SourceObjectKeys": keys}
    with_versions = request.flag("OutputObjectVersionIds", False)
    return Answer(identity, data | ({"SourceObjectVersionIds": versions} if with_versions else {}))


def _place(properties: Mapping[str, Any]) -> tuple[str, str]:
    """The bucket, and the prefix with the slash that separates it from names."""
    prefix = str(properties.get("DestinationBucketKeyPrefix") or "").strip("/")
    return str(properties["DestinationBucketName"]), f"{prefix}/" if prefix else ""


def _synchronize(request: Request, s3: Any, bucket: str, prefix: str) -> None:
    files = read(request, s3)
    kept = chosen(request.properties.get("Exclude", []), request.properties.get("Include", []))
    present = {key.removeprefix(prefix): size for key, size in _objects(s3, bucket, prefix).items()}
    for name in files.names():
        if kept(name):
            described = _described(request, name, files)
            s3.put_object(Bucket=bucket, Key=prefix + name, Body=files.content(name), **described)
    if request.flag("Prune", True):
        for name in present:
            if name not in files.names() and kept(name):
                s3.delete_object(Bucket=bucket, Key=prefix + name)


def _described(request: Request, name: str, files: Files) -> dict[str, Any]:
    """What an object has besides its content."""
    found: dict[str, Any] = {"ContentType": files.content_type(name)} if files.content_type(name) else {}
    for key, value in request.properties.get("SystemMetadata", {}).items():
        if key.lower() not in _SYSTEM:
            raise Failed(f"SystemMetadata.{key} is not supported by the embedded AWS")
        found[_SYSTEM[key.lower()]] = value
    own = {key.lower(): value for key, value in request.properties.get("UserMetadata", {}).items()}
    return found | ({"Metadata": own} if own else {})


def _objects(s3: Any, bucket: str, prefix: str) -> dict[str, int]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return {each["Key"]: each["Size"] for page in pages for each in page.get("Contents", [])}


def _remove(s3: Any, bucket: str, prefix: str) -> None:
    for key in _objects(s3, bucket, prefix):
        s3.delete_object(Bucket=bucket, Key=key)


def _owned_by_another(s3: Any, bucket: str, prefix: str) -> bool:
    """Whether a tag of the bucket says that another deployment of the CDK has this place."""
    tag = f"{OWNER_TAG}:{prefix.rstrip('/')}" if prefix else OWNER_TAG
    tags: list[dict[str, str]] = []
    with contextlib.suppress(ClientError):  # of a bucket without tags, or one that may not be asked
        tags = s3.get_bucket_tagging(Bucket=bucket)["TagSet"]
    return any(each["Key"].startswith(tag) for each in tags)


def _version(s3: Any, bucket: str, prefix: str, source: str) -> str:
    """The version of a file that was copied as it is; none where a filter left it out, or the bucket has none."""
    try:
        return str(s3.head_object(Bucket=bucket, Key=prefix + PurePosixPath(source).name).get("VersionId", ""))
    except ClientError as error:
        if error.response["Error"]["Code"] in ("404", "NoSuchKey", "NotFound"):
            return ""
        raise
