"""Repositories that several modules of one deployment would create."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from model_cicd.check.modules import Targets, place
from model_cicd.check.parameters import is_this_module, kebab, named, value_of
from model_cicd.text.errors import Problem
from model_cicd.text.messages import KeyPath
from model_cicd.text.source import Document, format_path

_PARAMETERS = ("infra-repo", "model-build-repo")


@dataclass(frozen=True)
class ModuleManifest:
    """A module manifest and where it stands."""

    document: Document
    base: KeyPath
    data: Any


@dataclass(frozen=True)
class _Created:
    module: ModuleManifest
    parameter: str
    name: str
    path: KeyPath


def repository_problems(modules: Iterable[ModuleManifest], targets: Targets) -> list[Problem]:
    """A problem at each repository that an earlier module creates in the same account and region.

    Within one module, the rules between its settings see to it.
    """
    found = []
    first: dict[tuple[str | None, str | None, str], _Created] = {}
    for module in modules:
        for each in _created(module):
            other = first.setdefault((*place(module.data, targets), each.name), each)
            if other.module is module:
                continue
            where = f"{other.module.document.file}:{other.module.document.line(other.path)}"
            message = (
                f"got {each.name!r}, which the module {other.module.data.get('name')!r} creates as its "
                f"{other.parameter} ({where}); expected a name of its own, or 'create: false' in one of them"
            )
            line = module.document.line(each.path)
            found.append(Problem(module.document.file, line, format_path((each.parameter, "name")), message))
    return found


def _created(module: ModuleManifest) -> Iterator[_Created]:
    if not isinstance(module.data, dict) or not isinstance(path := module.data.get("path"), str):
        return
    parameters = module.data.get("parameters")
    if not is_this_module(path, parameters):
        return
    for index, written, parameter in named(parameters):
        name, value = kebab(written), value_of(parameter)
        if name not in _PARAMETERS or not isinstance(value, dict) or value.get("create", True) is not True:
            continue
        if value.get("host", "codecommit") != "codecommit":
            continue
        repository = value.get("name")
        if isinstance(repository, str) and "${" not in repository:
            yield _Created(module, name, repository, (*module.base, "parameters", index, "value", "name"))
