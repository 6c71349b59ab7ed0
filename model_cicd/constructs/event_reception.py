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
    roots = [f"arn:{partition}:iam::{account}:root" for account in accounts]
    return _allowed(scope, id, statement_id, event_bus_arn, roots=roots, conditions={"StringEquals": equals})


def sender_reception(
    scope: Construct,
    id: str,
    *,
    partition: str,
    statement_id: str,
    event_bus_arn: str,
    senders: Sequence[str],
    detail_type: str,
    organization_id: str | None,
) -> events.CfnEventBusPolicy:
    """A bus policy for the roles `senders` (ARNs) alone, and SageMaker's events of one type."""
    equals = {"events:source": "aws.sagemaker", "events:detail-type": detail_type}
    if organization_id:
        equals["aws:PrincipalOrgID"] = organization_id
    accounts = dict.fromkeys(each.split(":")[4] for each in senders)
    roots = [f"arn:{partition}:iam::{account}:root" for account in accounts]
    conditions = {"StringEquals": equals, "ArnEquals": {"aws:PrincipalArn": list(senders)}}
    return _allowed(scope, id, statement_id, event_bus_arn, roots=roots, conditions=conditions)


def _allowed(
    scope: Construct, id: str, statement_id: str, event_bus_arn: str, *, roots: list[str], conditions: dict[str, Any]
) -> events.CfnEventBusPolicy:
    return resource(
        events.CfnEventBusPolicy,
        scope,
        id,
        statement_id=statement_id,
        statement={
            "Effect": "Allow",
            "Principal": {"AWS": roots},
            "Action": "events:PutEvents",
            "Resource": event_bus_arn,
            "Condition": conditions,
        },
    )
