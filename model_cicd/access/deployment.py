"""A whole deployment of a module, ready to be asked: templates, policies, everybody and everything."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from model_cicd.access.assembly import Stack, StackKey, read_assembly
from model_cicd.access.bootstrap import bootstrap_trust
from model_cicd.access.cdk_assets import cdk_assets
from model_cicd.access.closed_statements import ClosedWorld
from model_cicd.access.condition_context import CommonContext
from model_cicd.access.connections import with_connections
from model_cicd.access.declared_pipelines import DeclaredPipeline, of_group, of_module
from model_cicd.access.deployment_facts import DeploymentFacts, of_groups, of_pipeline
from model_cicd.access.expected import Expected, rules
from model_cicd.access.foreign_resources import asset_resources, secret_resources, stranger_keys
from model_cicd.access.group_principals import group_principals
from model_cicd.access.group_resources import group_resources
from model_cicd.access.group_structure import group_structure
from model_cicd.access.make_simulation import make_simulation
from model_cicd.access.module_stack import module_stack
from model_cicd.access.policy_simulation import PolicySimulation
from model_cicd.access.principals import Principal, principals
from model_cicd.access.promotion_parameters import promotion_parameters
from model_cicd.access.resolve import Document, Resolved, resolve
from model_cicd.access.resource import Resource
from model_cicd.access.resources import resources
from model_cicd.access.sagemaker_pipeline import PipelineResources, pipeline_principals
from model_cicd.access.structure import Expectation, pipeline_structure
from model_cicd.sagemaker_model_cicd.topology import Topology
from model_cicd.sagemaker_pipeline.read import PipelineModule
from model_cicd.sagemaker_pipeline.topology import PipelineTopology
from model_cicd.text.errors import ModelCicdError

#: where the trust of roles stands that were there before
BOOTSTRAP = "cdk bootstrap"


@dataclass(frozen=True)
class Templates:
    """The stacks, those of endpoints (`passing`) by name, the boundary of all roles, and the structure to expect."""

    stacks: tuple[Stack, ...]
    passing: frozenset[str]
    boundary: str | None
    structure: tuple[Expectation, ...]


@dataclass(frozen=True)
class Deployment:
    """One deployment: what is possible in it, and what is expected."""

    facts: DeploymentFacts
    resolved: Resolved
    simulation: PolicySimulation
    expected: Expected
    templates: Templates

    @functools.cached_property
    def closed_world(self) -> ClosedWorld:
        """What policies may name."""
        facts, simulation = self.facts, self.simulation
        aliases = frozenset(facts.key_aliases)
        return ClosedWorld(
            self.expected,
            simulation.principals,
            simulation.resources,
            frozenset([*facts.accounts, *facts.named_accounts]),
            facts.organization_id,
            aliases,
            frozenset(facts.promotions.values()),
        )


def load_groups(
    topology: Topology, assembly: Path, module: Path, deployed: Mapping[StackKey, Stack] | None = None
) -> Deployment:
    """The deployment of `topology` whose synthesis is in `assembly`; `module` is the directory of the module.

    `deployed` are stacks as they are in AWS: they take the place of those of the synthesis, which without them are
    taken to be empty.

    Raises ModelCicdError for files that are not there, UnresolvedError for policies that are not known.
    """
    tooling = topology.tooling
    stacks = _in_place(_stacks_with(assembly, tooling.stack_name, tooling.account), deployed)
    stacks = with_connections(_promoted(stacks, promotion_parameters(topology, stacks), deployed), topology)
    facts = of_groups(topology)
    every = [*stacks, module_stack(module, topology)]
    resolved = _resolved(facts, every)
    pipelines: dict[str, DeclaredPipeline] = {}
    for group in topology.groups:
        key = resolved.key_of(group.registry.key_alias.name, group.build.account)
        if declared := of_group(topology, group, key or ""):
            pipelines[group.name] = declared
    files = asset_resources(cdk_assets(assembly, stacks, topology))
    own = [*group_resources(topology, resolved, pipelines), *files, *secret_resources(topology.secret_arns)]
    templates = Templates(
        tuple(every),
        frozenset(target.stack_name for group in topology.groups for target in group.promotion.targets),
        topology.permissions_boundary_name,
        tuple(group_structure(topology)),
    )
    return _made(facts, resolved, group_principals(topology, pipelines), own, templates)


def load_pipeline(
    topology: PipelineTopology,
    module: PipelineModule,
    directory: Path,
    assembly: Path,
    deployed: Mapping[StackKey, Stack] | None = None,
) -> Deployment:
    """The deployment of a declared pipeline; local files of its configuration start from `directory`.

    `deployed` are stacks as they are in AWS, in the place of those of the synthesis.

    Raises ModelCicdError for files that are not there, UnresolvedError for policies that are not known.
    """
    stacks = _in_place(_stacks_with(assembly, topology.stack_name, topology.place.account), deployed)
    facts = of_pipeline(topology)
    resolved = _resolved(facts, stacks)
    store = topology.store
    key = store.key_arn or resolved.key_of(store.key_alias.name if store.key_alias else "", topology.place.account)
    declared = of_module(topology, module, directory, _asset_bucket(assembly), key or "")
    own = PipelineResources(topology, resolved, declared).all()
    structure = tuple(pipeline_structure(topology, declared, stacks))
    templates = Templates(tuple(stacks), frozenset(), topology.permissions_boundary_name, structure)
    return _made(facts, resolved, pipeline_principals(topology, declared), own, templates)


def _stacks_with(assembly: Path, name: str, account: str) -> list[Stack]:
    stacks = read_assembly(assembly)
    if not any((each.name, each.account) == (name, account) for each in stacks):
        raise ModelCicdError(f"{assembly}: no stack {name} in account {account}: another module's")
    return stacks


def _promoted(
    stacks: Sequence[Stack],
    parameters: Mapping[str, Mapping[str, str]],
    deployed: Mapping[StackKey, Stack] | None,
) -> list[Stack]:
    """The stacks with the parameters that promotions give them, by name; those that are in AWS have theirs."""
    given = {} if deployed is None else deployed
    return [
        replace(each, parameters={**each.parameters, **parameters.get(each.name, {})})
        if each.key not in given
        else each
        for each in stacks
    ]


def _in_place(stacks: list[Stack], deployed: Mapping[StackKey, Stack] | None) -> list[Stack]:
    """The stacks as they are in AWS, empty where they are not there; as they are without `deployed`."""
    if deployed is None:
        return stacks
    return [deployed.get(each.key) or replace(each, template={"Resources": {}}) for each in stacks]


def _resolved(facts: DeploymentFacts, stacks: Sequence[Stack]) -> Resolved:
    """The policies of the stacks, and the trust of the roles that were there before."""
    resolved = resolve(stacks)
    for place in facts.environments:
        for arn, body in bootstrap_trust(place.roles, facts.context.tooling_account).items():
            resolved.resource_policies[arn] = Document(BOOTSTRAP, body)
    return resolved


def _made(
    facts: DeploymentFacts,
    resolved: Resolved,
    named: Iterable[tuple[str, Principal]],
    own: Iterable[Resource],
    templates: Templates,
) -> Deployment:
    everybody = principals(facts, resolved, named)
    everything = resources(facts, resolved, everybody, own)
    common = CommonContext(facts.organization_id, {**resolved.aliases, **stranger_keys(facts)}, facts.promotions)
    expected = Expected(rules(), facts.build_accounts, everything)
    simulation = make_simulation(common, everybody, everything, resolved)
    return Deployment(facts, resolved, simulation, expected, templates)


def _asset_bucket(assembly: Path) -> str:
    """The bucket that the CDK publishes files to."""
    for path in sorted(assembly.glob("*.assets.json")):
        for file in json.loads(path.read_text(encoding="utf-8")).get("files", {}).values():
            for place in file["destinations"].values():
                return str(place["bucketName"])
    raise ModelCicdError(f"{assembly}: no *.assets.json names a bucket, expected the output of a synthesis")
