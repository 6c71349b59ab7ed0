"""What all stacks have in common."""

from __future__ import annotations

from typing import Protocol

import aws_cdk as cdk
from constructs import Construct

from model_cicd.settings.context import ModuleContext
from model_cicd.topology import Topology


class Deployment(Protocol):
    """What all stacks of a module ask of its topology."""

    @property
    def context(self) -> ModuleContext:
        """Which deployment this is."""

    @property
    def permissions_boundary_name(self) -> str | None:
        """The policy that limits every role."""


class ModuleStack(cdk.Stack):
    """A stack in one account and region, with the permissions boundary of the settings on each of its roles."""

    def __init__(
        self, scope: Construct, *, name: str, topology: Deployment, account: str, region: str, description: str
    ) -> None:
        boundary = topology.permissions_boundary_name
        super().__init__(
            scope,
            name,
            stack_name=name,
            env=cdk.Environment(account=account, region=region),
            description=description,
            permissions_boundary=cdk.PermissionsBoundary.from_name(boundary) if boundary else None,
        )


def via_s3(topology: Deployment, region: str) -> str:
    """The value of `kms:ViaService` for S3 in `region`."""
    return f"s3.{region}.{topology.context.dns_suffix}"


def access_logs(topology: Topology, account: str, region: str) -> str | None:
    """The bucket for access logs of buckets in `account` and `region`.

    S3 delivers them only within one account and region, and the bucket of the settings is the tooling account's.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html
    """
    tooling = topology.tooling
    if not topology.s3_access_logs_bucket_arn or (account, region) != (tooling.account, tooling.region):
        return None
    return topology.s3_access_logs_bucket_arn.rpartition(":")[2]
