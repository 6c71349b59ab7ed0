"""One side of a comparison: the stacks of each module, and who may do what with them, as plain records."""

from __future__ import annotations

import gc
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from model_cicd.access import training_definitions
from model_cicd.access.assembly import Stack
from model_cicd.access.crowds import one_by_one
from model_cicd.access.deployment import Deployment
from model_cicd.access.module_stack import MODULE_ROLE_ID, MODULE_STACK
from model_cicd.access.modules import GroupsModule, Module, of_manifest
from model_cicd.access.policy_simulation import EFFECTIVE, RESOURCE
from model_cicd.access.principals import ADMINISTRATOR, Principal
from model_cicd.access.resource import Resource
from model_cicd.aws.place import Place
from model_cicd.pipeline.instances import instances
from model_cicd.plan.costs import Job
from model_cicd.plan.records import APPLY, PROMOTION, SEEDFARMER
from model_cicd.sagemaker_model_cicd.topology import Topology
from model_cicd.sagemaker_pipeline.topology import PipelineTopology
from model_cicd.text.errors import ModelCicdError

_HASH = re.compile(r"\b[0-9a-f]{64}\b")


@dataclass(frozen=True)
class Owner:
    """Whose a stack is: of a group and an environment, or of all (empty); and who deploys it."""

    group: str = ""
    environment: str = ""
    by: str = APPLY


@dataclass(frozen=True)
class Grant:
    """What somebody may do to something: labels and ARNs as the access matrix has them."""

    who: str
    who_arn: str
    what: str
    what_arn: str
    groups: frozenset[str]
    actions: frozenset[str]


@dataclass(frozen=True)
class SideModule:
    """A module of one side; `grants` by the ARN of who and of what, `jobs` those of its trainings."""

    topology: Topology | PipelineTopology
    stacks: tuple[tuple[Owner, Stack], ...]
    grants: Mapping[tuple[str, str], Grant]
    jobs: tuple[Job, ...] = ()

    @property
    def name(self) -> str:
        """Seed-Farmer's name of the module."""
        return self.topology.context.module


def load_side(manifest: Path, wanted: Collection[str]) -> list[SideModule]:
    """The modules with the names `wanted` of the manifest, synthesized.

    Raises ModelCicdError as the access matrix does.
    """
    return [side_of(module) for module in of_manifest(manifest) if module.name in wanted]


def side_of(module: Module) -> SideModule:
    """A module, synthesized anew."""
    was_enabled = gc.isenabled()
    gc.disable()  # nothing of a deployment is garbage before the end
    try:
        return side_module(module, module.load(None))
    finally:
        if was_enabled:
            gc.enable()


def side_module(module: Module, deployment: Deployment) -> SideModule:
    """A module with its deployment. Raises ModelCicdError for policies that cannot be read."""
    if deployment.resolved.unreadable:
        raise ModelCicdError("\n".join(deployment.resolved.unreadable))
    owners = dict(_owners(module))
    stacks = tuple((owners.get(each.name, Owner()), _own(each)) for each in deployment.templates.stacks)
    return SideModule(module.topology, stacks, dict(_grants(deployment)), tuple(jobs_of(module)))


def jobs_of(module: Module) -> Iterator[Job]:
    """The jobs of trainings, as far as the manifest declares their pipelines or new repositories are seeded."""
    if not isinstance(module, GroupsModule):
        yield from _jobs(module.topology.place, training_definitions.of_module(module))
        return
    for group in module.topology.groups:
        if definition := training_definitions.of_group(module.topology, group, module.code):
            yield from _jobs(group.build.place, definition)


def _jobs(place: Place, definition: Mapping[str, Any]) -> Iterator[Job]:
    for (type_, use), count in instances(definition).items():
        yield Job(place.account, place.region, type_, use, count)


def _own(stack: Stack) -> Stack:
    """The stack without the stand-in for the role that Seed-Farmer gives the module."""
    if stack.name != MODULE_STACK:
        return stack
    resources = {name: each for name, each in stack.resources.items() if name != MODULE_ROLE_ID}
    return replace(stack, template={**stack.template, "Resources": resources})


def _owners(module: Module) -> Iterator[tuple[str, Owner]]:
    """Whose each stack is by its name; what is missing is for all groups."""
    yield MODULE_STACK, Owner(by=SEEDFARMER)
    if not isinstance(module, GroupsModule):
        return
    for group in module.topology.groups:
        for name in (group.tooling_stack_name, group.build_stack_name, group.promotion.stack_name):
            yield name, Owner(group.name)
        for target in group.promotion.targets:
            yield target.stack_name, Owner(group.name, target.environment.name, PROMOTION)


def _grants(deployment: Deployment) -> Iterator[tuple[tuple[str, str], Grant]]:
    """What goes through; of roles that were there before, what policies of other accounts' resources let them."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    known = {}
    for cell in one_by_one(each for each in deployment.simulation.all() if each.layer in (EFFECTIVE, RESOURCE)):
        who, what = cell.principal, cell.resource
        if cell.layer == EFFECTIVE or _from_outside(who, what):
            # keys of published files are hashes of their content; what has no resource is told apart by its label
            pair = who.arn, what.label if what.arn == "*" else _HASH.sub("<hash>", what.arn)
            found[pair].add(cell.grant)
            known[pair] = who, what
    aliases = deployment.resolved.aliases
    for pair, actions in found.items():
        who, what = known[pair]
        yield (
            pair,
            Grant(
                who.label,
                _shown(who.arn, aliases),
                what.label,
                _shown(what.arn, aliases),
                _groups(who) | what.groups,
                frozenset(actions),
            ),
        )


def _from_outside(who: Principal, what: Resource) -> bool:
    """Whether somebody with every right of their own asks across accounts, so that the resource's policy decides."""
    return who.external and who.kind != ADMINISTRATOR and who.account != what.account


def _groups(principal: Principal) -> frozenset[str]:
    return frozenset(each for each in principal.groups if each)


def _shown(arn: str, aliases: Mapping[str, Iterable[str]]) -> str:
    """The ARN; of a key, whose id only KMS knows, that of its alias."""
    names = sorted(aliases.get(arn, ()))
    return f"{arn.rpartition(':')[0]}:{names[0]}" if names else arn
