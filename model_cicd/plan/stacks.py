"""Stacks and resources that are added, changed, replaced or removed."""

from __future__ import annotations

import functools
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from model_cicd.access.assembly import Stack
from model_cicd.plan import losses, values
from model_cicd.plan.records import ADDED, CHANGED, REMOVED, REPLACED, PropertyChange, ResourceChange, StackChange
from model_cicd.plan.side import Owner
from model_cicd.text.source import format_path

#: properties that are named only: the matrix says in words what policies do, and dashboards follow from the rest
_NAMED = (
    "PolicyDocument",
    "AssumeRolePolicyDocument",
    "KeyPolicy",
    "Policies",
    "ModelPackageGroupPolicy",
    "DashboardBody",
)
#: by type, properties that count when a resource is made, and never after
#: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-codecommit-repository.html
_ONCE = {"AWS::CodeCommit::Repository": "Code"}
_RETAINED = ("Retain", "RetainExceptOnCreate", "Snapshot")
#: of a resource, as many changed properties are named
_MOST = 12

Owned = tuple[Owner, Stack]


@functools.cache
def create_only() -> Mapping[str, Sequence[str]]:
    """By resource type, the paths of properties whose change replaces a resource (scripts/resource_schemas.py)."""
    path = Path(__file__).with_name("replacements.json")
    found: Mapping[str, Sequence[str]] = json.loads(path.read_text(encoding="utf-8"))
    return found


def stack_changes(before: Sequence[Owned], after: Sequence[Owned]) -> Iterator[StackChange]:
    """What happens to each stack, those of `after` first, in its order."""
    old = {stack.key: (owner, stack) for owner, stack in before}
    new = {stack.key: (owner, stack) for owner, stack in after}
    for key, (owner, stack) in new.items():
        if key not in old:
            added = tuple(_alone(stack, each, ADDED) for each in stack.resources)
            yield _change(owner, stack, ADDED, added)
        elif changed := tuple(resource_changes(old[key][1], stack)):
            yield _change(owner, stack, CHANGED, changed)
    for key, (owner, stack) in old.items():
        if key not in new:
            removed = tuple(_alone(stack, each, REMOVED) for each in stack.resources)
            yield _change(owner, stack, REMOVED, removed)


def resource_changes(before: Stack, after: Stack) -> Iterator[ResourceChange]:
    """What happens to each resource of a stack that is on both sides."""
    differing = {
        each: tuple(values.differences(_compared(before, each), _compared(after, each)))
        for each in after.resources
        if each in before.resources
    }
    replaced = _replaced(before, after, {each for each, found in differing.items() if found})
    for logical_id in after.resources:
        if logical_id not in before.resources:
            yield _alone(after, logical_id, ADDED)
        elif logical_id in replaced:
            yield _replacement(before, after, logical_id, differing[logical_id], replaced)
        elif differing[logical_id]:
            properties = _properties(differing[logical_id])
            yield _named(after, logical_id, CHANGED, properties)
    for logical_id in before.resources:
        if logical_id not in after.resources:
            yield _alone(before, logical_id, REMOVED)


def _compared(stack: Stack, logical_id: str) -> Mapping[str, Any]:
    """The properties of a resource that a change of a stack is about."""
    resource = stack.resources[logical_id]
    once = _ONCE.get(resource["Type"])
    properties = {key: value for key, value in resource.get("Properties", {}).items() if key != once}
    found: Mapping[str, Any] = values.filled(properties, stack)
    return found


def _replaced(before: Stack, after: Stack, differing: Collection[str]) -> set[str]:
    """The resources that are replaced, and those that are because what they refer to is."""
    found: set[str] = set()
    while True:
        more = {
            each
            for each in after.resources
            if each in before.resources and each not in found and _is_replaced(before, after, each, differing, found)
        }
        if not more:
            return found
        found |= more


def _is_replaced(
    before: Stack, after: Stack, logical_id: str, differing: Collection[str], replaced: Collection[str]
) -> bool:
    old, new = before.resources[logical_id], after.resources[logical_id]
    if old["Type"] != new["Type"]:
        return True
    paths = create_only().get(new["Type"], ())
    was, wanted = (values.filled(each.get("Properties", {}), stack) for each, stack in ((old, before), (new, after)))
    if logical_id in differing and any(values.at(was, path) != values.at(wanted, path) for path in paths):
        return True
    return any(values.references(values.at(wanted, path)) & set(replaced) for path in paths)


def _replacement(
    before: Stack,
    after: Stack,
    logical_id: str,
    differing: Sequence[tuple[values.Path, Any, Any]],
    replaced: Collection[str],
) -> ResourceChange:
    old, new = values.name_of(before, logical_id), values.name_of(after, logical_id)
    resource = before.resources[logical_id]
    kept = resource.get("UpdateReplacePolicy") in _RETAINED
    name = f"{old} -> {new}" if old != new else new or logical_id
    kind = str(after.resources[logical_id]["Type"])
    properties = _properties(differing)
    if not properties:
        named = sorted(values.references(after.resources[logical_id].get("Properties", {})) & set(replaced))
        properties = (PropertyChange(f"follows {', '.join(named)}", "", ""),)
    if old and old == new and resource["Type"] == kind:
        note = f"the apply would fail: CloudFormation makes no second {kind} of the same name; give it another name"
        return ResourceChange(logical_id, kind, name, REPLACED, properties, kept, note, fails=True)
    return ResourceChange(logical_id, kind, name, REPLACED, properties, kept, losses.replaced(kind, old, kept))


def _alone(stack: Stack, logical_id: str, what: str) -> ResourceChange:
    """A resource that is on one side only."""
    resource = stack.resources[logical_id]
    kind, name = str(resource["Type"]), values.name_of(stack, logical_id)
    kept = what == REMOVED and resource.get("DeletionPolicy") in _RETAINED
    note = losses.removed(kind, kept) if what == REMOVED else ""
    return ResourceChange(logical_id, kind, name or logical_id, what, kept=kept, note=note)


def _named(stack: Stack, logical_id: str, what: str, properties: tuple[PropertyChange, ...]) -> ResourceChange:
    kind = str(stack.resources[logical_id]["Type"])
    note = "" if kind in create_only() else "whether this replaces it is not known here"
    return ResourceChange(
        logical_id, kind, values.name_of(stack, logical_id) or logical_id, what, properties, note=note
    )


def _properties(differing: Sequence[tuple[values.Path, Any, Any]]) -> tuple[PropertyChange, ...]:
    """The changed properties; some by their name alone."""
    found: dict[str, PropertyChange] = {}
    for path, before, after in differing:
        named = next((index for index, part in enumerate(path) if part in _NAMED), None)
        if named is not None:
            name = format_path(path[: named + 1])
            found[name] = PropertyChange(name, "", "")
        else:
            name = format_path(path)
            found[name] = PropertyChange(name, *values.shown(before, after))
    kept = list(found.values())[:_MOST]
    more = len(found) - len(kept)
    return (*kept, PropertyChange(f"and {more} more", "", "")) if more else tuple(kept)


def _change(owner: Owner, stack: Stack, what: str, resources: tuple[ResourceChange, ...]) -> StackChange:
    return StackChange(
        stack.name, stack.account, stack.region, owner.group, owner.environment, owner.by, what, resources
    )
