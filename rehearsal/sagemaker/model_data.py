"""Model data in S3: whether it is there for whoever asks."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from rehearsal.api import unsupported
from rehearsal.sagemaker.jobs.failure import JobError
from rehearsal.sagemaker.jobs.transfer import split


def missing(s3: Any, url: str) -> str | None:
    """Why the client `s3` cannot see the object of a ModelDataUrl, or None. Raises ApiError for what is no S3 URL."""
    try:
        bucket, key = split(url)
    except JobError:
        raise unsupported(f"ModelDataUrl {url}: only s3:// URLs, and https:// ones of S3") from None
    try:
        s3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        return str(error.response["Error"].get("Message") or error.response["Error"]["Code"])
    return None
