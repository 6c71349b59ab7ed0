"""Why somebody may or may not do something: every circumstance and layer, with the statements that decide."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from model_cicd.access.actions import actions_on
from model_cicd.access.circumstances import circumstances, from_elsewhere, named, over_http
from model_cicd.access.deployment import Deployment
from model_cicd.access.layers import EFFECTIVE, IDENTITY, RESOURCE
from model_cicd.access.subjects import Subject
from model_cicd.access.target import Target
from model_cicd.text.errors import ModelCicdError, did_you_mean

_Named = TypeVar("_Named", Subject, Target)


def explain(deployment: Deployment, who: str, action: str, what: str) -> str:
    """The explanation; `who` and `what` are labels, ARNs or the last parts of ARNs.

    Raises ModelCicdError for a name that nobody has or that several have.
    """
    access = deployment.access
    subject = _one(access.subjects, who, "who asks")
    target = _one(access.targets, what, "target")
    wanted, _, word = action.partition(" (")
    if not any(wanted.lower() == each.lower() for each in _actions(target)):
        hint = did_you_mean(wanted, _actions(target))
        raise ModelCicdError(f"{wanted!r} is no action on {target} ({', '.join(target.types)}){hint}")
    lines = [f"{subject} ({subject.arn})", f"{wanted} on {target} ({target.arn})"]
    variants = [
        *circumstances(access.world, subject, target, wanted),
        *from_elsewhere(access.world, subject, target, wanted),
        *over_http(access.world, subject, target, wanted),
    ]
    for variant, context in variants:
        if word and f"({variant})" != f"({word}":
            continue
        lines += ["", named(wanted, variant)]
        for layer in (EFFECTIVE, RESOURCE, IDENTITY):
            decision = access.decide(layer, subject, target, wanted, context)
            lines.append(f"  {layer}: {decision.effect.value}: {decision.reason}")
            lines += [f"    by {statement}" for statement in decision.statements]
    return "\n".join(lines)


def _actions(target: Target) -> list[str]:
    return [action for kind in target.types for action in actions_on(kind)]


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
