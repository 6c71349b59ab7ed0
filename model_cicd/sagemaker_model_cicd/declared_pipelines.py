"""Pipelines that deployment groups of `sagemaker-model-cicd` declare in the manifest (`pipelineConfig`)."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from model_cicd.aws.regions import partition_of
from model_cicd.pipeline.checks import check_document, parse_config
from model_cicd.pipeline.schema import PipelineConfig
from model_cicd.sagemaker_model_cicd.settings.parameters import ModelCicdSettings
from model_cicd.sagemaker_model_cicd.settings.reading import build_environment, groups
from model_cicd.sagemaker_pipeline import placeholders
from model_cicd.sagemaker_pipeline.environment import EnvironmentDocument
from model_cicd.settings.context import ModuleContext
from model_cicd.settings.seedfarmer import read_parameters
from model_cicd.text.errors import Problem, ProblemsError, describe
from model_cicd.text.source import Document, KeyPath
from model_cicd.text.untrusted import mapping, mappings

_KEY = "pipelineConfig"
_PENDING = "PendingManualApproval"


@dataclass(frozen=True)
class _Within(Document):
    """The pipeline that stands at `prefix` of `outer`, as a configuration of its own."""

    outer: Document = field(default_factory=lambda: Document("", None))
    prefix: KeyPath = ()

    def line(self, path: Sequence[str | int]) -> int:
        """The line in the outer document."""
        return self.outer.line((*self.prefix, *path[1:]))

    def problem(self, path: Sequence[str | int], message: str) -> Problem:
        """A problem of the outer document."""
        return self.outer.problem((*self.prefix, *path[1:]), message)


def group_parameters(env: Mapping[str, str]) -> EnvironmentDocument:
    """The module's parameters, whose groups may declare their pipeline, from the environment that Seed-Farmer makes."""
    return EnvironmentDocument("", read_parameters(env, ModelCicdSettings)[0])


def group_problems(parameters: Document) -> list[Problem]:
    """Everything wrong with the pipelines that groups declare; `parameters` holds the module's parameters by name."""
    found: list[Problem] = []
    for path, group in groups(mapping(parameters.data)):
        if not isinstance(group.get(_KEY), Mapping):
            continue
        known = _known(path, group)
        document = _Within("", configuration(group[_KEY]), outer=parameters, prefix=(*path, _KEY))
        resolved = placeholders.resolve(document, known)
        problems = [resolved.problem(*each) for each in placeholders.unresolved(resolved, known, None)]
        seen = {each.path for each in problems}
        problems += [each for each in check_document(resolved) if each.path not in seen]
        found += problems + [resolved.problem(*each) for each in _registration(resolved.data)]
    return sorted(set(found))


def demand_groups(parameters: Document) -> None:
    """Raise ProblemsError when `group_problems` finds any."""
    found = group_problems(parameters)
    if found:
        raise ProblemsError(found)


def configuration(pipeline: Mapping[str, Any]) -> dict[str, Any]:
    """A pipeline that a group declares, in the form of a configuration file."""
    return {"projectName": "group", "pipeline": dict(pipeline)}


def published_text(pipeline: Mapping[str, Any]) -> str:
    """The configuration file that is published for a group's builds; JSON is YAML too."""
    return json.dumps(configuration(pipeline), indent=2)


def group_config(
    pipeline: Mapping[str, Any], parameters: Mapping[str, Any], *, account: str, region: str
) -> PipelineConfig:
    """The pipeline of a group as it runs in its build account, `parameters` in the place of defaults.

    Raises ProblemsError when it is not right.
    """
    data = copy.deepcopy(configuration(pipeline))
    for each in data["pipeline"].get("parameters", ()):
        if each["name"] in parameters:
            each["defaultValue"] = parameters[each["name"]]
    known = {"account": account, "region": region, "partition": partition_of(region) or ""}
    return parse_config(Document("", data), known)


def _known(path: KeyPath, group: Mapping[str, Any]) -> dict[str, str]:
    """Placeholders that the runner resolves: where the group builds."""
    _, own = build_environment(path, group)
    region, account = own.get("region"), own.get("account")
    context = ModuleContext("", "", "", str(account), str(region) if partition_of(region) else "us-east-1")
    known = placeholders.values({}, context)
    del known["module_name"]
    return known


def _registration(data: Mapping[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    """What a deployment group decides and not its pipeline: where models are registered, and who approves them."""
    for path, step in mappings(("pipeline", "steps"), mapping(data.get("pipeline")).get("steps")):
        register = mapping(step.get("register"))
        if register.get("modelPackageGroupName") is not None:
            message = "got a model package group, expected none: models of a deployment group are registered in its own"
            yield (*path, "register", "modelPackageGroupName"), message
        status = register.get("approvalStatus", _PENDING)
        if status != _PENDING:
            message = f"got {describe(status)}, expected {_PENDING}: who trains a group's models approves none"
            yield (*path, "register", "approvalStatus"), message
