"""ARNs from names."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Arns:
    """The ARNs of one account and region."""

    partition: str
    account: str
    region: str

    def of(self, service: str, resource: str) -> str:
        """A regional ARN, `arn:<partition>:<service>:<region>:<account>:<resource>`."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"

    def role(self, name: str) -> str:
        """An IAM role without a path."""
        return f"arn:{self.partition}:iam::{self.account}:role/{name}"

    def policy(self, name: str) -> str:
        """A customer-managed IAM policy without a path."""
        return f"arn:{self.partition}:iam::{self.account}:policy/{name}"

    def bucket(self, name: str) -> str:
        """An S3 bucket; its ARN names neither account nor region."""
        return f"arn:{self.partition}:s3:::{name}"

    @property
    def root(self) -> str:
        """The account itself as a principal."""
        return f"arn:{self.partition}:iam::{self.account}:root"
