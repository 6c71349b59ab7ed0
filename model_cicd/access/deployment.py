"""A whole deployment of a module, ready to be asked: templates, policies, everybody and everything."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from model_cicd.access.assembly import read_assembly
from model_cicd.access.circumstances import World
from model_cicd.access.declared import Declared, of_group, of_module
from model_cicd.access.expected import Expected, rules
from model_cicd.access.given import bootstrap_trust
from model_cicd.access.group_subjects import group_subjects
from model_cicd.access.group_targets import group_targets
from model_cicd.access.layers import Access, make_access
from model_cicd.access.module_stack import module_stack
from model_cicd.access.pipeline_kinds import PipelineTargets, pipeline_subjects
from model_cicd.access.promoted import promoted
from model_cicd.access.published import published_files
from model_cicd.access.resolve import Document, Resolved, resolve
from model_cicd.access.setting import Setting, of_groups, of_pipeline
from model_cicd.access.stack import Stack
from model_cicd.access.subjects import Subject, subjects
from model_cicd.access.surroundings import published_targets, stranger_keys
from model_cicd.access.target import Target
from model_cicd.access.targets import targets
from model_cicd.sagemaker_model_cicd.topology import Topology
from model_cicd.sagemaker_pipeline.read import PipelineModule
from model_cicd.sagemaker_pipeline.topology import PipelineTopology
from model_cicd.text.errors import ModelCicdError


@dataclass(frozen=True)
class Deployment:
    """One deployment: what is possible in it, and what is expected."""

    setting: Setting
    resolved: Resolved
    access: Access
    expected: Expected


def load_groups(topology: Topology, assembly: Path, module: Path) -> Deployment:
    """The deployment of `topology` whose synthesis is in `assembly`; `module` is the directory of the module.

    Raises ModelCicdError for files that are not there, UnresolvedError for policies that are not known.
    """
    tooling = topology.tooling
    stacks = _stacks_with(assembly, tooling.stack_name, tooling.account)
    stacks = read_assembly(assembly, promoted(topology, stacks))
    setting = of_groups(topology)
    resolved = _resolved(setting, [*stacks, module_stack(module, topology)])
    work: dict[str, Declared] = {}
    for group in topology.groups:
        key = resolved.key_of(group.registry.key_alias.name, group.build.account)
        if declared := of_group(topology, group, key or ""):
            work[group.name] = declared
    files = published_targets(published_files(assembly, stacks, topology))
    own = [*group_targets(topology, resolved, work), *files]
    return _made(setting, resolved, group_subjects(topology, work), own)


def load_pipeline(topology: PipelineTopology, module: PipelineModule, directory: Path, assembly: Path) -> Deployment:
    """The deployment of a declared pipeline; local files of its configuration start from `directory`.

    Raises ModelCicdError for files that are not there, UnresolvedError for policies that are not known.
    """
    stacks = _stacks_with(assembly, topology.stack_name, topology.place.account)
    setting = of_pipeline(topology)
    resolved = _resolved(setting, stacks)
    store = topology.store
    key = store.key_arn or resolved.key_of(store.key_alias.name if store.key_alias else "", topology.place.account)
    declared = of_module(topology, module, directory, _asset_bucket(assembly), key or "")
    own = PipelineTargets(topology, resolved, declared).all()
    return _made(setting, resolved, pipeline_subjects(topology, declared), own)


def _stacks_with(assembly: Path, name: str, account: str) -> list[Stack]:
    stacks = read_assembly(assembly, {})
    if not any((each.name, each.account) == (name, account) for each in stacks):
        raise ModelCicdError(f"{assembly}: no stack {name} in account {account}: another module's")
    return stacks


def _resolved(setting: Setting, stacks: Sequence[Stack]) -> Resolved:
    """The policies of the stacks, and the trust of the roles that were there before."""
    resolved = resolve(stacks)
    for place in setting.places:
        for arn, body in bootstrap_trust(place.roles, setting.context.tooling_account).items():
            resolved.resource[arn] = Document("cdk bootstrap", body)
    return resolved


def _made(
    setting: Setting, resolved: Resolved, named: Iterable[tuple[str, Subject]], own: Iterable[Target]
) -> Deployment:
    everybody = subjects(setting, resolved, named)
    everything = targets(setting, resolved, everybody, own)
    world = World(setting.organization_id, {**resolved.aliases, **stranger_keys(setting)})
    expected = Expected(rules(), setting.build_accounts, everything)
    return Deployment(setting, resolved, make_access(world, everybody, everything, resolved), expected)


def _asset_bucket(assembly: Path) -> str:
    """The bucket that the CDK publishes files to."""
    for path in sorted(assembly.glob("*.assets.json")):
        for file in json.loads(path.read_text(encoding="utf-8")).get("files", {}).values():
            for place in file["destinations"].values():
                return str(place["bucketName"])
    raise ModelCicdError(f"{assembly}: no *.assets.json names a bucket, expected the output of a synthesis")
