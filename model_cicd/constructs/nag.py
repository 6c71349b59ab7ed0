"""Acknowledged findings of cdk-nag: on the resource they are about, each with its reason."""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import Acknowledgment, Validations
from constructs import Construct


def acknowledge(construct: Construct, reasons: Mapping[str, str]) -> None:
    """Suppress exactly the findings named, such as `AwsSolutions-IAM5[Resource::*]`, each for its reason."""
    if reasons:
        Validations.of(construct).acknowledge(*(Acknowledgment(id=id, reason=why) for id, why in reasons.items()))
