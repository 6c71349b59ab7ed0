"""Actions that Deny statements cannot tell from one another, so that one decision is that of all of them."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from iam_policy import Statement
from iam_policy.services import kept_by_owner
from model_cicd.access.actions import actions_on
from model_cicd.access.condition_context import is_plain
from model_cicd.access.statement_index import allowed_by_statement

_Patterns = tuple[tuple[tuple[str, ...], bool], ...]


def alike_actions(statements: Sequence[Statement], kind: str) -> Sequence[tuple[str, ...]]:
    """The actions on resources of the type `kind`, those together that `statements` and services treat alike."""
    return _alike(tuple((each.actions, each.not_action) for each in statements), kind)


@functools.lru_cache(maxsize=1024)
def _alike(patterns: _Patterns, kind: str) -> Sequence[tuple[str, ...]]:
    found: dict[object, list[str]] = {}
    matched = [(frozenset(allowed_by_statement(actions, kind)), negated) for actions, negated in patterns]
    for action in actions_on(kind):
        met = tuple((action in names) is not negated for names, negated in matched)
        # asked in condition contexts of its own, it is like no other
        key = (met, kept_by_owner(action)) if is_plain(action) else action
        found.setdefault(key, []).append(action)
    return tuple(map(tuple, found.values()))
