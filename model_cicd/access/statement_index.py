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
from model_cicd.access.actions import actions_on
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
        self._by_account: dict[str, list[Principal]] = defaultdict(list)
        for principal in principals:
            self._by_account[principal.account].append(principal)
        self._by_arn = {principal.arn: principal for principal in principals}
        self._all_principals = principals

    def reached(self, policies: Sequence[Policy]) -> Iterator[tuple[Resource, list[str]]]:
        """The resources and actions that policies of an identity speak of."""
        found: dict[int, tuple[Resource, set[str]]] = {}
        for statement in (each for policy in policies for each in policy.statements):
            if statement.effect != "Allow":
                continue
            for kind, listed in self._by_type.items():
                actions = _actions(statement, kind)
                if actions:
                    for number, resource in self._matching(statement, listed):
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

    def named(self, policy: Policy, resource: Resource) -> Iterator[tuple[Principal, list[str]]]:
        """The principals and actions that the policy of `resource` speaks of."""
        found: dict[str, tuple[Principal, set[str]]] = {}
        for statement in policy.statements:
            if statement.effect != "Allow" or statement.principals is None:
                continue
            if not (
                statement.not_resource
                or not statement.resources
                or any(matches(p, resource.arn) for p in statement.resources)
            ):
                continue
            actions = [name for kind in resource.types for name in _actions(statement, kind)]
            if actions:
                only = _only(statement)
                for principal in self._named_by(statement):
                    if only is not None and principal.arn not in only:
                        continue
                    found.setdefault(principal.arn, (principal, set()))[1].update(actions)
        for _, (principal, names) in sorted(found.items()):
            yield principal, sorted(names)

    def _named_by(self, statement: Statement) -> Iterator[Principal]:
        principals = statement.principals
        assert principals is not None
        if principals.negated or "*" in principals.aws:
            yield from self._all_principals
            return
        for value in principals.aws:
            yield from self._by_account.get(value, [])
            if value in self._by_arn:
                yield self._by_arn[value]
        for service in principals.services:
            if service in self._by_arn:
                yield self._by_arn[service]


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
def allowed_by_statement(patterns: tuple[str, ...], kind: str) -> tuple[str, ...]:
    """The actions on resources of the type `kind` that match one of `patterns`."""
    compiled = [re.compile(_pattern(each.lower())) for each in patterns if _of_service(each, kind)]
    return tuple(name for name in actions_on(kind) if any(each.fullmatch(name.lower()) for each in compiled))


def _of_service(pattern: str, kind: str) -> bool:
    return pattern[:1] == "*" or pattern.lower().partition(":")[0] == kind.partition(":")[0]


@functools.lru_cache(maxsize=65536)
def matches(pattern: str, arn: str) -> bool:
    """Whether a pattern of a policy may stand for an ARN, whatever its variables become."""
    return re.fullmatch(_pattern(re.sub(r"\$\{[^}]*\}", "*", pattern)), arn, re.DOTALL) is not None


@functools.lru_cache(maxsize=8192)
def _pattern(text: str) -> str:
    return "".join({"*": ".*", "?": "."}.get(each, re.escape(each)) for each in text)
