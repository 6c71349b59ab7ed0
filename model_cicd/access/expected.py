"""The expected matrix: what must go through, and the most that may, for each pair of who and what.

`expected.yaml` and `expected_declared.yaml` are what people review; the former says how they are read.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from model_cicd.access.condition_context import PLAIN_HTTP
from model_cicd.access.policy_simulation import CARELESS, EFFECTIVE, IDENTITY, RESOURCE
from model_cicd.access.principals import NO_GROUP, Principal
from model_cicd.access.resource import Resource
from model_cicd.access.rule_scopes import SCOPES
from model_cicd.access.step_rows import step_rows
from model_cicd.text.errors import ModelCicdError, did_you_mean

#: of both modules and deployment groups; of pipelines that a manifest declares
FILES = tuple(Path(__file__).parent / name for name in ("expected.yaml", "expected_declared.yaml"))

_GRANTS = ("must", "identity-must", "may", "resource-ceiling", "identity-ceiling", "careless")
_KEYS = (*_GRANTS, "scope", "why")
_SCOPES: dict[str, Callable[[Principal, Resource], bool]] = {
    "another account": lambda principal, resource: principal.account != resource.account,
    "the same account": lambda principal, resource: principal.account == resource.account,
    "where its environment is": lambda principal, resource: principal.deploys_in == (resource.account, resource.region),
    "stacks of this module": lambda _principal, resource: resource.stacks,
    "stacks of this module elsewhere": lambda principal, resource: (
        resource.stacks and principal.account != resource.account
    ),
}


@dataclass(frozen=True)
class Rule:
    """What one kind of principal may do to one kind of resource; the sets hold grants, `kms:Decrypt (through S3)`."""

    resource: str
    principal: str
    scope: tuple[str, ...]
    must: frozenset[str]
    own: frozenset[str]
    careless: frozenset[str]
    most: Mapping[str, frozenset[str]]

    def holds(self, principal: Principal, resource: Resource) -> bool:
        """Whether the rule is about this pair."""
        known = principal.does | resource.uses
        return all(_SCOPES[each](principal, resource) if each in _SCOPES else each in known for each in self.scope)


@dataclass(frozen=True)
class Expected:
    """The rules; `build_accounts` says whom `everybody of a build account` means.

    `everything` are the resources: what is possible with one is possible with whatever else has its ARN.
    """

    rules: Mapping[tuple[str, str], Sequence[Rule]]
    build_accounts: frozenset[str]
    everything: Sequence[Resource] = ()

    @functools.cached_property
    def _by_arn(self) -> Mapping[str, Sequence[Resource]]:
        found: dict[str, list[Resource]] = {}
        for resource in self.everything:
            if resource.arn != "*":
                found.setdefault(resource.arn, []).append(resource)
        return {arn: several for arn, several in found.items() if len(several) > 1}

    @functools.cached_property
    def _fenced(self) -> frozenset[str]:
        """The kinds of resource that Deny statements keep from other accounts."""
        return frozenset(
            resource for (resource, _), rules in self.rules.items() if any(rule.careless for rule in rules)
        )

    def rules_for(self, principal: Principal, resource: Resource) -> Iterator[Rule]:
        """The rules about a pair."""
        yield from self.rules_of(principal.kind, principal, resource)
        if not principal.service:
            for everybody in self._everybody(principal, resource):
                yield from self._holding(everybody, principal, resource)

    def rules_of(self, kind: str, principal: Principal, resource: Resource) -> Iterator[Rule]:
        """Those of them that are about principals of a kind, of which this is one."""
        if related(principal, resource):
            yield from self._holding(kind, principal, resource)

    def _holding(self, kind: str, principal: Principal, resource: Resource) -> Iterator[Rule]:
        return (rule for rule in self.rules.get((resource.kind, kind), ()) if rule.holds(principal, resource))

    def _everybody(self, principal: Principal, resource: Resource) -> Iterator[str]:
        if principal.account == resource.account:
            yield "everybody of the account"
        if principal.account in self.build_accounts:
            yield "everybody of a build account"

    def allows(self, layer: str, principal: Principal, resource: Resource, grant: str) -> bool:
        """Whether the grant may be possible in the layer."""
        return self._careless(layer, principal, resource, grant) or grant in self.most(layer, principal, resource)

    def beyond(self, layer: str, principal: Principal, resource: Resource, grants: Iterable[str]) -> Iterator[str]:
        """Those of the grants that must not be possible in the layer."""
        most = self.most(layer, principal, resource)
        for grant in grants:
            if grant not in most and not self._careless(layer, principal, resource, grant):
                yield grant

    def most(self, layer: str, principal: Principal, resource: Resource) -> frozenset[str]:
        """The most that may be possible in the layer, by rules."""
        alike = self._by_arn.get(resource.arn, (resource,))
        rules = (rule.most[layer] for each in alike for rule in self.rules_for(principal, each))
        return frozenset(itertools.chain.from_iterable(rules))

    def _careless(self, layer: str, principal: Principal, resource: Resource, grant: str) -> bool:
        """Whether it does not matter that a careless grant would give it."""
        if layer != CARELESS or grant.endswith(f"{PLAIN_HTTP})"):
            return False
        return principal.service or principal.account == resource.account or resource.kind not in self._fenced


def related(principal: Principal, resource: Resource) -> bool:
    """Whether principal and resource are of one group and environment, as far as they are of any."""
    if principal.groups == NO_GROUP or (resource.groups == NO_GROUP and principal.groups):
        return False
    if principal.environment and resource.environment and principal.environment != resource.environment:
        return False
    return not principal.groups or not resource.groups or bool(principal.groups & resource.groups)


@functools.cache
def rules() -> Mapping[tuple[str, str], tuple[Rule, ...]]:
    """The rules of both files, and those that step types declare, by kinds of resource and principal."""
    found: dict[tuple[str, str], tuple[Rule, ...]] = {}
    written = [yaml.safe_load(file.read_text(encoding="utf-8")) for file in FILES]
    for rows in (*written, step_rows()):
        for pair, several in read_rules(rows).items():
            found[pair] = (*found.get(pair, ()), *several)
    return found


def read_rules(data: Mapping[str, Mapping[str, Any]]) -> Mapping[tuple[str, str], tuple[Rule, ...]]:
    """Rules from their file. Raises ModelCicdError for a key that means nothing."""
    found: dict[tuple[str, str], tuple[Rule, ...]] = {}
    for resource, by_principal in data.items():
        for principal, written in by_principal.items():
            several = isinstance(written, list) and all(isinstance(each, dict) for each in written)
            found[resource, principal] = tuple(
                _rule(resource, principal, each) for each in (written if several else [written])
            )
    return found


def _rule(resource: str, principal: str, stated: Any) -> Rule:
    entry = stated if isinstance(stated, dict) else {"must": stated}
    for key in entry:
        if key not in _KEYS:
            raise ModelCicdError(
                f"expected matrix: {resource}: {principal}: unknown key {key!r}{did_you_mean(str(key), _KEYS)}"
            )
    written = entry.get("scope", [])
    scope = tuple(written if isinstance(written, list) else [written])
    for each in scope:
        if each not in _SCOPES and each not in SCOPES:
            hint = did_you_mean(str(each), [*_SCOPES, *SCOPES])
            raise ModelCicdError(f"expected matrix: {resource}: {principal}: unknown scope {each!r}{hint}")
    must, own, may, by_resource, by_identity, careless = (frozenset(_flat(entry.get(key, []))) for key in _GRANTS)
    both = must | may
    most = {EFFECTIVE: both, RESOURCE: both | by_resource, IDENTITY: both | by_identity | own, CARELESS: careless}
    # of what its own policies must allow, the part within its account goes through
    most[EFFECTIVE] |= own
    return Rule(resource, principal, scope, must, own, careless, most)


def _flat(items: Sequence[Any]) -> Iterator[str]:
    for item in items:
        if isinstance(item, list):
            yield from _flat(item)
        else:
            yield str(item)
