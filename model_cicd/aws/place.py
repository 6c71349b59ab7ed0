"""Where in AWS something is, and the ARNs that follow from it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """A region of an account. The texts may be tokens of whoever writes a template."""

    partition: str
    account: str
    region: str

    def arn(self, service: str, resource: str) -> str:
        """A regional ARN, `arn:<partition>:<service>:<region>:<account>:<resource>`."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"

    def role(self, name: str) -> str:
        """An IAM role without a path."""
        return f"arn:{self.partition}:iam::{self.account}:role/{name}"

    def bucket(self, name: str) -> str:
        """An S3 bucket, or with `/key` objects in it; the ARN names neither account nor region."""
        return f"arn:{self.partition}:s3:::{name}"
