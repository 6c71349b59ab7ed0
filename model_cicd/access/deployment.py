"""A whole deployment of the module, ready to be asked: templates, policies, everybody and everything."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from model_cicd.access.assembly import read_assembly
from model_cicd.access.circumstances import World
from model_cicd.access.expected import Expected, rules
from model_cicd.access.given import bootstrap_trust
from model_cicd.access.layers import Access, make_access
from model_cicd.access.module_stack import module_stack
from model_cicd.access.physical import attribute
from model_cicd.access.published import published_files
from model_cicd.access.resolve import Document, Resolved, resolve
from model_cicd.access.stack import Stack
from model_cicd.access.subjects import subjects
from model_cicd.access.surroundings import stranger_keys
from model_cicd.access.targets import targets
from model_cicd.errors import ModelCicdError
from model_cicd.topology import GroupTopology, Topology


@dataclass(frozen=True)
class Deployment:
    """One deployment: what is possible in it, and what is expected."""

    topology: Topology
    resolved: Resolved
    access: Access
    expected: Expected


def load(topology: Topology, assembly: Path, module: Path) -> Deployment:
    """The deployment of `topology` whose synthesis is in `assembly`; `module` is the directory of the module.

    Raises ModelCicdError for files that are not there, UnresolvedError for policies that are not known.
    """
    stacks = read_assembly(assembly, {})
    tooling = topology.tooling
    if not any((each.name, each.account) == (tooling.stack_name, tooling.account) for each in stacks):
        raise ModelCicdError(
            f"{assembly}: no stack {tooling.stack_name} in account {tooling.account}: another module's"
        )
    stacks = read_assembly(assembly, _promoted(topology, stacks))
    resolved = resolve([*stacks, module_stack(module, topology)])
    for place in (*topology.bootstrap_roles, *topology.deploy_bootstrap_roles):
        for arn, body in bootstrap_trust(place, topology.tooling.account).items():
            resolved.resource[arn] = Document("cdk bootstrap", body)
    everybody = subjects(topology, resolved)
    everything = targets(topology, resolved, everybody, published_files(assembly, stacks, topology))
    world = World(topology.organization_id, {**resolved.aliases, **stranger_keys(topology)})
    expected = Expected(rules(), frozenset(group.build.account for group in topology.groups))
    return Deployment(topology, resolved, make_access(world, everybody, everything, resolved), expected)


def _promoted(topology: Topology, stacks: list[Stack]) -> Mapping[str, Mapping[str, str]]:
    """What promotions give the templates of endpoints: a version, and the key that it is encrypted with."""
    by_name = {stack.name: stack for stack in stacks}
    return {
        target.stack_name: {
            "Commit": "0" * 40,
            "ModelPackageArn": group.model_packages_arn.removesuffix("*") + "1",
            "RegistryKeyArn": _registry_key(by_name, group),
        }
        for group in topology.groups
        for target in group.promotion.targets
    }


def _registry_key(stacks: Mapping[str, Stack], group: GroupTopology) -> str:
    stack = stacks.get(group.build_stack_name)
    keys = [id for id, resource in (stack.resources if stack else {}).items() if resource["Type"] == "AWS::KMS::Key"]
    aliases = {
        resource["Properties"]["AliasName"]: resource["Properties"]["TargetKeyId"]
        for resource in (stack.resources.values() if stack else ())
        if resource["Type"] == "AWS::KMS::Alias"
    }
    target = aliases.get(group.key_alias)
    key = target["Fn::GetAtt"][0] if isinstance(target, dict) and "Fn::GetAtt" in target else None
    arn = attribute(stack, key, "Arn") if stack and key in keys else None
    if arn is None:
        raise ModelCicdError(f"stack {group.build_stack_name}: no key has the alias {group.key_alias}")
    return arn


@contextmanager
def synthesized(topology: Topology, module: Path, env: Mapping[str, str] = os.environ) -> Iterator[Path]:
    """The synthesis of `topology` in a temporary directory, for as long as the context lasts."""
    from model_cicd import apps, module_files

    # the Node beside this Python, where there is one, rather than whichever the machine has
    if (node := Path(sys.executable).parent / "node").exists():
        os.environ.setdefault("JSII_NODE", str(node))
    with tempfile.TemporaryDirectory() as directory:
        out = Path(directory) / "cdk.out"
        files = module_files.make(module, Path(directory), env)
        apps.synth(apps.make_app(topology, files, outdir=str(out)))
        yield out
