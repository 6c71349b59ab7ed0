"""References to metadata of other modules: whether Seed-Farmer will find them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from model_cicd.check import pipeline_parameters
from model_cicd.check.parameters import is_this_module, named
from model_cicd.check.repositories import ModuleManifest
from model_cicd.sagemaker_model_cicd.topology import outputs
from model_cicd.sagemaker_pipeline import outputs as pipeline_outputs
from model_cicd.text.errors import Problem, did_you_mean

#: what Seed-Farmer adds to the metadata of every module
_ADDED = (
    "SeedFarmerDeployed",
    "ModuleDeploymentRoleName",
    "SeedFarmerModuleCommitHash",
    "CodeBuildBuildUrl",
    "CloudWatchLogStream",
    "CloudWatchLogStreamArn",
)


@dataclass(frozen=True)
class GroupedModule(ModuleManifest):
    """A module of a group of Seed-Farmer's."""

    group: str


def metadata_problems(modules: Sequence[GroupedModule], groups: Sequence[str]) -> list[Problem]:
    """References to modules that the deployment does not have or deploys too late, and to keys that they do not give.

    Seed-Farmer deploys `groups` in order, the modules of one group at the same time.
    """
    known = {f"{each.group}-{each.data.get('name')}": each for each in modules if isinstance(each.data, dict)}
    found = []
    for module in modules:
        for index, reference in _references(module):
            wanted = f"{reference['group']}-{reference['name']}"
            if "${" in wanted:
                continue
            path = (*module.base, "parameters", index, "valueFrom", "moduleMetadata")
            message = _wrong(wanted, known, module, groups, reference.get("key"))
            if message:
                found.append(module.document.problem(path, message))
    return found


def _references(module: GroupedModule) -> Iterator[tuple[int, dict[str, Any]]]:
    parameters = module.data.get("parameters") if isinstance(module.data, dict) else None
    for index, _, parameter in named(parameters):
        source = parameter.get("valueFrom")
        reference = source.get("moduleMetadata") if isinstance(source, dict) else None
        if isinstance(reference, dict) and all(isinstance(reference.get(key), str) for key in ("group", "name")):
            yield index, reference


def _wrong(
    wanted: str, known: dict[str, GroupedModule], module: GroupedModule, groups: Sequence[str], key: object
) -> str | None:
    other = known.get(wanted)
    if other is None:
        return f"got {wanted!r}, expected a module of this deployment{did_you_mean(wanted, known)}"
    if other.group == module.group:
        return f"got {wanted!r} of the same group, expected one of an earlier group: Seed-Farmer refuses it"
    if groups.index(other.group) > groups.index(module.group):
        return f"got {wanted!r}, which is deployed later, expected a module of an earlier group"
    keys = _keys(other)
    if keys is not None and isinstance(key, str) and key not in (*keys, *_ADDED):
        return f"got the key {key!r}, expected one of {', '.join(keys)}{did_you_mean(key, keys)}"
    return None


def _keys(module: GroupedModule) -> tuple[str, ...] | None:
    """The keys of the metadata of a module of this repository; None for any other."""
    path, parameters = module.data.get("path"), module.data.get("parameters")
    if not isinstance(path, str):
        return None
    if is_this_module(path, parameters):
        return outputs.METADATA_KEYS
    if pipeline_parameters.is_pipeline_module(path, parameters):
        return pipeline_outputs.METADATA_KEYS
    return None
