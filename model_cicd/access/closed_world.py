"""Everything in a deployment that the matrix does not know and does not ask about: policies, templates, structure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from model_cicd.access.closed_templates import unknown_in_template
from model_cicd.access.deployment import BOOTSTRAP, Deployment, Templates
from model_cicd.access.module_stack import MODULE_STACK
from model_cicd.access.resource import Resource
from model_cicd.access.structure import structure_differences


def unknown(deployment: Deployment) -> Iterator[str]:
    """What is not known or not as expected, a sentence each."""
    yield from _of_policies(deployment)
    yield from unknown_in_templates(deployment.templates)


def unknown_in_templates(templates: Templates) -> Iterator[str]:
    """What of the stacks is not known or not as expected, their policies left aside."""
    for stack in templates.stacks:
        # Seed-Farmer limits the role of its module
        boundary = templates.boundary if stack.name != MODULE_STACK else None
        yield from unknown_in_template(stack, templates.passing, boundary)
    yield from structure_differences(templates.stacks, templates.structure)


def _of_policies(deployment: Deployment) -> Iterator[str]:
    world, resolved = deployment.closed_world, deployment.resolved
    for principal in deployment.simulation.principals:
        if not principal.external:
            for document in principal.identity:
                yield from world.of_principal(principal, document)
    by_policy: dict[str, list[Resource]] = defaultdict(list)
    for resource in deployment.simulation.resources:
        by_policy[resource.policy or ""].append(resource)
    trust = {arn: role.trust for arn, role in resolved.roles.items()}
    for arn, document in {**resolved.resource_policies, **trust}.items():
        if document.origin != BOOTSTRAP:
            about = by_policy[arn]
            label = str(about[0]) if about else arn
            yield from world.of_resource(arn, [each.kind for each in about], label, document)
