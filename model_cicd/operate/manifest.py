"""The topology of the modules in a deployment manifest: every name follows from it, nothing is asked of AWS."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model_cicd.check.parameters import is_this_module, kebab
from model_cicd.sagemaker_model_cicd.settings.parameters import ModelCicdSettings
from model_cicd.sagemaker_model_cicd.settings.validate import validate
from model_cicd.sagemaker_model_cicd.topology import Topology, build
from model_cicd.settings.context import ModuleContext
from model_cicd.settings.seedfarmer import is_text
from model_cicd.text.errors import ModelCicdError, Problem, ProblemsError
from model_cicd.text.messages import keys
from model_cicd.text.source import Document, format_path, load, parse_all, read_text

_NAMING = ("model-build-repo", "deployment-groups")  # without these there are no settings
_VARIABLE = re.compile(r"\$\{(.*?)\}")
#: variables with credentials: what a manifest takes in is shown, also where its author could not read them
_CREDENTIALS = re.compile(r"AWS_(ACCESS_KEY_ID|SECRET_ACCESS_KEY)|.*_(TOKEN|PASSWORD)", re.IGNORECASE)


@dataclass(frozen=True)
class ManifestModule:
    """A module of a manifest: its entry, which stands at `base` of `document`, and where it is deployed.

    `root` is the directory of seedfarmer.yaml, which paths of data files start from. Parameters whose value is known
    without AWS (`valueFrom` with `parameterValue` or `envVariable`) have it.
    """

    entry: Mapping[str, Any]
    document: Document
    base: tuple[str | int, ...]
    context: ModuleContext
    root: Path

    @property
    def path(self) -> str:
        """Where its code is."""
        return str(self.entry.get("path", ""))


def topologies(path: Path, env: Mapping[str, str] = os.environ) -> list[Topology]:
    """The topology of every sagemaker-model-cicd module in the deployment manifest at `path`.

    `${NAME}` is taken from `env`, as Seed-Farmer does. Raises ModelCicdError for a variable that is not set or holds
    credentials, and ProblemsError when the manifest is not right or says of its groups only where they come from
    (`valueFrom`).
    """
    mine = [each for each in modules(path, env) if is_this_module(each.path, each.entry.get("parameters"))]
    if not mine:
        raise ModelCicdError(f"{path}: no module in it has deployment-groups")
    return [topology_of(each) for each in mine]


def topology_of(module: ManifestModule) -> Topology:
    """The topology of a sagemaker-model-cicd module. Raises ProblemsError when its parameters are not right."""
    return build(_settings(module.document, module.base, module.entry), module.context)


def modules(path: Path, env: Mapping[str, str] = os.environ) -> list[ManifestModule]:
    """Every module in the deployment manifest at `path`, none where its last one left; raises as `topologies` does."""
    document, data, root, project = _read(path, env)
    found = []
    for group, module_document, base, module in _modules(document, data, root, env):
        account, region, values = _target(document, data, module)
        name = f"{group}-{module.get('name')}"
        context = ModuleContext(project, str(data.get("name")), name, account, region)
        found.append(ManifestModule(_with_values(module, values, env), module_document, base, context, root))
    return found


def nameless_contexts(path: Path, env: Mapping[str, str] = os.environ) -> list[ModuleContext]:
    """Where modules of the manifest at `path` may have been: every account and region that it maps, default first.

    The contexts have no module's name. Raises as `topologies` does.
    """
    document, data, _, project = _read(path, env)
    mappings = [each for each in data.get("targetAccountMappings") or [] if isinstance(each.get("accountId"), str)]
    found = [_target(document, data, {})[:2]] if any(each.get("default") is True for each in mappings) else []
    for each in mappings:
        found += [(each["accountId"], str(one.get("region"))) for one in each.get("regionMappings") or []]
    if not found:
        message = "expected accounts, with accountId and regions, where modules were deployed"
        raise ProblemsError([document.problem(("targetAccountMappings",), message)])
    return [ModuleContext(project, str(data.get("name")), "", *place) for place in dict.fromkeys(found)]


def _read(path: Path, env: Mapping[str, str]) -> tuple[Document, dict[str, Any], Path, str]:
    """The manifest, its data with the variables of `env`, the directory of seedfarmer.yaml and the project's name."""
    if path.is_dir():
        path = path / "deployment.yaml"
    document = load(path)
    data = _resolved(document.data, env)
    if not isinstance(data, dict) or not isinstance(data.get("groups"), list):
        raise ProblemsError([document.problem((), "expected a Seed-Farmer deployment manifest with groups")])
    root = next((each for each in path.absolute().parents if (each / "seedfarmer.yaml").is_file()), None)
    if root is None:
        raise ModelCicdError(f"{path}: no folder above it has a seedfarmer.yaml, which names the project")
    project = str((load(root / "seedfarmer.yaml").data or {}).get("project", "")).lower()  # as Seed-Farmer has it
    return document, data, root, project


