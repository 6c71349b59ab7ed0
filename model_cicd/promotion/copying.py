"""Copies exact versions of objects to the bucket of releases, whatever their size, and digests the copies."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from model_cicd.promotion.artifact import Location, ObjectVersion
from model_cicd.text.errors import ModelCicdError

#: the most that CopyObject copies; larger objects are copied in parts
#: https://docs.aws.amazon.com/AmazonS3/latest/userguide/copy-object.html
LARGEST_COPY = 5 * 1024**3
_SMALLEST_PART = 64 * 1024**2
_MOST_PARTS = 10_000
_CHUNK = 1024**2  # bytes read at once
_AT_ONCE = 8


def copy(s3: Any, source: Location, versions: Sequence[ObjectVersion], target: Location) -> str:
    """Copy `versions` of `source` to `target`; gives back the SHA-256 of the copy, `sha256:<64 digits>`.

    The digest of a prefix is that of its manifest: the keys below it with their digests, one JSON object, sorted.
    Raises ModelCicdError where a copy is not as large as what was copied.
    """
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        below = {each.key: each.key.removeprefix(source.key) if source.prefix else "" for each in versions}
        copied = pool.map(
            lambda each: _copy_one(s3, source.bucket, each, target.bucket, target.key + below[each.key]), versions
        )
        digests = {below[each.key]: digest for each, digest in zip(versions, copied, strict=True)}
    if not source.prefix:
        return f"sha256:{digests['']}"
    manifest = json.dumps(digests, sort_keys=True, separators=(",", ":"))
    return f"sha256:{hashlib.sha256(manifest.encode()).hexdigest()}"


def _copy_one(s3: Any, bucket: str, version: ObjectVersion, to_bucket: str, to_key: str) -> str:
    of = {"Bucket": bucket, "Key": version.key, "VersionId": version.id}
    to = {"Bucket": to_bucket, "Key": to_key}
    if version.size <= LARGEST_COPY:
        s3.copy_object(**to, CopySource=of)
    else:
        _copy_parts(s3, of, version.size, to)
    size, digest = _digest(s3, to)
    if size != version.size:
        raise ModelCicdError(f"the copy s3://{to_bucket}/{to_key} has {size} bytes, expected {version.size}")
    return digest


def _copy_parts(s3: Any, of: Mapping[str, str], size: int, to: Mapping[str, str]) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/CopyingObjectsMPUapi.html."""
    upload = s3.create_multipart_upload(**to)["UploadId"]
    step = max(_SMALLEST_PART, -(-size // _MOST_PARTS))
    try:
        parts = []
        for number, first in enumerate(range(0, size, step), 1):
            last = min(first + step, size) - 1
            made = s3.upload_part_copy(
                **to, CopySource=of, CopySourceRange=f"bytes={first}-{last}", UploadId=upload, PartNumber=number
            )
            parts.append({"PartNumber": number, "ETag": made["CopyPartResult"]["ETag"]})
        s3.complete_multipart_upload(**to, UploadId=upload, MultipartUpload={"Parts": parts})
    except BaseException:
        s3.abort_multipart_upload(**to, UploadId=upload)
        raise


def _digest(s3: Any, to: Mapping[str, str]) -> tuple[int, str]:
    """Size in bytes and SHA-256 of an object, of which no more than a chunk is held."""
    size, digest = 0, hashlib.sha256()
    for chunk in s3.get_object(**to)["Body"].iter_chunks(_CHUNK):
        size += len(chunk)
        digest.update(chunk)
    return size, digest.hexdigest()
