"""Why somebody may or may not do something: every condition context and layer, with the statements that decide."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from model_cicd.access.actions import actions_on
from model_cicd.access.condition_context import condition_contexts, from_other_organization, named, over_http
from model_cicd.access.deployment import Deployment
from model_cicd.access.policy_simulation import EFFECTIVE, IDENTITY, RESOURCE
from model_cicd.access.principals import Principal
from model_cicd.access.resource import Resource
from model_cicd.text.errors import ModelCicdError, did_you_mean

_Named = TypeVar("_Named", Principal, Resource)


def explain(deployment: Deployment, who: str, action: str, what: str) -> str:
    """The explanation; `who` and `what` are labels, ARNs or the last parts of ARNs.

    Raises ModelCicdError for a name that nobody has or that several have.
    """
    simulation = deployment.simulation
    principal = _one(simulation.principals, who, "who asks")
    resource = _one(simulation.resources, what, "target")
    wanted, _, word = action.partition(" (")
    if not any(wanted.lower() == each.lower() for each in _actions(resource)):
        hint = did_you_mean(wanted, _actions(resource))
        raise ModelCicdError(f"{wanted!r} is no action on {resource} ({', '.join(resource.types)}){hint}")
    lines = [f"{principal} ({principal.arn})", f"{wanted} on {resource} ({resource.arn})"]
    variants = [
        *condition_contexts(simulation.common, principal, resource, wanted),
        *from_other_organization(simulation.common, principal, resource, wanted),
        *over_http(simulation.common, principal, resource, wanted),
    ]
    for variant, context in variants:
        if word and f"({variant})" != f"({word}":
            continue
        lines += ["", named(wanted, variant)]
        for layer in (EFFECTIVE, RESOURCE, IDENTITY):
            decision = simulation.decide(layer, principal, resource, wanted, context)
            lines.append(f"  {layer}: {decision.effect.value}: {decision.reason}")
            lines += [f"    by {statement}" for statement in decision.statements]
    return "\n".join(lines)


def _actions(resource: Resource) -> list[str]:
    return [action for kind in resource.types for action in actions_on(kind)]


def _one(listed: Sequence[_Named], name: str, word: str) -> _Named:
    found = list(_matching(listed, name))
    if len(found) == 1:
        return found[0]
    if not found:
        known = [each.label for each in listed]
        raise ModelCicdError(f"got {name!r}, expected the name or ARN of a {word}{did_you_mean(name, known)}")
    labels = ", ".join(repr(each.label) for each in found)
    raise ModelCicdError(f"got {name!r}, which several have, expected one of {labels}")


def _matching(listed: Sequence[_Named], name: str) -> Iterator[_Named]:
    exact = [each for each in listed if name in (each.label, each.arn)]
    yield from exact or [each for each in listed if each.arn.endswith((f"/{name}", f":{name}"))]
