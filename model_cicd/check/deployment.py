"""A deployment manifest: its own keys, its accounts, its groups of modules."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from model_cicd.aws.regions import missing_services
from model_cicd.check.manifests import Deployment
from model_cicd.check.metadata import GroupedModule, metadata_problems
from model_cicd.check.modules import Target, Targets, module_problems
from model_cicd.check.parameter_paths import shared_paths
from model_cicd.check.place import problems_below, written_below
from model_cicd.check.providers import provider_problems
from model_cicd.check.repositories import repository_problems
from model_cicd.text.errors import Problem
from model_cicd.text.messages import Complaint, KeyPath, complaints
from model_cicd.text.source import Document, format_path

#: opens a group's file: its documents and the problems of its YAML; FileNotFoundError says what was expected
Open = Callable[[str], tuple[list[Document], list[Problem]]]


def deployment_problems(document: Document, open_group: Open, root: Path | None) -> list[Problem]:
    """Everything wrong with a deployment manifest and the module manifests that its groups name."""
    problems: list[Problem] = []
    try:
        Deployment.model_validate(document.data)
    except ValidationError as error:
        problems += problems_below(document, (), complaints(error, Deployment, written_below(document, ())))
    data = document.data
    problems += problems_below(document, (), _own_complaints(data))
    targets = _targets(data)
    modules: list[GroupedModule] = []
    for index, group in _mappings(data.get("groups")):
        here: KeyPath = ("groups", index)
        name = str(group.get("name"))
        path = group.get("path")
        inline = group.get("modules")
        if isinstance(inline, list):
            modules += [GroupedModule(document, (*here, "modules", at), each, name) for at, each in enumerate(inline)]
        if isinstance(path, str) and "${" not in path:
            try:
                documents, unreadable = open_group(path)
            except FileNotFoundError as error:
                problems.append(document.problem((*here, "path"), str(error)))
                continue
            if not documents and not unreadable:
                problems.append(document.problem((*here, "path"), f"got {path!r}, which has no modules"))
            problems += unreadable
            modules += [GroupedModule(each, (), each.data, name) for each in documents]
    for module in modules:
        typed = module.document is document
        problems += module_problems(module.document, module.base, module.data, targets=targets, root=root, typed=typed)
    problems += _repeated_modules(modules)
    problems += shared_paths(document, modules)
    problems += metadata_problems(modules, _groups(data))
    problems += repository_problems(modules, targets)
    problems += provider_problems(modules, targets)
    return problems


def _groups(data: dict[str, Any]) -> list[str]:
    return [str(group.get("name")) for _, group in _mappings(data.get("groups"))]


def _own_complaints(data: dict[str, Any]) -> Iterator[Complaint]:
    if (data.get("name") is None) == (data.get("nameGenerator", data.get("name_generator")) is None):
        yield ("name",), "expected one of name and nameGenerator"
    for index, group in _mappings(data.get("groups")):
        given = [key for key in ("path", "modules") if group.get(key)]
        if len(given) != 1:
            yield ("groups", index), f"got {' and '.join(given) or 'neither'}, expected one of path and modules"
    mappings = data.get("targetAccountMappings", data.get("target_account_mappings"))
    yield from _repeated(("groups",), data.get("groups"), "name")
    yield from _repeated(("targetAccountMappings",), mappings, "alias")
    yield from _repeated(("targetAccountMappings",), mappings, "accountId")
    yield from _defaults(("targetAccountMappings",), mappings)
    for index, mapping in _mappings(mappings):
        here: KeyPath = ("targetAccountMappings", index, "regionMappings")
        regions = mapping.get("regionMappings", mapping.get("region_mappings"))
        yield from _repeated(here, regions, "region")
        yield from _defaults(here, regions)
        for at, each in _mappings(regions):
            region = str(each.get("region"))
            if wrong := missing_services(region, ("CodeBuild",), "Seed-Farmer builds modules there"):
                yield (*here, at, "region"), wrong


def _repeated(base: KeyPath, items: object, key: str) -> Iterator[Complaint]:
    seen: dict[str, KeyPath] = {}
    for index, item in _mappings(items):
        value, path = item.get(key), (*base, index, key)
        if isinstance(value, str) and value in seen:
            yield path, f"got {value!r} again, first at {format_path(seen[value])}; expected it once"
        elif isinstance(value, str):
            seen[value] = path


def _defaults(base: KeyPath, items: object) -> Iterator[Complaint]:
    defaults = [index for index, item in _mappings(items) if item.get("default") is True]
    for index in defaults[1:]:
        yield (*base, index, "default"), f"got a second default after {format_path((*base, defaults[0]))}, expected one"


def _targets(data: dict[str, Any]) -> Targets:
    by_alias: dict[str, Target] = {}
    default: str | None = None
    for _, mapping in _mappings(data.get("targetAccountMappings", data.get("target_account_mappings"))):
        alias = mapping.get("alias")
        if not isinstance(alias, str) or alias in by_alias:
            continue
        regions = [each for _, each in _mappings(mapping.get("regionMappings", mapping.get("region_mappings")))]
        names = tuple(str(each.get("region")) for each in regions)
        chosen = next((str(each.get("region")) for each in regions if each.get("default") is True), None)
        account = mapping.get("accountId", mapping.get("account_id"))
        known = account if isinstance(account, str) and re.fullmatch(r"[0-9]{12}", account) else None
        by_alias[alias] = Target(known, names, chosen, _values(mapping, regions))
        default = alias if mapping.get("default") is True else default
    return Targets(by_alias, default)


def _values(mapping: dict[str, Any], regions: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """What `parameterValue` finds in each region: the region's own parameters before the account's."""
    shared = mapping.get("parametersGlobal", mapping.get("parameters_global"))
    found = {}
    for each in regions:
        own = each.get("parametersRegional", each.get("parameters_regional"))
        layers = [layer for layer in (shared, own) if isinstance(layer, dict)]
        found[str(each.get("region"))] = {key: value for layer in layers for key, value in layer.items()}
    return found


def _repeated_modules(modules: list[GroupedModule]) -> list[Problem]:
    found = []
    seen: dict[tuple[str, str], GroupedModule] = {}
    for module in modules:
        name = module.data.get("name") if isinstance(module.data, dict) else None
        if not isinstance(name, str):
            continue
        first = seen.setdefault((module.group, name), module)
        if first is not module:
            where = f"{first.document.file}:{first.document.line((*first.base, 'name'))}"
            message = f"got the module name {name!r} again in the group {module.group!r}, first at {where}"
            found.append(module.document.problem((*module.base, "name"), message))
    return found


def _mappings(items: object) -> list[tuple[int, dict[str, Any]]]:
    return [(i, each) for i, each in enumerate(items if isinstance(items, list) else []) if isinstance(each, dict)]
