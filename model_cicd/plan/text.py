"""A plan as text for a terminal, at most as wide as it; names and ARNs are never broken."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby

from model_cicd.plan.records import (
    ADDED,
    CHANGED,
    REMOVED,
    REPLACED,
    CostChange,
    GrantChange,
    ModulePlan,
    NearLimit,
    Plan,
    PropertyChange,
    ResourceChange,
    StackChange,
)

#: actions of one permission that the text has
_MOST_ACTIONS = 6
#: a space at which no line ends
_TOGETHER = "\u00a0"
MARKS = {ADDED: "+", CHANGED: "~", REPLACED: "±", REMOVED: "-"}


def as_text(plan: Plan, width: int = 80) -> str:
    """The whole plan."""
    lines = [f"plan of {plan.manifest} against {plan.against}"]
    lines += [f"note: {note}" for note in plan.notes]
    for module in plan.modules:
        lines += ["", f"module {module.module}", *_module(module)]
    lines += ["", plan.summary]
    return "\n".join(line for each in lines for line in wrapped(each, width))


def _module(plan: ModulePlan) -> Iterator[str]:
    yield from (f"  {each}" for each in plan.said)
    yield from (f"  note: {each}" for each in plan.notes)
    for (group, account, region), stacks in by_group(plan.stacks):
        yield from ("", f"  {group}, account {account} {region}")
        for stack in stacks:
            yield from _stack(stack)
    for gained, title in ((True, "permissions gained"), (False, "permissions lost")):
        grants = [each for each in plan.grants if each.gained is gained]
        yield from _titled(title, list(_grants(grants)))
    yield from _titled("limits that come near", [limit_text(each) for each in plan.limits])
    yield from _titled("what starts or stops costing", [cost_text(each) for each in plan.costs])
    yield from _titled("what people must do", [f"{number}. {each}" for number, each in enumerate(plan.duties, 1)])


def by_group(stacks: Sequence[StackChange]) -> list[tuple[tuple[str, str, str], list[StackChange]]]:
    """The stacks by group, account and region: those of all groups first."""
    groups = list(dict.fromkeys(["", *(each.group for each in stacks)]))

    def key(stack: StackChange) -> tuple[int, str, str]:
        return groups.index(stack.group), stack.account, stack.region

    ordered = sorted(stacks, key=key)  # which leaves an account's stacks in their order
    return [
        ((f"group {groups[number]}" if number else "for all groups", account, region), list(found))
        for (number, account, region), found in groupby(ordered, key=key)
    ]


def _stack(stack: StackChange) -> Iterator[str]:
    yield f"    {MARKS[stack.what]}{_TOGETHER}{stack_text(stack)}"
    for each in stack.resources:
        policies = [change.path for change in each.properties if not change.before and not change.after]
        yield f"        {MARKS[each.what]}{_TOGETHER}{resource_text(each)}{_policies(policies)}"
        yield from (
            f"            {property_text(change)}" for change in each.properties if change.before or change.after
        )


def stack_text(stack: StackChange) -> str:
    """A stack in one line."""
    when = f"by {stack.by}" if stack.what != REMOVED else stack.fate
    return f"{stack.name}: {stack.what}{f', {when}' if when else ''}"


def _grants(changes: Sequence[GrantChange]) -> Iterator[str]:
    for (who, arn), found in groupby(changes, key=lambda each: (each.who, each.who_arn)):
        grants = list(found)
        if not arn:
            yield from (f"{who}: {each.what}" for each in grants)
            continue
        yield f"{who} ({arn})"
        yield from (f"    {_grant(each, _MOST_ACTIONS)}" for each in grants)


def _grant(change: GrantChange, most: int | None = None) -> str:
    actions = change.actions if most is None else change.actions[:most]
    more = len(change.actions) - len(actions)
    what = f"{change.what} ({change.what_arn})" if change.what_arn != "*" else change.what
    return f"{', '.join(actions)}{f' and {more} more' if more else ''} on {what}"


def resource_text(change: ResourceChange) -> str:
    """A resource in one line."""
    note = f": {change.note}" if change.note else ""
    return f"{change.type} {change.name}{', replaced' if change.what == REPLACED else ''}{note}"


def property_text(change: PropertyChange) -> str:
    """A property in one line."""
    if not change.before and not change.after:
        return change.path
    return f"{change.path}: {change.before or '(none)'} -> {change.after or '(none)'}"


def grant_text(change: GrantChange) -> str:
    """A permission in words."""
    if not change.who_arn:
        return f"{change.who}: {change.what}"
    return f"{change.who} ({change.who_arn}) {'may now' if change.gained else 'may no longer'} {_grant(change)}"


def limit_text(near: NearLimit) -> str:
    """A limit in words."""
    raised = "; AWS raises it on request" if near.raised else ""
    share = near.needed * 100 // near.value
    return f"{near.where}: {near.needed:,} of {near.value:,} {near.what} ({share} %, was {near.before:,}){raised}"


def cost_text(cost: CostChange) -> str:
    """A cost in words."""
    change = cost.after - cost.before
    return (
        f"account {cost.account} {cost.region}: {change:+} {cost.kind} ({cost.before} -> {cost.after}), "
        f"charged by {cost.unit}"
    )


def _titled(title: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield from ("", f"  {title}", *(f"    {each}" for each in lines))


def wrapped(line: str, width: int) -> list[str]:
    """A line as lines of at most `width`, as far as words are not longer."""
    text = line.lstrip(" ")
    indent = " " * (len(line) - len(text))
    found = textwrap.wrap(
        text, width, initial_indent=indent, subsequent_indent=indent + " " * 4, break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip
    return [each.replace(_TOGETHER, " ") for each in found] or [""]


def _policies(paths: Sequence[str]) -> str:
    return f": {', '.join(paths)}" if paths else ""
