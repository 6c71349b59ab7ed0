"""Modules of a deployment: their own keys, where they go, and the parameters of those that are this repository's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from model_cicd.aws.regions import PARTITION_OF
from model_cicd.check import pipeline_parameters, references
from model_cicd.check.bundle import Bundle, data_files
from model_cicd.check.image_folders import image_folder_problems
from model_cicd.check.manifests import Module
from model_cicd.check.parameters import is_this_module, parameter_problems
from model_cicd.check.place import problems_below, written_below
from model_cicd.check.seeds import seed_problems
from model_cicd.settings.context import ModuleContext
from model_cicd.text.errors import Problem, ProblemsError, did_you_mean, nearest
from model_cicd.text.messages import Complaint, KeyPath, complaints
from model_cicd.text.source import Document, load


@dataclass(frozen=True)
class Target:
    """An account that modules may name: its id when it is known, its regions, and the one that is the default.

    `values` are what `valueFrom: parameterValue` finds, by region.
    """

    account: str | None = None
    regions: tuple[str, ...] = ()
    default_region: str | None = None
    values: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Targets:
    """The target accounts of a deployment manifest by alias."""

    by_alias: Mapping[str, Target] = field(default_factory=dict)
    default: str | None = None


def module_problems(
    document: Document, base: KeyPath, data: object, *, targets: Targets | None, root: Path | None, typed: bool = False
) -> list[Problem]:
    """Everything wrong with the module manifest `data` at `base` of `document`.

    `targets` is None where the deployment manifest is not known, `root` where the repository is not; `typed` says that
    the manifest's own keys were checked before.
    """
    problems: list[Problem] = []
    if not typed:
        try:
            Module.model_validate(data)
        except ValidationError as error:
            found = complaints(error, Module, written_below(document, base))
            problems += problems_below(document, base, found)
    if not isinstance(data, dict):
        return problems
    own = list(_own_complaints(data, targets, root))
    problems += problems_below(document, base, own)
    path, parameters = data.get("path"), data.get("parameters")
    if not isinstance(path, str):
        return problems
    sources = _sources(data, targets, root)
    problems += problems_below(document, (*base, "parameters"), references.complaints(parameters, sources))
    parameters = references.resolved(parameters, sources)
    if is_this_module(path, parameters):
        problems += parameter_problems(document, (*base, "parameters"), parameters, _tooling(data, targets))
        problems += seed_problems(document, base, parameters, Bundle.of(data, root))
        problems += image_folder_problems(document, base, parameters, Bundle.of(data, root))
    elif pipeline_parameters.is_pipeline_module(path, parameters):
        bundle = Bundle.of(data, root)
        problems += pipeline_parameters.problems(document, base, parameters, _tooling(data, targets), bundle)
    return problems


def _own_complaints(data: Mapping[str, Any], targets: Targets | None, root: Path | None) -> Iterator[Complaint]:
    for index, parameter in enumerate(_list(data.get("parameters"))):
        if isinstance(parameter, dict):
            given = [key for key in ("value", "valueFrom", "value_from") if parameter.get(key) is not None]
            if len(given) != 1:
                got = " and ".join(given) if given else "neither"
                yield ("parameters", index), f"got {got}, expected one of value and valueFrom"
    if targets is not None:
        yield from _target_complaints(data, targets)
    for index, name in data_files(data):
        if root is not None and "::" not in name and "${" not in name and not (root / name).is_file():
            yield ("dataFiles", index, "filePath"), f"got {name!r}, expected a file of the repository"
    path = data.get("path")
    if root is not None and isinstance(path, str) and "::" not in path and "${" not in path:
        place = root / path
        if not place.is_dir():
            near = nearest(place.name, (each.name for each in _folders(place.parent)))
            hint = f" (did you mean {str(Path(path).with_name(near))!r}?)" if near else ""
            yield ("path",), f"got {path!r}, expected a folder of the repository{hint}"


def _target_complaints(data: Mapping[str, Any], targets: Targets) -> Iterator[Complaint]:
    alias = data.get("targetAccount", data.get("target_account"))
    aliases = ", ".join(targets.by_alias) or "none is there"
    if alias is None and targets.default is None:
        yield (), f"no targetAccount, and no targetAccountMapping is the default; expected one of {aliases}"
    elif isinstance(alias, str) and alias not in targets.by_alias:
        hint = did_you_mean(alias, targets.by_alias)
        yield ("targetAccount",), f"got {alias!r}, expected an alias of targetAccountMappings: {aliases}{hint}"
    chosen = targets.default if alias is None else alias
    target = targets.by_alias.get(chosen) if isinstance(chosen, str) else None
    region = data.get("targetRegion", data.get("target_region"))
    if target is None:
        return
    regions = f"one of {', '.join(target.regions)}" if target.regions else "regionMappings in that account's mapping"
    if region is None and target.default_region is None:
        yield (), f"no targetRegion, and no region of its target account is the default; expected {regions}"
    elif isinstance(region, str) and region in PARTITION_OF and region not in target.regions:
        names = ", ".join(target.regions) or "none is there"
        yield ("targetRegion",), f"got {region!r}, expected a region of its target account: {names}"


def place(data: Mapping[str, Any], targets: Targets) -> tuple[str | None, str | None]:
    """Alias and region of the account that the module goes to, with the defaults of the deployment."""
    alias = data.get("targetAccount", data.get("target_account"))
    chosen = targets.default if alias is None else alias
    region = data.get("targetRegion", data.get("target_region"))
    target = targets.by_alias.get(chosen) if isinstance(chosen, str) else None
    if target is not None and region is None:
        region = target.default_region
    return (chosen if isinstance(chosen, str) else None), (region if isinstance(region, str) else None)


def _tooling(data: Mapping[str, Any], targets: Targets | None) -> ModuleContext | None:
    """Where the module goes, when that is known and valid."""
    if targets is None:
        return None
    alias, region = place(data, targets)
    target = targets.by_alias.get(alias) if alias is not None else None
    if target is None or target.account is None or region is None or region not in PARTITION_OF:
        return None
    if region not in target.regions:  # a problem of its own
        return None
    return ModuleContext("", "", str(data.get("name")), target.account, region)


def _sources(data: Mapping[str, Any], targets: Targets | None, root: Path | None) -> references.Sources:
    """Where the module's values may come from, as far as that is known."""
    values = None
    if targets is not None:
        alias, region = place(data, targets)
        target = targets.by_alias.get(alias) if alias is not None else None
        values = target.values.get(region) if target is not None and region is not None else None
    path, parameters = str(data.get("path")), data.get("parameters")
    own = is_this_module(path, parameters)
    theirs = pipeline_parameters.is_pipeline_module(path, parameters)
    return references.Sources(_project(root), values, own if own or theirs else None)


def _project(root: Path | None) -> str | None:
    """The project's name in seedfarmer.yaml."""
    if root is None:
        return None
    try:
        project = load(root / "seedfarmer.yaml").data.get("project")
    except (ProblemsError, AttributeError):
        return None
    return project if isinstance(project, str) else None


def _folders(parent: Path) -> list[Path]:
    return sorted(each for each in parent.iterdir() if each.is_dir()) if parent.is_dir() else []


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
