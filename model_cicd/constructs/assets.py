"""A file that `cdk deploy` uploads to the bootstrap bucket of the stack's account."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import aws_cdk as cdk
from constructs import Construct

from model_cicd.aws.object_keys import named_key


@dataclass(frozen=True)
class PublishedFile:
    """Where the file will be, and its own name."""

    bucket: str
    key: str
    name: str

    @property
    def uri(self) -> str:
        """`s3://bucket/key`."""
        return f"s3://{self.bucket}/{self.key}"

    def arn(self, partition: str) -> str:
        """The ARN of exactly this object."""
        return f"arn:{partition}:s3:::{self.bucket}/{self.key}"


def publish(scope: Construct, id: str, *, path: Path, named: bool = False) -> PublishedFile:
    """Publish the file at `path` with the stack of `scope`; its key is a hash of its content.

    With `named` the key ends with the file's own name, which matters to those who read it.
    What `aws_s3_assets.Asset` does, without loading the buckets and keys of level 2 into the synthesis.
    """
    stack = scope if isinstance(scope, cdk.Stack) else cdk.Stack.of(scope)
    staged = cdk.AssetStaging(scope, id, source_path=str(path))
    location = stack.synthesizer.add_file_asset(
        # the key is this and the suffix of the file
        source_hash=named_key(path).removesuffix(path.suffix) if named else staged.asset_hash,
        file_name=staged.relative_staged_path(stack),
        packaging=cdk.FileAssetPackaging.FILE,
    )
    return PublishedFile(bucket=location.bucket_name, key=location.object_key, name=path.name)
