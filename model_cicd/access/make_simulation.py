"""From the policies of templates to a simulation that can be asked."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from iam_policy import Policy, PolicyError
from model_cicd.access.condition_context import CommonContext
from model_cicd.access.policy_simulation import PolicySimulation
from model_cicd.access.principals import Principal
from model_cicd.access.resolve import Document, Resolved
from model_cicd.access.resource import Resource


def make_simulation(
    common: CommonContext, everybody: Sequence[Principal], everything: Sequence[Resource], resolved: Resolved
) -> PolicySimulation:
    """The policies parsed, ready to be asked; statements that cannot be read are noted in `resolved` and left out."""
    trust = {arn: role.trust for arn, role in resolved.roles.items()}

    def read(document: Document) -> Policy:
        try:
            return parse(document)
        except PolicyError:
            policy, reasons = _readable(document)
            resolved.unreadable.extend(reasons)
            return policy

    return PolicySimulation(
        common,
        everybody,
        everything,
        {each.arn: tuple(map(read, each.identity)) for each in everybody if not each.service},
        {arn: read(document) for arn, document in {**resolved.resource_policies, **trust}.items()},
    )


def parse(document: Document) -> Policy:
    """The policy of a document, named after its origin. Raises PolicyError for one that cannot be read."""
    return Policy.parse(document.body, name=document.origin)


def _readable(document: Document) -> tuple[Policy, list[str]]:
    """A policy with those of its statements that can be read, and why the others cannot."""
    statements, reasons = [], []
    written = document.body.get("Statement", [])
    for number, statement in enumerate(written if isinstance(written, list) else [written]):
        try:
            alone = {"Version": document.body.get("Version", "2008-10-17"), "Statement": [statement]}
            (parsed,) = Policy.parse(alone, name=document.origin).statements
            statements.append(dataclasses.replace(parsed, index=number))
        except PolicyError as error:
            # it was parsed as the first statement
            reasons.append(str(error).replace("statement 1", f"statement {number + 1}", 1))
    return Policy(document.origin, tuple(statements)), reasons or [f"{document.origin}: is no policy document"]
