"""Roles made of IAM statements."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_iam as iam
from constructs import Construct

from model_cicd.aws.policy import Conditions, Statement, account_root, both, document, only, trust_service
from model_cicd.constructs.nag import acknowledge
from model_cicd.constructs.resource import resource

__all__ = [
    "Conditions",
    "Statement",
    "account_root",
    "both",
    "document",
    "managed_policy",
    "only",
    "role",
    "trust_service",
]


def role(
    scope: Construct,
    id: str,
    *,
    name: str,
    description: str,
    trust: Statement,
    statements: Sequence[Statement],
    session_seconds: int | None = None,
) -> iam.CfnRole:
    """An IAM role with one inline policy; the wildcards in `statements` are acknowledged on it with their reasons.

    Its sessions last for an hour at most, or for `session_seconds`.
    """
    trusted = {key: value for key, value in trust.json().items() if key not in ("Sid", "Resource")}
    made = resource(
        iam.CfnRole,
        scope,
        id,
        role_name=name,
        description=description,
        assume_role_policy_document={"Version": "2012-10-17", "Statement": [trusted]},
        max_session_duration=session_seconds,
        policies=[{"policyName": "grants", "policyDocument": document(statements)}],
    )
    acknowledge(made, {id: why for statement in statements for id, why in statement.findings().items()})
    return made


def managed_policy(
    scope: Construct, id: str, *, name: str, description: str, statements: Sequence[Statement]
) -> iam.CfnManagedPolicy:
    """A policy that is attached to nobody; the wildcards in `statements` are acknowledged with their reasons."""
    made = resource(
        iam.CfnManagedPolicy,
        scope,
        id,
        managed_policy_name=name,
        description=description,
        policy_document=document(statements),
    )
    acknowledge(made, {id: why for statement in statements for id, why in statement.findings().items()})
    return made
