"""Which pairs can be allowed at all: those that an Allow statement speaks of, its conditions left aside.

Everything else is denied without a question, which makes the matrix of many groups a matter of seconds.
"""

from __future__ import annotations

import functools
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence

from iam_policy import Policy, Statement
from iam_policy.principals import Principals
from model_cicd.access.actions import actions_on
from model_cicd.access.crowds import Crowd
from model_cicd.access.principals import Principal
from model_cicd.access.resource import Resource

_WILD = re.compile(r"[*?$]")


class StatementIndex:
    """Resources by type and ARN, principals by account."""

    def __init__(self, principals: Sequence[Principal], resources: Sequence[Resource]) -> None:
        by_type: dict[str, list[tuple[str, int, Resource]]] = defaultdict(list)
        for number, resource in enumerate(resources):
            for kind in resource.types:
                by_type[kind].append((resource.arn, number, resource))
        self._by_type = {kind: sorted(listed, key=lambda each: each[:2]) for kind, listed in by_type.items()}
        self._types = tuple(self._by_type)
        self._by_account: dict[str, dict[str, Principal]] = {}
        self._by_arn: dict[str, Principal] = {}
        self._by_provider: dict[str, list[str]] = {}
        for principal in principals:
            self._by_account.setdefault(principal.account, {}).setdefault(principal.arn, principal)
            self._by_arn.setdefault(principal.arn, principal)
            if principal.jobs:
                self._by_provider.setdefault(principal.jobs.provider.arn, []).append(principal.arn)

    def reached(self, policies: Sequence[Policy]) -> Iterator[tuple[Resource, list[str]]]:
        """The resources and actions that policies of an identity speak of."""
        found: dict[int, tuple[Resource, set[str]]] = {}
        for statement in (each for policy in policies for each in policy.statements):
            if statement.effect != "Allow":
                continue
            for kind, actions in _by_kind(statement.actions, statement.not_action, self._types):
                for number, resource in self._matching(statement, self._by_type[kind]):
                    found.setdefault(number, (resource, set()))[1].update(actions)
        for _, (resource, names) in sorted(found.items()):
            yield resource, sorted(names)

    @staticmethod
    def _matching(statement: Statement, listed: list[tuple[str, int, Resource]]) -> Iterator[tuple[int, Resource]]:
        if statement.not_resource:
            yield from ((number, resource) for _, number, resource in listed)
            return
        for pattern in statement.resources:
            literal = _WILD.split(pattern, maxsplit=1)[0]
            for at in range(bisect_left(listed, (literal, -1)), len(listed)):
                arn, number, resource = listed[at]
                if not arn.startswith(literal):
                    break
                if matches(pattern, arn):
                    yield number, resource

    def named(
        self, policy: Policy, resource: Resource, apart: frozenset[str] | None
    ) -> Iterator[tuple[Principal | Crowd, list[str]]]:
        """Those whom the policy of `resource` speaks of, and with which actions.

        One by one those of the ARNs `apart` (None: all of them), those named alone, and services; the others of an
        account together.
        """
        by_account: dict[str, set[str]] = defaultdict(set)
        alone: dict[str, set[str]] = defaultdict(set)
        everybody: set[str] = set()
        for statement in policy.statements:
            if statement.effect != "Allow" or statement.principals is None or not _about(statement, resource):
                continue
            actions = [name for kind in resource.types for name in _actions(statement, kind)]
            for value in self._named_by(statement, statement.principals):
                if value == "*":
                    everybody.update(actions)
                else:
                    (by_account if value in self._by_account else alone)[value].update(actions)
        accounts = [each for each in (self._by_account if everybody else by_account) if each]
        single = {*alone, *(self._by_account.get("", {}) if everybody else ()), *(apart or ())}
        if apart is None:
            single.update(arn for account in accounts for arn in self._by_account[account])
        for arn in sorted(single & self._by_arn.keys()):
            principal = self._by_arn[arn]
            found = everybody | by_account.get(principal.account, set()) | alone.get(arn, set())
            if found:
                yield principal, sorted(found)
        for account in accounts:
            members = self._by_account[account]
            crowd = Crowd(tuple(members.values()), frozenset(single & members.keys()))
            if len(crowd) and (found := everybody | by_account.get(account, set())):
                yield crowd, sorted(found)

    def _named_by(self, statement: Statement, principals: Principals) -> Iterator[str]:
        """The accounts, ARNs and services that a statement lets in; `*` for everybody."""
        only, whole = _only(statement), principals.negated or "*" in principals.aws
        if only is not None:
            known = only & self._by_arn.keys()
            yield from (each for each in known if whole or {each, self._by_arn[each].account} & {*principals.aws})
        elif whole:
            yield "*"
        else:
            yield from (*principals.aws, *principals.services)
            yield from (jobs for each in principals.federated for jobs in self._by_provider.get(each, ()))


def _about(statement: Statement, resource: Resource) -> bool:
    """Whether a statement in the policy of a resource is about it."""
    patterns = statement.resources
    return statement.not_resource or not patterns or any(matches(each, resource.arn) for each in patterns)


def _only(statement: Statement) -> frozenset[str] | None:
    """The ARNs that a condition on aws:PrincipalArn names one by one; None where there is no such condition."""
    for condition in statement.conditions:
        exact = condition.operator in ("ArnEquals", "StringEquals") and not condition.if_exists
        if exact and condition.key.lower() == "aws:principalarn" and not any(map(_WILD.search, condition.values)):
            return frozenset(condition.values)
    return None


def _actions(statement: Statement, kind: str) -> Sequence[str]:
    return actions_on(kind) if statement.not_action else allowed_by_statement(statement.actions, kind)


@functools.lru_cache(maxsize=8192)
def _by_kind(
    actions: tuple[str, ...], not_action: bool, types: tuple[str, ...]
) -> tuple[tuple[str, Sequence[str]], ...]:
    """Of the types, those that a statement has actions for, with these."""
    found = ((kind, actions_on(kind) if not_action else allowed_by_statement(actions, kind)) for kind in types)
    return tuple((kind, names) for kind, names in found if names)


@functools.lru_cache(maxsize=8192)
def allowed_by_statement(patterns: tuple[str, ...], kind: str) -> tuple[str, ...]:
    """The actions on resources of the type `kind` that match one of `patterns`."""
    compiled = [re.compile(_pattern(each.lower())) for each in patterns if _of_service(each, kind)]
    return tuple(name for name in actions_on(kind) if any(each.fullmatch(name.lower()) for each in compiled))


def _of_service(pattern: str, kind: str) -> bool:
    return pattern[:1] == "*" or pattern.lower().partition(":")[0] == kind.partition(":")[0]


@functools.lru_cache(maxsize=65536)
def matches(pattern: str, arn: str) -> bool:
    """Whether a pattern of a policy may stand for an ARN, whatever its variables become."""
    literal, wild, rest = pattern.partition("*")
    if not rest and not _WILD.search(literal):
        return arn.startswith(literal) if wild else arn == literal
    return re.fullmatch(_pattern(re.sub(r"\$\{[^}]*\}", "*", pattern)), arn, re.DOTALL) is not None


@functools.lru_cache(maxsize=8192)
def _pattern(text: str) -> str:
    return "".join({"*": ".*", "?": "."}.get(each, re.escape(each)) for each in text)
