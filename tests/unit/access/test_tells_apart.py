"""Callers of one account are asked about together only where a policy cannot know one from another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from iam_policy import Policy
from model_cicd.access.actions import actions_on
from model_cicd.access.alike_requests import AlikeRequests
from model_cicd.access.condition_context import condition_contexts, from_other_organization, named
from model_cicd.access.crowds import Cell, CrowdCells, one_by_one, told_apart
from model_cicd.access.deployment import Deployment
from model_cicd.access.policy_simulation import (
    CARELESS,
    EFFECTIVE,
    IDENTITY,
    RESOURCE,
    PolicySimulation,
    has_policy,
)
from model_cicd.access.principals import STRANGER, Principal
from model_cicd.access.resource import Resource

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


def decided(
    simulation: PolicySimulation, layer: str, principal: Principal, resource: Resource, actions: Iterable[str]
) -> Iterator[Cell]:
    """What goes through when each request is decided by itself."""
    for action in actions:
        asked = (simulation.common, principal, resource, action)
        for word, context in (
            *condition_contexts(*asked),
            *(from_other_organization(*asked) if layer == RESOURCE else ()),
        ):
            if simulation.decide(layer, principal, resource, action, context).allowed:
                yield Cell(layer, principal, resource, named(action, word))


def test_together_they_get_what_each_gets_alone(plain: Deployment) -> None:
    """Of every resource with a policy, in the layers that crowds are asked about in."""
    simulation = plain.simulation
    crowds = 0
    for resource in simulation.resources:
        if resource.policy is None or resource.external:
            continue
        found = [each for each in simulation.by_policy_of(resource) if each.layer == RESOURCE]
        crowds += sum(isinstance(each, CrowdCells) for each in found)
        actions = dict.fromkeys(name for kind in resource.types for name in actions_on(kind))
        asked = [each for each in actions if has_policy(resource, each)]
        alone = {
            cell
            for principal in simulation.principals
            for cell in decided(simulation, RESOURCE, principal, resource, asked)
        }
        assert {*one_by_one(found)} == alone, resource
    assert crowds > 10


def test_requests_that_are_alike_get_what_each_gets_alone(full: Deployment) -> None:
    """Of every resource that somebody's own policies speak of, and every Deny statement is of."""
    simulation = full.simulation
    through = refused = 0
    for principal in (each for each in simulation.principals if not each.external):
        for resource, actions in simulation.index.reached(simulation.identity_policies[principal.arn]):
            requests = AlikeRequests(simulation.common, simulation.policies_of, principal, resource)
            for layer in (EFFECTIVE, IDENTITY):
                together = [
                    Cell(layer, principal, resource, named(action, word))
                    for action in actions
                    for word in requests.allowed(layer, action)
                ]
                assert together == list(decided(simulation, layer, principal, resource, actions))
                through += len(together)
                refused += sum(not requests.allowed(layer, action) for action in actions)
    assert min(through, refused) > 100
    stranger = next(each for each in simulation.principals if each.account == STRANGER)
    for resource in simulation.resources:
        policy = simulation.resource_policies.get(resource.policy or "")
        if policy is None or all(each.effect == "Allow" for each in policy.statements):
            continue
        alone = decided(simulation, CARELESS, stranger, resource, actions_on(resource.types[0]))
        found = {each for each in simulation.by_policy_of(resource) if isinstance(each, Cell)}
        assert {*alone} == {each for each in found if (each.layer, each.principal) == (CARELESS, stranger)}, resource
