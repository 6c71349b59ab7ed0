"""Local files of a pipeline in the registry's bucket, by their content: an unchanged file keeps its URI.

A step's cache key has the URIs of its inputs, so that a rerun with the same script and data can be answered from cache.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from model_cicd.pipeline.fields import LocalFile, LocalSource
from model_cicd.pipeline.rules import files
from model_cicd.pipeline.schema import PipelineConfig
from model_cicd.pipeline.source_archive import NAME, archive
from model_cicd.pipeline.walk import find
from model_cicd.text.errors import ModelCicdError


@dataclass(frozen=True)
class Asset:
    """A file, or a directory with its archive `packed`, and its place.

    That is `<code|data>/<first 16 hex digits of its SHA-256>/<name>`.
    """

    path: Path
    bucket: str
    key: str
    packed: bytes | None = field(default=None, repr=False)

    @property
    def uri(self) -> str:
        """The S3 URI."""
        return f"s3://{self.bucket}/{self.key}"


def collect(config: PipelineConfig, more: Iterable[LocalFile], directory: Path, bucket: str) -> dict[str, Asset]:
    """Every local file that the pipeline or a parameter's value names (`file:...`), relative to `directory`.

    Raises ModelCicdError when one is not below `directory` or not a file.
    """
    if not bucket:
        raise ModelCicdError("the artifact bucket is not given: set ARTIFACT_BUCKET or the option --bucket")
    values = [value for _, value in find(config, LocalFile)] + list(more)
    return {str(value): _asset(value, directory, bucket) for value in values}


def _asset(value: LocalFile, directory: Path, bucket: str) -> Asset:
    wrong = files.complaint(value, directory)
    if wrong:
        raise ModelCicdError(wrong)
    path = directory / value.relative
    if isinstance(value, LocalSource):
        packed = archive(path)
        return Asset(path, bucket, f"{value.prefix}/{hashlib.sha256(packed).hexdigest()[:16]}/{NAME}", packed)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()[:16]
    return Asset(path, bucket, f"{value.prefix}/{digest}/{path.name}")


def upload(assets: Mapping[str, Asset], s3: Any, kms_key: str) -> list[Asset]:
    """Upload what is not there yet; the assets that were uploaded."""
    from botocore.exceptions import ClientError

    uploaded: list[Asset] = []
    for asset in sorted(set(assets.values()), key=lambda each: each.key):
        try:
            s3.head_object(Bucket=asset.bucket, Key=asset.key)
            continue
        except ClientError as error:
            # 403 is what a missing object looks like to a role that may not list the bucket
            if error.response["ResponseMetadata"]["HTTPStatusCode"] not in (403, 404):
                raise
        encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key} if kms_key else {}
        with asset.path.open("rb") if asset.packed is None else io.BytesIO(asset.packed) as body:
            s3.put_object(Bucket=asset.bucket, Key=asset.key, Body=body, **encryption)
        uploaded.append(asset)
    return uploaded
