"""Where in AWS something is, and the ARNs that follow from it."""

from __future__ import annotations

from dataclasses import dataclass

from model_cicd.aws import regions


@dataclass(frozen=True)
class Named:
    """A resource that is known by its name and its ARN before it is made."""

    name: str
    arn: str


@dataclass(frozen=True)
class Place:
    """A region of an account. The texts may be tokens of whoever writes a template."""

    partition: str
    account: str
    region: str

    def arn(self, service: str, resource: str) -> str:
        """A regional ARN, `arn:<partition>:<service>:<region>:<account>:<resource>`."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"

    def named(self, service: str, name: str, kind: str = "") -> Named:
        """The regional resource `name`, whose ARN ends with `kind` and the name."""
        return Named(name, self.arn(service, f"{kind}{name}"))

    def role(self, name: str) -> str:
        """The ARN of an IAM role without a path."""
        return f"arn:{self.partition}:iam::{self.account}:role/{name}"

    def policy(self, name: str) -> str:
        """The ARN of a customer-managed IAM policy without a path."""
        return f"arn:{self.partition}:iam::{self.account}:policy/{name}"

    def bucket(self, name: str) -> str:
        """The ARN of an S3 bucket, or with `/key` of objects in it; it names neither account nor region."""
        return f"arn:{self.partition}:s3:::{name}"

    def elsewhere(self, account: str) -> Place:
        """The same region of another account."""
        return Place(self.partition, account, self.region)

    @property
    def dns_suffix(self) -> str:
        """The domain of the partition's service endpoints."""
        return regions.dns_suffix(self.partition)

    @property
    def via_s3(self) -> str:
        """The value of `kms:ViaService` for what S3 asks of KMS."""
        return f"s3.{self.region}.{self.dns_suffix}"

    @property
    def through_s3(self) -> dict[str, dict[str, str]]:
        """The condition of statements about a key of which nothing but what S3 asks for somebody is allowed."""
        return {"StringEquals": {"kms:ViaService": self.via_s3}}


@dataclass(frozen=True)
class Placed:
    """Something that is in one place."""

    place: Place

    @property
    def account(self) -> str:
        """The account's id."""
        return self.place.account

    @property
    def region(self) -> str:
        """The region."""
        return self.place.region
