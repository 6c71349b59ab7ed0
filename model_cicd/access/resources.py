"""Everything that may be asked for: the module's own, its roles and those of the bootstrap, and what surrounds them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from model_cicd.access.deployment_facts import DeploymentFacts
from model_cicd.access.foreign_resources import foreign_resources, unknown_resources
from model_cicd.access.pattern_resources import pattern_resources
from model_cicd.access.principals import NO_GROUP, Principal, bootstrap_kinds
from model_cicd.access.resolve import Resolved
from model_cicd.access.resource import ROLE, Resource


def resources(
    facts: DeploymentFacts, resolved: Resolved, everybody: Sequence[Principal], own: Iterable[Resource]
) -> list[Resource]:
    """Everything, in a stable order; `own` are those that the module has kinds for."""
    found = [*own, *(_role(principal, facts) for principal in everybody if principal.arn in resolved.roles)]
    found += _bootstrap_roles(facts)
    taken = {each.arn for each in found if each.arn != "*"}
    found += [each for each in foreign_resources(facts) if each.arn not in taken]
    found += unknown_resources(resolved, {each.policy for each in found}, facts)
    return [*found, *pattern_resources(resolved, found)]


def _bootstrap_roles(facts: DeploymentFacts) -> Iterator[Resource]:
    for place in facts.environments:
        account, region = place.roles.account, place.roles.region
        for kind, arn in bootstrap_kinds(place.roles).items():
            label, groups = f"{kind} of account {account}", place.groups or NO_GROUP
            yield Resource(
                kind, label, arn, account, region, ROLE, groups, policy=arn, stacks=place.stacks, external=True
            )


def _role(principal: Principal, facts: DeploymentFacts) -> Resource:
    return Resource(
        principal.kind,
        f"the {principal.label}",
        principal.arn,
        principal.account,
        facts.region,
        ROLE,
        principal.groups,
        principal.environment,
        policy=principal.arn,
    )
