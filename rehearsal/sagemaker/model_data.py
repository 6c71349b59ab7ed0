"""Model data in S3: whether it is there for whoever asks."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlparse

from botocore.exceptions import ClientError

from rehearsal.api import unsupported


def missing(s3: Any, url: str) -> str | None:
    """Why the client `s3` cannot see the object of a ModelDataUrl, or None. Raises ApiError for what is no S3 URL."""
    parts = urlparse(url)
    if parts.scheme != "s3":
        raise unsupported(f"ModelDataUrl {url}: only s3:// URLs")
    try:
        s3.head_object(Bucket=parts.netloc, Key=parts.path.lstrip("/"))
    except ClientError as error:
        return str(error.response["Error"].get("Message") or error.response["Error"]["Code"])
    return None
