"""Callers of one account are asked about together only where a policy cannot know one from another."""

from __future__ import annotations

from typing import Any

import pytest

from iam_policy import Policy
from model_cicd.access.deployment import Deployment
from model_cicd.access.policy_simulation import RESOURCE, tells_apart
from model_cicd.access.principals import Principal

ACCOUNT = "111111111111"
NAMED, OTHER = f"arn:aws:iam::{ACCOUNT}:role/named", f"arn:aws:iam::{ACCOUNT}:role/other"


def policy(**more: Any) -> Policy:
    statement = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "s3:GetObject", "Resource": "*"} | more
    return Policy.parse({"Version": "2012-10-17", "Statement": [statement]}, name="p")


@pytest.mark.parametrize(
    ("changed", "named", "other"),
    [
        ({}, False, False),
        ({"Principal": {"AWS": NAMED}}, True, False),
        ({"Condition": {"ArnEquals": {"aws:PrincipalArn": NAMED}}}, True, False),
        ({"Condition": {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/*"}}}, True, True),
        ({"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}}, False, False),
        ({"Condition": {"StringEquals": {"aws:PrincipalTag/team": "pricing"}}}, True, True),
        ({"Condition": {"StringEquals": {"aws:userid": "AIDA"}}}, True, True),
        ({"Condition": {"StringLike": {"s3:prefix": "${aws:username}/*"}}}, True, True),
    ],
)
def test_who_is_asked_about_alone(changed: dict[str, Any], named: bool, other: bool) -> None:
    apart = tells_apart(policy(**changed))
    found = [apart(Principal("role", arn, arn, ACCOUNT)) for arn in (NAMED, OTHER)]
    assert found == [named, other]


def test_together_they_get_what_each_gets_alone(plain: Deployment) -> None:
    simulation = plain.simulation
    resource = next(each for each in simulation.resources if each.kind == "registry key")
    together = [cell for cell in simulation.by_policy_of(resource) if cell.layer == RESOURCE]
    alone = [
        cell
        for principal, actions in simulation.index.named(simulation.resource_policies[resource.arn], resource)
        for action in actions
        for cell in simulation._cells(RESOURCE, principal, resource, action)
    ]
    assert len(together) > 100
    assert together == alone
