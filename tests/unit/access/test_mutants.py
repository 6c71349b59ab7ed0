"""The gate catches mutants of every policy and template, but for a few that change nothing.

`MUTANTS=all` asks about all of them, which takes minutes; otherwise it is one in several, always the same.
"""

from __future__ import annotations

import dataclasses
import itertools
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from model_cicd.access import differences
from model_cicd.access.closed_world import unknown_in_templates
from model_cicd.access.deployment import BOOTSTRAP, Deployment
from model_cicd.access.differences import Need
from model_cicd.access.policy_simulation import Cell, parse
from model_cicd.access.principals import Principal
from model_cicd.access.resolve import Document
from tests.unit.access.mutants import Mutant, added, mutants
from tests.unit.access.template_mutants import Template, TemplateMutant, structural, whole_resources

SURVIVORS: list[dict[str, str]] = yaml.safe_load((Path(__file__).parent / "survivors.yaml").read_text())
AT_LEAST = 0.98
#: all mutants, rather than one in several of each class
EVERY = os.environ.get("MUTANTS") == "all"


#: whether a mutant is caught
Ask = Callable[[], bool]


class Laboratory:
    """Changes one policy after the other and asks what the gate asks, of that policy alone."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        self.simulation, self.expected = deployment.simulation, deployment.expected
        self.world, self.resolved = deployment.closed_world, deployment.resolved
        self.needs_of: dict[str, list[Need]] = defaultdict(list)
        self.resources_of: dict[str, list[Any]] = defaultdict(list)
        for need in differences.needs(self.simulation, self.expected):
            self.needs_of[need.principal.arn].append(need)
            self.needs_of[need.resource.policy or ""].append(need)
        for resource in self.simulation.resources:
            self.resources_of[resource.policy or ""].append(resource)

    def identity(self) -> Iterator[tuple[str, Mutant, Ask]]:
        """Mutants of the policies of roles and people."""
        for principal in self.simulation.principals:
            for document in () if principal.external else principal.identity:
                known = frozenset(self.world.of_principal(principal, document))
                for mutant in mutants(document.body):
                    yield principal.kind, mutant, partial(self._of_principal, principal, document, mutant, known)

    def _of_principal(self, principal: Principal, document: Document, mutant: Mutant, known: frozenset[str]) -> bool:
        changed = Document(document.origin, mutant.body)
        documents = [changed if each is document else each for each in principal.identity]
        original = self.simulation.identity_policies[principal.arn]
        self.simulation.identity_policies[principal.arn] = tuple(map(parse, documents))
        try:
            if self._caught(mutant, principal.arn, lambda: self.simulation.by_principal(principal)):
                return True
        finally:
            self.simulation.identity_policies[principal.arn] = original
        return not known.issuperset(self.world.of_principal(principal, changed))

    def resource(self) -> Iterator[tuple[str, Mutant, Ask]]:
        """Mutants of the policies of resources, trust policies among them."""
        documents = {arn: role.trust for arn, role in self.resolved.roles.items()} | self.resolved.resource_policies
        for arn, document in documents.items():
            resource = self.resources_of[arn][0]
            if not resource.external and resource.kind != "module role":
                for mutant in mutants(document.body):
                    yield resource.kind, mutant, partial(self._of_resource, arn, document, mutant)

    def _of_resource(self, arn: str, document: Document, mutant: Mutant) -> bool:
        resources, changed = self.resources_of[arn], Document(document.origin, mutant.body)
        original = self.simulation.resource_policies[arn]
        self.simulation.resource_policies[arn] = parse(changed)
        try:
            if self._caught(
                mutant, arn, lambda: itertools.chain.from_iterable(map(self.simulation.by_policy_of, resources))
            ):
                return True
        finally:
            self.simulation.resource_policies[arn] = original
        return any(self.world.of_resource(arn, [each.kind for each in resources], arn, changed))

    def _caught(self, mutant: Mutant, arn: str, cells: Callable[[], Iterable[Cell]]) -> bool:
        def too_much() -> bool:
            return next(differences.gains(cells(), self.expected), None) is not None

        def too_little() -> bool:
            return not all(differences.met(self.simulation, need) for need in self.needs_of[arn])

        return too_much() or too_little() if mutant.wider else too_little() or too_much()


def entries_for(kind: str, change: str) -> list[dict[str, str]]:
    return [each for each in SURVIVORS if fnmatchcase(kind, each["of"]) and fnmatchcase(change, each["change"])]


def judge(word: str, tried: Iterable[tuple[str, str, Ask]], one_in: int) -> list[dict[str, str]]:
    """Ask whether mutants of a class are caught, one in so many of them or all; the entries of those that are not.

    At least 98 of 100 have to be, and each of the others needs its reason.
    """
    asked = [each for number, each in enumerate(tried) if EVERY or number % one_in == 0]
    survivors = [(kind, change) for kind, change, caught in asked if not caught()]
    share = 1 - len(survivors) / len(asked)
    print(f"{word}: {len(asked)} mutants, {len(survivors)} not caught: {share:.1%} caught")
    assert len(asked) >= 20
    assert share >= AT_LEAST, survivors
    assert [each for each in survivors if not entries_for(*each)] == []
    used = []
    for each in survivors:
        (entry, *_) = entries_for(*each)
        print(f"    {each[0]}: {each[1]}: {entry['reason']}")
        used.append(entry)
    return used


@pytest.mark.slow
@pytest.mark.xdist_group("access")
def test_mutants_are_caught(
    plain: Deployment, full: Deployment, declared_plain: Deployment, declared_types: list[Deployment]
) -> None:
    """Of both modules, with nothing optional, and with every option and type of step that policies depend on."""
    used: list[dict[str, str]] = []
    for module, deployments in (
        ("sagemaker-model-cicd", [plain, full]),
        ("sagemaker-pipeline", [declared_plain, *declared_types]),
    ):
        several = [each for deployment in deployments for each in _mutants(deployment)]
        for word, wider in (("widened", True), ("taken away", False)):
            chosen = [(kind, mutant.change, caught) for kind, mutant, caught in several if mutant.wider is wider]
            used += judge(f"{module}, {word}", chosen, 7)
    assert not EVERY or [entry["change"] for entry in SURVIVORS if entry not in used] == []
    assert all(len(entry["reason"]) > 30 for entry in SURVIVORS)


@pytest.mark.xdist_group("access")
def test_what_is_added_is_caught(plain: Deployment, declared_plain: Deployment) -> None:
    """Statements, principals, accounts, services and resources that a policy is given besides, by class."""
    tried: dict[str, list[tuple[str, str, Ask]]] = defaultdict(list)
    for deployment in (plain, declared_plain):
        for kind, of, change, caught in _added(deployment):
            tried[kind].append((of, change, caught))
    for kind, several in sorted(tried.items()):
        judge(f"{kind} added", several, 3)


@pytest.mark.xdist_group("access")
def test_changed_templates_are_caught(
    plain: Deployment, full: Deployment, declared_plain: Deployment, declared_types: list[Deployment]
) -> None:
    """Whole resources besides, and structure that is otherwise."""
    changes: tuple[tuple[str, Callable[[Template], Iterator[TemplateMutant]], int], ...] = (
        ("whole resources and properties", whole_resources, 7),
        ("structure", structural, 7),
    )
    for word, change, one_in in changes:
        deployments = (plain, full, declared_plain, *declared_types)
        judge(word, [each for deployment in deployments for each in _of_templates(deployment, change)], one_in)


def _of_templates(
    deployment: Deployment, change: Callable[[Template], Iterator[TemplateMutant]]
) -> Iterator[tuple[str, str, Ask]]:
    templates = deployment.templates
    for stack in templates.stacks:
        wanted = tuple(each for each in templates.structure if each.stack == stack.name)
        own = dataclasses.replace(templates, structure=wanted)
        assert not any(unknown_in_templates(dataclasses.replace(own, stacks=(stack,))))
        for what, template in change(dict(stack.template)):
            changed = dataclasses.replace(own, stacks=(dataclasses.replace(stack, template=template),))
            yield stack.name, what, partial(_any, partial(unknown_in_templates, changed))


def _added(deployment: Deployment) -> Iterator[tuple[str, str, str, Ask]]:
    world = deployment.closed_world
    for principal in deployment.simulation.principals:
        for document in () if principal.external else principal.identity:
            known = frozenset(world.of_principal(principal, document))
            for kind, mutant in added(document.body, of_resource=False):
                changed = Document(document.origin, mutant.body)
                ask = partial(_any, partial(world.of_principal, principal, changed), known)
                yield kind, principal.kind, mutant.change, ask
    kinds: dict[str, list[str]] = defaultdict(list)
    for resource in deployment.simulation.resources:
        kinds[resource.policy or ""].append(resource.kind)
    trust = {arn: role.trust for arn, role in deployment.resolved.roles.items()}
    for arn, document in {**deployment.resolved.resource_policies, **trust}.items():
        for kind, mutant in added(document.body, of_resource=True) if document.origin != BOOTSTRAP else ():
            changed = Document(document.origin, mutant.body)
            yield (
                kind,
                kinds[arn][0],
                mutant.change,
                partial(_any, partial(world.of_resource, arn, kinds[arn], arn, changed)),
            )


def _any(said: Callable[[], Iterable[str]], known: frozenset[str] = frozenset()) -> bool:
    """Whether anything is said that is not known."""
    return not known.issuperset(said())


def _mutants(deployment: Deployment) -> Iterator[tuple[str, Mutant, Ask]]:
    laboratory = Laboratory(deployment)
    yield from laboratory.identity()
    yield from laboratory.resource()
