"""Buckets as the back end has them: whose they are, their policies, and the keys that encrypt their objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.s3.models import s3_backends

from rehearsal.api import Caller
from rehearsal.iam import keys


def owner(bucket: str) -> str | None:
    """The account of a bucket, or None when there is no such bucket."""
    found = s3_backends.bucket_accounts.get(bucket)
    return str(found[1]) if found else None


def region(bucket: str) -> str | None:
    """The region of a bucket."""
    found = _find(bucket)
    return str(found.region_name) if found is not None else None


def policy(bucket: str) -> str | None:
    """The bucket policy."""
    found = _find(bucket)
    text = found.policy if found is not None else None
    return text.decode() if isinstance(text, bytes) else text


def upload_key(bucket: str, upload: str) -> str | None:
    """The key that a multipart upload is (or, completed, was) for; None without such an upload."""
    found = _find(bucket)
    if found is None:
        return None
    begun = found.multiparts.get(upload)
    if begun is not None:
        return str(begun.key_name)
    done = (key for key in found.keys.values() if key.multipart and key.multipart.id == upload)
    return next((str(key.name) for key in done), None)


def encryption(bucket: str, key: str, version: str | None) -> str | None:
    """The ARN of the KMS key that an object is encrypted with, or None: it is not, or does not exist."""
    found = _find(bucket)
    if found is None:
        return None
    stored = found.keys.get(key) if version is None else _version(found, key, version)
    if stored is None or getattr(stored, "encryption", None) not in ("aws:kms", "aws:kms:dsse"):
        return None
    return _arn(getattr(stored, "kms_key_id", None), found)


def key_for(bucket: str, headers: Mapping[str, str], caller: Caller) -> str | None:
    """The ARN of the KMS key that a new object will be encrypted with: the request's, else the bucket's default."""
    found = _find(bucket)
    if found is None:
        return None
    given = headers.get("x-amz-server-side-encryption")
    default = ((found.encryption or {}).get("Rule") or {}).get("ApplyServerSideEncryptionByDefault") or {}
    algorithm = given or default.get("SSEAlgorithm")
    if algorithm not in ("aws:kms", "aws:kms:dsse"):
        return None
    named = headers.get("x-amz-server-side-encryption-aws-kms-key-id")
    if given and named:
        # a bare id is one of the caller's account, as on AWS
        return keys.arn(named, caller)
    return _arn(default.get("KMSMasterKeyID") if not given or default.get("SSEAlgorithm") == given else None, found)


def _arn(key: str | None, bucket: Any) -> str:
    """A key's ARN; without one it is S3's own key in the bucket's account."""
    place = Caller(bucket.account_id, bucket.region_name, "", "")
    return keys.arn(key or "alias/aws/s3", place)


def _find(bucket: str) -> Any | None:
    found = s3_backends.bucket_accounts.get(bucket)
    return s3_backends[found[1]][found[0]].buckets.get(bucket) if found else None


def _version(bucket: Any, key: str, version: str) -> Any | None:
    return next((each for each in bucket.keys.getlist(key) if str(each.version_id) == version), None)
