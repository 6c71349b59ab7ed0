"""Lets other accounts put the state changes of models on this account's event bus."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aws_cdk import aws_events as events
from constructs import Construct

from model_cicd.constructs.event_forwarding import MODEL_STATE_CHANGE
from model_cicd.constructs.resource import resource


def event_reception(
    scope: Construct,
    id: str,
    *,
    partition: str,
    statement_id: str,
    event_bus_arn: str,
    accounts: Sequence[str],
    organization_id: str | None,
) -> events.CfnEventBusPolicy:
    """A bus policy for exactly `accounts` and exactly this kind of event (in the organization, where one is given)."""
    equals: dict[str, Any] = {"events:source": "aws.sagemaker", "events:detail-type": MODEL_STATE_CHANGE}
    if organization_id:
        equals["aws:PrincipalOrgID"] = organization_id
    return resource(
        events.CfnEventBusPolicy,
        scope,
        id,
        statement_id=statement_id,
        statement={
            "Effect": "Allow",
            "Principal": {"AWS": [f"arn:{partition}:iam::{account}:root" for account in accounts]},
            "Action": "events:PutEvents",
            "Resource": event_bus_arn,
            "Condition": {"StringEquals": equals},
        },
    )
