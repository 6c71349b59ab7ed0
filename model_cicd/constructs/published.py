"""A file that `cdk deploy` uploads to the bootstrap bucket of the stack's account."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import aws_cdk as cdk
from constructs import Construct


@dataclass(frozen=True)
class PublishedFile:
    """Where the file will be."""

    bucket: str
    key: str

    @property
    def uri(self) -> str:
        """`s3://bucket/key`."""
        return f"s3://{self.bucket}/{self.key}"

    def arn(self, partition: str) -> str:
        """The ARN of exactly this object."""
        return f"arn:{partition}:s3:::{self.bucket}/{self.key}"


def publish(scope: Construct, id: str, *, path: Path, folder: str | None = None) -> PublishedFile:
    """Publish the file at `path` with the stack of `scope`; its key is a hash of its content.

    With `folder` the key is `<folder>/<hash>/<name>`, for files whose name matters to those who read them.
    What `aws_s3_assets.Asset` does, without loading the buckets and keys of level 2 into the synthesis.
    """
    stack = cdk.Stack.of(scope)
    staged = cdk.AssetStaging(scope, id, source_path=str(path))
    location = stack.synthesizer.add_file_asset(
        # the key is this and the suffix of the file
        source_hash=staged.asset_hash if folder is None else f"{folder}/{_digest(path)}/{path.stem}",
        file_name=staged.relative_staged_path(stack),
        packaging=cdk.FileAssetPackaging.FILE,
    )
    return PublishedFile(bucket=location.bucket_name, key=location.object_key)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]
