"""Permissions gained and lost, from the access matrices of both sides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from model_cicd.plan.records import GrantChange
from model_cicd.plan.side import Grant

Grants = Mapping[tuple[str, str], Grant]


def grant_changes(before: Grants, after: Grants, own: frozenset[str] = frozenset()) -> Iterator[GrantChange]:
    """Who may do more, and who less, in the order of labels; what a new group's roles may do to it is one line each.

    `own` are the groups that are on one side only: everything about one of them alone is counted, not listed.
    """
    found = [change for pair in {*before, *after} for change in _of_pair(before.get(pair), after.get(pair), own)]
    yield from sorted(found, key=lambda each: (not each.gained, each.who, each.who_arn, each.what, each.what_arn))
    yield from _within(before, after, own)


def _of_pair(before: Grant | None, after: Grant | None, own: frozenset[str]) -> Iterator[GrantChange]:
    for gained, has, lacks in ((True, after, before), (False, before, after)):
        if has is None or _is_within(has, own):
            continue
        actions = has.actions - (lacks.actions if lacks else frozenset())
        if actions:
            yield GrantChange(gained, has.who, has.who_arn, has.what, has.what_arn, tuple(sorted(actions)))


def _is_within(grant: Grant, own: frozenset[str]) -> bool:
    """Whether a grant is between roles and resources of one new or departed group."""
    return len(grant.groups) == 1 and grant.groups <= own


def _within(before: Grants, after: Grants, own: frozenset[str]) -> Iterator[GrantChange]:
    for group in sorted(own):
        for gained, side in ((True, after), (False, before)):
            grants = [each for each in side.values() if each.groups == {group}]
            if grants:
                yield _counted(group, gained, grants)


def _counted(group: str, gained: bool, grants: Iterable[Grant]) -> GrantChange:
    found = list(grants)
    actions = sum(len(each.actions) for each in found)
    who = {each.who_arn for each in found}
    word = "new" if gained else "departed"
    said = f"{actions} grants, as expected of every group: model-cicd access lists them"
    return GrantChange(
        gained, f"the {len(who)} roles of the {word} group {group}", "", f"what is that group's ({said})", "", ()
    )
