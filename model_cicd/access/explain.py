"""Why somebody may or may not do something: every condition context and layer, with the statements that decide."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from model_cicd.access.actions import actions_on
from model_cicd.access.condition_context import condition_contexts, from_other_organization, named, over_http
from model_cicd.access.deployment import Deployment
from model_cicd.access.policy_simulation import EFFECTIVE, IDENTITY, RESOURCE
from model_cicd.access.principals import Principal
from model_cicd.access.report import column_of
from model_cicd.access.resource import Resource
from model_cicd.text.errors import ModelCicdError, did_you_mean

_Named = TypeVar("_Named", Principal, Resource)


class UnknownNameError(ModelCicdError):
    """A name that nobody and nothing of a deployment has."""


def explain(deployment: Deployment, who: str, action: str, what: str) -> str:
    """The explanation; `who` and `what` are names as the report has them, ARNs or the last parts of ARNs.

    `what` may be a column of the matrix as well: everything in it that knows the action. What several have in full,
    such as an ARN that stands for two kinds of things, is explained for each of them. Raises UnknownNameError for a
    name that nobody has, ModelCicdError for one that several have in part, and for an action that does not fit.
    """
    simulation = deployment.simulation
    principals = _called(simulation.principals, who, "who asks")
    column = [each for each in simulation.resources if column_of(each) == what]
    resources = column or _called(simulation.resources, what, "target")
    wanted, _, word = action.partition(" (")
    known = {name.lower(): name for each in resources for name in _actions(each)}
    if wanted.lower() not in known:
        one = resources[0]
        hint = did_you_mean(wanted, list(known.values()))
        raise ModelCicdError(f"{wanted!r} is no action on {one} ({', '.join(one.types)}){hint}")
    texts = [
        "\n".join(_lines(deployment, principal, known[wanted.lower()], word, resource))
        for principal in principals
        for resource in resources
        if known[wanted.lower()] in _actions(resource)
    ]
    return "\n\n".join(texts)


def _lines(deployment: Deployment, principal: Principal, wanted: str, word: str, resource: Resource) -> Iterator[str]:
    simulation = deployment.simulation
    yield f"{principal} ({principal.arn})"
    yield f"{wanted} on {resource} ({resource.arn})"
    variants = [
        *condition_contexts(simulation.common, principal, resource, wanted),
        *from_other_organization(simulation.common, principal, resource, wanted),
        *over_http(simulation.common, principal, resource, wanted),
    ]
    for variant, context in variants:
        if word and f"({variant})" != f"({word}":
            continue
        yield from ("", named(wanted, variant))
        for layer in (EFFECTIVE, RESOURCE, IDENTITY):
            if layer == IDENTITY and not principal.account:
                yield f"  {layer}: none: {principal} has no policies of its own"
                continue
            decision = simulation.decide(layer, principal, resource, wanted, context)
            yield f"  {layer}: {decision.effect.value}: {decision.reason}"
            yield from (f"    by {statement}" for statement in decision.statements)


def _actions(resource: Resource) -> list[str]:
    return [action for kind in resource.types for action in actions_on(kind)]


def _called(listed: Sequence[_Named], name: str, word: str) -> list[_Named]:
    """Those who have the name or ARN in full; else the one whose ARN ends with it."""
    exact = [each for each in listed if name in (each.label, each.arn)]
    found = exact or [each for each in listed if each.arn.endswith((f"/{name}", f":{name}"))]
    if not found:
        known = [each.label for each in listed]
        raise UnknownNameError(f"got {name!r}, expected the name or ARN of a {word}{did_you_mean(name, known)}")
    if len(found) > 1 and not exact:
        labels = ", ".join(repr(each.label) for each in found)
        raise ModelCicdError(f"got {name!r}, which several have, expected one of {labels}")
    return found
