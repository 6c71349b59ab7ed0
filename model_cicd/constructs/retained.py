"""Resources that outlive their stack."""

from __future__ import annotations

from aws_cdk import CfnResource, RemovalPolicy


def retain(*resources: CfnResource) -> None:
    """Keep `resources` when their stack is deleted and when an update would replace them."""
    for resource in resources:
        resource.apply_removal_policy(RemovalPolicy.RETAIN)