def _modules(
    document: Document, data: Mapping[str, Any], root: Path, env: Mapping[str, str]
) -> Iterator[tuple[str, Document, tuple[str | int, ...], dict[str, Any]]]:
    for index, group in enumerate(data["groups"]):
        for at, module in enumerate(group.get("modules") or []):
            yield str(group.get("name")), document, ("groups", index, "modules", at), module
        if group.get("path"):
            file = root / str(group["path"])
            for each in parse_all(read_text(file, str(file)), str(file)):
                if isinstance(each.data, dict):
                    yield str(group.get("name")), each, (), _resolved(each.data, env)


def _target(
    document: Document, data: Mapping[str, Any], module: Mapping[str, Any]
) -> tuple[str, str, Mapping[str, Any]]:
    """Account and region that the module goes to, and the values that its parameters may take from there."""
    mappings = data.get("targetAccountMappings") or []
    alias = module.get("targetAccount")
    chosen = [each for each in mappings if (each.get("alias") == alias if alias else each.get("default") is True)]
    account = chosen[0].get("accountId") if chosen else None
    if not isinstance(account, str):
        message = f"got no account id for the module {module.get('name')!r}, expected an alias of it with accountId"
        raise ProblemsError([document.problem(("targetAccountMappings",), message)])
    regions = chosen[0].get("regionMappings") or []
    default = next((str(each.get("region")) for each in regions if each.get("default") is True), None)
    region = str(module.get("targetRegion") or default or data.get("toolchainRegion"))
    own: Mapping[str, Any] = next((each for each in regions if each.get("region") == region), {})
    values = {**(chosen[0].get("parametersGlobal") or {}), **(own.get("parametersRegional") or {})}
    return account, region, values


def source_of(parameter: Mapping[str, Any]) -> tuple[str, str]:
    """Where a parameter's value comes from: kind (`parameterStore`) and what it names; empty where it is given."""
    given = parameter.get("valueFrom", parameter.get("value_from"))
    kind, reference = next(iter(given.items()), ("", "")) if isinstance(given, dict) else ("", "")
    return re.sub(r"_([a-z])", lambda found: found[1].upper(), str(kind)), str(reference)


def _with_values(module: Mapping[str, Any], values: Mapping[str, Any], env: Mapping[str, str]) -> Mapping[str, Any]:
    """The module with the parameters that it takes from the account's `values` and from `env`."""
    known = {"parameterValue": values, "envVariable": env}

    def filled(parameter: Any) -> Any:
        kind, reference = source_of(parameter) if isinstance(parameter, dict) else ("", "")
        if kind == "envVariable" and _CREDENTIALS.fullmatch(reference):
            return parameter
        found = known[kind].get(reference) if kind in known else None
        return parameter if found is None else {"name": parameter.get("name"), "value": found}

    parameters = module.get("parameters")
    return {**module, "parameters": [filled(each) for each in parameters]} if isinstance(parameters, list) else module


def _settings(document: Document, base: tuple[str | int, ...], module: Mapping[str, Any]) -> ModelCicdSettings:
    known = keys(ModelCicdSettings)
    values: dict[str, Any] = {}
    places: dict[str, tuple[str | int, ...]] = {}
    problems: list[Problem] = []
    for index, parameter in enumerate(module.get("parameters") or []):
        name, here = kebab(str(parameter.get("name"))), (*base, "parameters", index)
        value = parameter.get("value")
        if value is None and name not in _NAMING:
            continue  # known to Seed-Farmer only, and no name of a promotion depends on it
        if value is None:
            message = "its value comes from elsewhere: leave the manifest out, and what is deployed is looked up in AWS"
            problems.append(document.problem(here, f"{name}: {message}"))
            continue
        if isinstance(value, str) and name in known and not is_text(known[name]):
            with suppress(json.JSONDecodeError):
                value = json.loads(value)
        values[name], places[name] = value, (*here, "value")
    if problems:
        raise ProblemsError(problems)
    settings, complaints = validate(values)
    if settings is None:
        raise ProblemsError(
            Problem(
                document.file,
                document.line((*places.get(str(where[0]), base), *where[1:])),
                format_path(where),
                message,
            )
            for where, message in complaints
        )
    return settings


def _resolved(value: Any, env: Mapping[str, str]) -> Any:
    """`value` with `${NAME}` replaced. Raises ModelCicdError for a variable that is not set."""
    if isinstance(value, dict):
        return {key: _resolved(each, env) for key, each in value.items()}
    if isinstance(value, list):
        return [_resolved(each, env) for each in value]
    if not isinstance(value, str):
        return value

    def replace(found: re.Match[str]) -> str:
        name = found[1].strip()
        if _CREDENTIALS.fullmatch(name):
            raise ModelCicdError(f"the manifest wants the environment variable {name}: credentials are not shown")
        if name not in env:
            raise ModelCicdError(f"the manifest wants the environment variable {name}, which is not set")
        return env[name]

    return _VARIABLE.sub(replace, value)
