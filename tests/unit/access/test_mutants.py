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

from model_cicd.access import differences
from model_cicd.access.deployment import BOOTSTRAP, Deployment
from model_cicd.access.differences import Need
from model_cicd.access.policy_simulation import Cell, parse
from model_cicd.access.resolve import Document
from tests.unit.access.mutants import Mutant, added, mutants

SURVIVORS: list[dict[str, str]] = yaml.safe_load((Path(__file__).parent / "survivors.yaml").read_text())
AT_LEAST = 0.95


class Laboratory:
    """Changes one policy after the other and asks only what it can have changed."""

    def __init__(self, deployment: Deployment) -> None:
        self.simulation, self.expected = deployment.simulation, deployment.expected
        self.resolved = deployment.resolved
        self.needs_of: dict[str, list[Need]] = defaultdict(list)
        self.resources_of: dict[str, list[Any]] = defaultdict(list)
        for need in differences.needs(self.simulation, self.expected):
            self.needs_of[need.principal.arn].append(need)
            self.needs_of[need.resource.policy or ""].append(need)
        for resource in self.simulation.resources:
            self.resources_of[resource.policy or ""].append(resource)

    def identity(self) -> Iterator[tuple[str, Mutant, bool]]:
        """Mutants of the policies of roles and people."""
        for principal in self.simulation.principals:
            if principal.external:
                continue
            original = self.simulation.identity_policies[principal.arn]
            for index, document in enumerate(principal.identity):
                for mutant in mutants(document.body):
                    changed = parse(Document(document.origin, mutant.body))
                    self.simulation.identity_policies[principal.arn] = (
                        *original[:index],
                        changed,
                        *original[index + 1 :],
                    )
                    caught = self._caught(mutant, principal.arn, lambda: self.simulation.by_principal(principal))  # noqa: B023
                    yield principal.kind, mutant, caught
            self.simulation.identity_policies[principal.arn] = original

    def resource(self) -> Iterator[tuple[str, Mutant, bool]]:
        """Mutants of the policies of resources, trust policies among them."""
        documents = {arn: role.trust for arn, role in self.resolved.roles.items()} | self.resolved.resource_policies
        for arn, document in documents.items():
            resources = self.resources_of[arn]
            if resources[0].external or resources[0].kind == "module role":
                continue
            original = self.simulation.resource_policies[arn]
            for mutant in mutants(document.body):
                self.simulation.resource_policies[arn] = parse(Document(document.origin, mutant.body))
                cells = lambda: itertools.chain.from_iterable(map(self.simulation.by_policy_of, resources))  # noqa: B023, E731
                yield resources[0].kind, mutant, self._caught(mutant, arn, cells)
            self.simulation.resource_policies[arn] = original

    def _caught(self, mutant: Mutant, arn: str, cells: Callable[[], Iterable[Cell]]) -> bool:
        def too_much() -> bool:
            return next(differences.gains(cells(), self.expected), None) is not None

        def too_little() -> bool:
            return not all(differences.met(self.simulation, need) for need in self.needs_of[arn])

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


@pytest.mark.xdist_group("access")
def test_what_is_added_is_caught(plain: Deployment, declared_plain: Deployment) -> None:
    """Statements, principals, accounts, services and resources that a policy is given besides, by class."""
    tried: dict[str, list[tuple[str, bool]]] = defaultdict(list)
    for deployment in (plain, declared_plain):
        for kind, change, caught in _added(deployment):
            tried[kind].append((change, caught))
    for kind, several in sorted(tried.items()):
        survivors = [change for change, caught in several if not caught]
        print(f"{kind}: {len(several)} mutants, {len(survivors)} not caught")
        assert len(several) >= 20
        assert len(survivors) <= len(several) * 0.02, survivors


def _added(deployment: Deployment) -> Iterator[tuple[str, str, bool]]:
    world = deployment.closed_world
    for principal in deployment.simulation.principals:
        for document in () if principal.external else principal.identity:
            known = {*world.of_principal(principal, document)}
            for kind, mutant in added(document.body, of_resource=False):
                lines = {*world.of_principal(principal, Document(document.origin, mutant.body))} - known
                yield kind, f"{principal}: {mutant.change}", bool(lines)
    kinds: dict[str, list[str]] = defaultdict(list)
    for resource in deployment.simulation.resources:
        kinds[resource.policy or ""].append(resource.kind)
    trust = {arn: role.trust for arn, role in deployment.resolved.roles.items()}
    for arn, document in {**deployment.resolved.resource_policies, **trust}.items():
        if document.origin == BOOTSTRAP:
            continue
        for kind, mutant in added(document.body, of_resource=True):
            found = [*world.of_resource(arn, kinds[arn], arn, Document(document.origin, mutant.body))]
            yield kind, f"{arn}: {mutant.change}", bool(found)


def _all_mutants(deployment: Deployment) -> list[tuple[str, Mutant, bool]]:
    laboratory = Laboratory(deployment)
    return [*laboratory.identity(), *laboratory.resource()]
