"""Callers of one account are asked about together only where a policy cannot know one from another."""

from __future__ import annotations

from typing import Any

import pytest

from iam_policy import Policy
from model_cicd.access.actions import actions_on
from model_cicd.access.crowds import CrowdCells, one_by_one, told_apart
from model_cicd.access.deployment import Deployment
from model_cicd.access.policy_simulation import RESOURCE, has_policy

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
    apart = told_apart(policy(**changed))
    assert [apart is None or arn in apart for arn in (NAMED, OTHER)] == [named, other]


def test_together_they_get_what_each_gets_alone(plain: Deployment) -> None:
    """Of every resource with a policy, in the layers that crowds are asked about in."""
    simulation = plain.simulation
    crowds = 0
    for resource in simulation.resources:
        if resource.policy is None or resource.external:
            continue
        found = [each for each in simulation.by_policy_of(resource) if each.layer == RESOURCE]
        crowds += sum(isinstance(each, CrowdCells) for each in found)
        alone = {
            cell
            for principal in simulation.principals
            for action in dict.fromkeys(name for kind in resource.types for name in actions_on(kind))
            if has_policy(resource, action)
            for cell in simulation._cells(RESOURCE, principal, resource, action)
        }
        assert {*one_by_one(found)} == alone, resource
    assert crowds > 10
