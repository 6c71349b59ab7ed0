"""The expected matrix catches mutants of every policy, but for a few that it cannot catch."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
import yaml

from model_cicd.access import judge
from model_cicd.access.deployment import Deployment
from model_cicd.access.judge import Need
from model_cicd.access.layers import Cell, parse
from model_cicd.access.resolve import Document
from tests.unit.access.mutants import Mutant, mutants

SURVIVORS: list[dict[str, str]] = yaml.safe_load((Path(__file__).parent / "survivors.yaml").read_text())
AT_LEAST = 0.95


class Laboratory:
    """Changes one policy after the other and asks only what it can have changed."""

    def __init__(self, deployment: Deployment) -> None:
        self.access, self.expected = deployment.access, deployment.expected
        self.resolved = deployment.resolved
        self.needs_of: dict[str, list[Need]] = defaultdict(list)
        self.targets_of: dict[str, list[Any]] = defaultdict(list)
        for need in judge.needs(self.access, self.expected):
            self.needs_of[need.subject.arn].append(need)
            self.needs_of[need.target.policy or ""].append(need)
        for target in self.access.targets:
            self.targets_of[target.policy or ""].append(target)

    def identity(self) -> Iterator[tuple[str, Mutant, bool]]:
        """Mutants of the policies of roles and people."""
        for subject in self.access.subjects:
            if subject.given:
                continue
            original = self.access.identity[subject.arn]
            for index, document in enumerate(subject.identity):
                for mutant in mutants(document.body):
                    changed = parse(Document(document.origin, mutant.body))
                    self.access.identity[subject.arn] = (*original[:index], changed, *original[index + 1 :])
                    caught = self._caught(mutant, subject.arn, lambda: self.access.by_subject(subject))  # noqa: B023
                    yield subject.kind, mutant, caught
            self.access.identity[subject.arn] = original

    def resource(self) -> Iterator[tuple[str, Mutant, bool]]:
        """Mutants of the policies of resources, trust policies among them."""
        documents = {arn: role.trust for arn, role in self.resolved.roles.items()} | self.resolved.resource
        for arn, document in documents.items():
            targets = self.targets_of[arn]
            if targets[0].given or targets[0].kind == "module role":
                continue
            original = self.access.resource[arn]
            for mutant in mutants(document.body):
                self.access.resource[arn] = parse(Document(document.origin, mutant.body))
                cells = lambda: itertools.chain.from_iterable(map(self.access.by_policy_of, targets))  # noqa: B023, E731
                yield targets[0].kind, mutant, self._caught(mutant, arn, cells)
            self.access.resource[arn] = original

    def _caught(self, mutant: Mutant, arn: str, cells: Callable[[], Iterable[Cell]]) -> bool:
        def too_much() -> bool:
            return next(judge.gains(cells(), self.expected), None) is not None

        def too_little() -> bool:
            return not all(judge.met(self.access, need) for need in self.needs_of[arn])

        return too_much() or too_little() if mutant.wider else too_little() or too_much()


def entries_for(kind: str, change: str) -> list[dict[str, str]]:
    return [each for each in SURVIVORS if fnmatchcase(kind, each["of"]) and fnmatchcase(change, each["change"])]


@pytest.mark.slow
@pytest.mark.xdist_group("access")
def test_mutants_are_caught(
    plain: Deployment, full: Deployment, declared_plain: Deployment, declared_types: list[Deployment]
) -> None:
    """Of both modules, with nothing optional, and with every option and type of step that policies depend on."""
    used: list[dict[str, str]] = []
    for deployments in ([plain, full], [declared_plain, *declared_types]):
        tried = [each for deployment in deployments for each in _all_mutants(deployment)]
        survivors = [(kind, mutant.change) for kind, mutant, caught in tried if not caught]
        share = 1 - len(survivors) / len(tried)
        print(f"{len(tried)} mutants, {len(survivors)} not caught: {share:.1%} caught")
        assert len(tried) > 1000
        assert share >= AT_LEAST, survivors
        assert [each for each in survivors if not entries_for(*each)] == []
        used += [entry for each in survivors for entry in entries_for(*each)]
    assert [entry["change"] for entry in SURVIVORS if entry not in used] == []
    assert all(len(entry["reason"]) > 30 for entry in SURVIVORS)


def _all_mutants(deployment: Deployment) -> list[tuple[str, Mutant, bool]]:
    laboratory = Laboratory(deployment)
    return [*laboratory.identity(), *laboratory.resource()]
