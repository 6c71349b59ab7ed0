"""What all stacks have in common."""

from __future__ import annotations

from typing import Protocol

import aws_cdk as cdk
from constructs import Construct

from model_cicd.aws.place import Place


class Deployment(Protocol):
    """What all stacks of a module ask of its topology."""

    @property
    def permissions_boundary_name(self) -> str | None:
        """The policy that limits every role."""


class ModuleStack(cdk.Stack):
    """A stack in one account and region, with the permissions boundary of the settings on each of its roles."""

    def __init__(self, scope: Construct, *, name: str, topology: Deployment, place: Place, description: str) -> None:
        boundary = topology.permissions_boundary_name
        super().__init__(
            scope,
            name,
            stack_name=name,
            env=cdk.Environment(account=place.account, region=place.region),
            description=description,
            permissions_boundary=cdk.PermissionsBoundary.from_name(boundary) if boundary else None,
        )
