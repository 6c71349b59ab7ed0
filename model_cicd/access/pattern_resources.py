"""A resource for every pattern of a policy that lies inside of something known and that none of its examples matches.

An object below `models/` stands for all of them, and a grant on `models/here/*` would pass it by.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from model_cicd.access.resolve import Resolved
from model_cicd.access.resource import SOME_OBJECT, Resource

#: kinds whose example stands for everything below the part of its ARN before the example
EXAMPLES = {"s3:object": SOME_OBJECT, "sagemaker:model-package": "1"}


def pattern_resources(resolved: Resolved, known: Sequence[Resource]) -> Iterator[Resource]:
    """The resources that the patterns in the policies of `resolved` ask for besides `known`."""
    containers = {
        resource.arn.removesuffix(example): resource
        for resource in known
        for kind, example in EXAMPLES.items()
        if kind in resource.types and resource.arn.endswith(example)
    }
    # and what is in a bucket but below none of its known prefixes
    for container, resource in list(containers.items()):
        if resource.kind in ("other registry objects", "registry files of sessions"):
            containers.setdefault(f"{container.partition('/')[0]}/", resource)
    taken = {resource.arn for resource in known}
    for pattern in sorted(set(_patterns(resolved))):
        literal = pattern.replace("*", SOME_OBJECT).replace("?", "x")
        begins = (pattern[:end] for end in range(1, len(pattern) + 1))
        inside = [each for each in begins if each in containers and pattern != f"{each}*"]
        if not inside or literal in taken:
            continue
        taken.add(literal)
        container = max(inside, key=len)
        example = containers[container]
        own = pattern.removeprefix(container)
        yield replace(example, arn=literal, label=f"{example.label}, at {own}")


def _patterns(resolved: Resolved) -> Iterator[str]:
    """The resources of every Allow statement of an identity."""
    documents = [document for role in resolved.roles.values() for document in role.identity]
    for document in [*documents, *resolved.unattached.values(), *resolved.resource_policies.values()]:
        for statement in _listed(document.body.get("Statement", [])):
            if statement.get("Effect") == "Allow":
                yield from (each for each in _listed(statement.get("Resource", [])) if isinstance(each, str))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
