"""A module before and after, compared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from model_cicd.access.assembly import Stack
from model_cicd.plan.costs import cost_changes
from model_cicd.plan.duties import duties
from model_cicd.plan.grants import grant_changes
from model_cicd.plan.groups import apart, said_of_groups
from model_cicd.plan.near_limits import near_limits
from model_cicd.plan.records import PROMOTION, REMOVED, REPLACED, ModulePlan, StackChange
from model_cicd.plan.side import SideModule
from model_cicd.plan.stacks import stack_changes
from model_cicd.sagemaker_model_cicd.topology import Topology

#: fates of what goes on after the apply: stacks of build accounts that a group moved away from, and all others
FORMER = "stays while something serves from there: model-cicd leftovers"
LEFT_BEHIND = "no apply takes it down: model-cicd leftovers"


def module_plan(
    manifest: str, before: SideModule | None, after: SideModule | None, gone: frozenset[str] = frozenset()
) -> ModulePlan:
    """What changes of one module; None stands for a module that is not there.

    `gone` are groups that departed and that the topology of before does not have.
    """
    old, new = (each.topology if each else None for each in (before, after))
    gone = apart(old, new) | gone
    stacks = tuple(
        replace(each, fate=_fate(each, after is not None, gone)) if each.what == REMOVED else each
        for each in stack_changes(before.stacks if before else (), after.stacks if after else ())
    )
    old_stacks, new_stacks = ([stack for _, stack in each.stacks] if each else [] for each in (before, after))
    jobs = before.jobs if before else (), after.jobs if after else ()
    return ModulePlan(
        module=(after or before).name if after or before else "",  # type: ignore[union-attr]
        said=tuple(_said(before, after)),
        stacks=stacks,
        grants=tuple(grant_changes(before.grants if before else {}, after.grants if after else {}, gone)),
        limits=tuple(near_limits(old_stacks, new_stacks)),
        costs=tuple(cost_changes(old_stacks, [*new_stacks, *_staying(old_stacks, stacks)], jobs)),
        duties=tuple(dict.fromkeys(duties(manifest, old, new, stacks))),
    )


def _fate(stack: StackChange, stays: bool, gone: frozenset[str]) -> str:
    """What becomes of a stack that the manifest no longer has; `stays` says that its module does."""
    if not stays:
        return "Seed-Farmer destroys it with its module"
    if stack.group in gone or stack.name.endswith(f"-identity-{stack.account}"):
        return "the next apply takes it down"
    if stack.by == PROMOTION:
        return "the next apply deletes it, before anything else"
    return FORMER if stack.group else LEFT_BEHIND


def _staying(before: Iterable[Stack], changes: Iterable[StackChange]) -> Iterator[Stack]:
    """What goes on costing after the apply: what is retained, and stacks that no apply takes down."""
    known = {each.key: each for each in before}
    for change in changes:
        stack = known.get((change.account, change.region, change.name))
        if stack is None:
            continue
        if change.fate in (FORMER, LEFT_BEHIND):
            yield stack
            continue
        kept = {each.logical_id for each in change.resources if each.kept and each.what in (REMOVED, REPLACED)}
        resources = {name: each for name, each in stack.resources.items() if name in kept}
        yield replace(stack, template={**stack.template, "Resources": resources})


def _said(before: SideModule | None, after: SideModule | None) -> Iterator[str]:
    if before is None or after is None:
        word, side = ("new", after) if before is None else ("removed", before)
        if side is None:
            return
        yield f"module {side.name} is {word}"
        if word == "removed":
            yield (
                "Seed-Farmer destroys it with the next apply, all of its groups with it: buckets, keys, model package "
                "groups and repositories stay"
            )
    elif isinstance(before.topology, Topology) and isinstance(after.topology, Topology):
        yield from said_of_groups(before.topology, after.topology)


def only_group(plan: ModulePlan, group: str) -> ModulePlan:
    """The part of a plan that is about one group, and about what it shares with others."""
    return replace(
        plan,
        said=tuple(each for each in plan.said if f"group {group} " in each or f"group {group}:" in each),
        stacks=tuple(each for each in plan.stacks if each.group in ("", group)),
        grants=tuple(each for each in plan.grants if _about(each.who, group) or _about(each.what, group)),
        duties=tuple(
            each for each in plan.duties if not each.startswith("group ") or each.startswith(f"group {group}:")
        ),
    )


def _about(label: str, group: str) -> bool:
    return label.endswith(f" of {group}") or f" group {group}" in label
