"""The expected matrix: what must go through, and the most that may, for each pair of who and what.

`expected.yaml` and `expected_declared.yaml` are what people review; the former says how they are read.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from model_cicd.access.circumstances import PLAIN_HTTP
from model_cicd.access.layers import CARELESS, EFFECTIVE, IDENTITY, RESOURCE
from model_cicd.access.step_rows import step_rows
from model_cicd.access.subjects import NO_GROUP, Subject
from model_cicd.access.target import Target
from model_cicd.access.where import WORDS
from model_cicd.text.errors import ModelCicdError, did_you_mean

#: of both modules and deployment groups; of pipelines that a manifest declares
FILES = tuple(Path(__file__).parent / name for name in ("expected.yaml", "expected_declared.yaml"))

_GRANTS = ("must", "own", "may", "resource", "identity", "careless")
_KEYS = (*_GRANTS, "where", "why")
_WHERE: dict[str, Callable[[Subject, Target], bool]] = {
    "another account": lambda subject, target: subject.account != target.account,
    "the same account": lambda subject, target: subject.account == target.account,
    "stacks of this module": lambda _subject, target: target.stacks,
    "stacks of this module elsewhere": lambda subject, target: target.stacks and subject.account != target.account,
}


@dataclass(frozen=True)
class Rule:
    """What one kind of subject may do to one kind of target; the sets hold grants, `kms:Decrypt (through S3)`."""

    target: str
    subject: str
    where: tuple[str, ...]
    must: frozenset[str]
    own: frozenset[str]
    careless: frozenset[str]
    most: Mapping[str, frozenset[str]]

    def holds(self, subject: Subject, target: Target) -> bool:
        """Whether the rule is about this pair."""
        known = subject.does | target.uses
        return all(_WHERE[each](subject, target) if each in _WHERE else each in known for each in self.where)


@dataclass(frozen=True)
class Expected:
    """The rules; `build_accounts` says whom `everybody of a build account` means.

    `everything` are the targets: what is possible with one is possible with whatever else has its ARN.
    """

    rules: Mapping[tuple[str, str], Sequence[Rule]]
    build_accounts: frozenset[str]
    everything: Sequence[Target] = ()

    @functools.cached_property
    def _by_arn(self) -> Mapping[str, Sequence[Target]]:
        found: dict[str, list[Target]] = {}
        for target in self.everything:
            if target.arn != "*":
                found.setdefault(target.arn, []).append(target)
        return {arn: several for arn, several in found.items() if len(several) > 1}

    @functools.cached_property
    def _fenced(self) -> frozenset[str]:
        """The kinds of target that Deny statements keep from other accounts."""
        return frozenset(target for (target, _), rules in self.rules.items() if any(rule.careless for rule in rules))

    def rules_for(self, subject: Subject, target: Target) -> Iterator[Rule]:
        """The rules about a pair."""
        kinds = [subject.kind] if _related(subject, target) else []
        if not subject.service:
            kinds += self._everybody(subject, target)
        for kind in kinds:
            for rule in self.rules.get((target.kind, kind), ()):
                if rule.holds(subject, target):
                    yield rule

    def _everybody(self, subject: Subject, target: Target) -> Iterator[str]:
        if subject.account == target.account:
            yield "everybody of the account"
        if subject.account in self.build_accounts:
            yield "everybody of a build account"

    def allows(self, layer: str, subject: Subject, target: Target, grant: str) -> bool:
        """Whether the grant may be possible in the layer."""
        if layer == CARELESS and not grant.endswith(f"{PLAIN_HTTP})"):
            fenced_out = subject.account != target.account and target.kind in self._fenced
            if subject.service or not fenced_out:
                return True
        alike = self._by_arn.get(target.arn, (target,))
        return any(grant in rule.most[layer] for each in alike for rule in self.rules_for(subject, each))


def _related(subject: Subject, target: Target) -> bool:
    """Whether subject and target are of one group and environment, as far as they are of any."""
    if subject.groups == NO_GROUP or (target.groups == NO_GROUP and subject.groups):
        return False
    if subject.environment and target.environment and subject.environment != target.environment:
        return False
    return not subject.groups or not target.groups or bool(subject.groups & target.groups)


@functools.cache
def rules() -> Mapping[tuple[str, str], tuple[Rule, ...]]:
    """The rules of both files, and those that step types declare, by kinds of target and subject."""
    found: dict[tuple[str, str], tuple[Rule, ...]] = {}
    written = [yaml.safe_load(file.read_text(encoding="utf-8")) for file in FILES]
    for rows in (*written, step_rows()):
        for pair, several in read_rules(rows).items():
            found[pair] = (*found.get(pair, ()), *several)
    return found


def read_rules(data: Mapping[str, Mapping[str, Any]]) -> Mapping[tuple[str, str], tuple[Rule, ...]]:
    """Rules from their file. Raises ModelCicdError for a key that means nothing."""
    found: dict[tuple[str, str], tuple[Rule, ...]] = {}
    for target, by_subject in data.items():
        for subject, written in by_subject.items():
            several = isinstance(written, list) and all(isinstance(each, dict) for each in written)
            found[target, subject] = tuple(_rule(target, subject, each) for each in (written if several else [written]))
    return found


def _rule(target: str, subject: str, stated: Any) -> Rule:
    entry = stated if isinstance(stated, dict) else {"must": stated}
    for key in entry:
        if key not in _KEYS:
            raise ModelCicdError(
                f"expected matrix: {target}: {subject}: unknown key {key!r}{did_you_mean(str(key), _KEYS)}"
            )
    written = entry.get("where", [])
    where = tuple(written if isinstance(written, list) else [written])
    for each in where:
        if each not in _WHERE and each not in WORDS:
            hint = did_you_mean(str(each), [*_WHERE, *WORDS])
            raise ModelCicdError(f"expected matrix: {target}: {subject}: unknown place {each!r}{hint}")
    must, own, may, resource, identity, careless = (frozenset(_flat(entry.get(key, []))) for key in _GRANTS)
    both = must | may
    most = {EFFECTIVE: both, RESOURCE: both | resource, IDENTITY: both | identity | own, CARELESS: careless}
    # of what its own policies must allow, the part within its account goes through
    most[EFFECTIVE] |= own
    return Rule(target, subject, where, must, own, careless, most)


def _flat(items: Sequence[Any]) -> Iterator[str]:
    for item in items:
        if isinstance(item, list):
            yield from _flat(item)
        else:
            yield str(item)
