"""The parameters of this repository's module as they stand in a manifest."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from model_cicd.sagemaker_model_cicd.declared_pipelines import group_problems
from model_cicd.sagemaker_model_cicd.settings.load import misplaced
from model_cicd.sagemaker_model_cicd.settings.parameters import ModelCicdSettings
from model_cicd.sagemaker_model_cicd.settings.validate import validate
from model_cicd.sagemaker_model_cicd.sizes import exceeded
from model_cicd.sagemaker_model_cicd.topology import build
from model_cicd.settings.context import ModuleContext
from model_cicd.settings.seedfarmer import is_text
from model_cicd.text.errors import Problem
from model_cicd.text.messages import KeyPath, keys, unknown_key
from model_cicd.text.source import Document, format_path

#: a tooling account where it is not known: limits of AWS do not depend on its number
_SOMEWHERE = "123456789012"
MODULE_PATH = "modules/sagemaker/sagemaker-model-cicd"


def is_this_module(path: str, parameters: object) -> bool:
    """Whether a module manifest with this `path` deploys `sagemaker-model-cicd`.

    A repository may be pinned without a path (`git::URL?ref=v1`), may be copied, or its name misspelt: then the
    parameter that no other module has decides.
    """
    place = path.split("?", 1)[0].rstrip("/")
    if place.endswith(MODULE_PATH):
        return True
    return any(kebab(name) == "deployment-groups" for _, name, _ in named(parameters))


def parameter_problems(
    document: Document, base: KeyPath, parameters: object, tooling: ModuleContext | None
) -> list[Problem]:
    """Everything wrong with the list `parameters` that stands at `base` of `document`.

    `tooling` is None where the account or region that the module goes to is not known.
    """
    given, problems = collect(document, base, parameters, ModelCicdSettings)
    configs = group_problems(ParameterDocument.of(document, base, given, given.values))
    return problems + _invalid(document, base, given, tooling) + configs


def value_of(parameter: dict[str, Any]) -> Any:
    """The value of a parameter; JSON that is written as text is read."""
    value = parameter.get("value")
    if isinstance(value, str):
        with suppress(json.JSONDecodeError):
            return json.loads(value)
    return value


@dataclass(frozen=True)
class Given:
    """The parameters of a manifest: values by name, the places of all, and the names whose value is not known yet."""

    values: dict[str, Any]
    places: dict[str, KeyPath]
    deferred: frozenset[str]


@dataclass(frozen=True)
class ParameterDocument(Document):
    """Parameters by name; problems are where they stand in the manifest."""

    manifest: Document = field(default_factory=lambda: Document("", None))
    base: KeyPath = ()
    places: dict[str, KeyPath] = field(default_factory=dict)

    def line(self, path: Sequence[str | int]) -> int:
        """The line of `path` in the manifest."""
        place = self.places.get(str(path[0]), self.base) if path else self.base
        return self.manifest.line((*place, *path[1:]))

    def problem(self, path: Sequence[str | int], message: str) -> Problem:
        """A problem of the manifest."""
        return Problem(self.manifest.file, self.line(path), format_path(path), message)

    @classmethod
    def of(cls, document: Document, base: KeyPath, given: Given, values: Mapping[str, Any]) -> ParameterDocument:
        """The parameters in the list at `base` of `document`."""
        written = {
            (name, *path[len(place) :]): text
            for name, place in given.places.items()
            for path, text in document.written.items()
            if path[: len(place)] == place
        }
        return cls("", values, written=written, manifest=document, base=base, places=given.places)


def collect(
    document: Document, base: KeyPath, parameters: object, model: type[BaseModel]
) -> tuple[Given, list[Problem]]:
    """The parameters of `model` in the list `parameters` at `base` of `document`; unknown and repeated names."""
    annotations = keys(model)
    known = {kebab(name): name for name in annotations}
    places: dict[str, KeyPath] = {}
    values: dict[str, Any] = {}
    deferred: set[str] = set()
    problems: list[Problem] = []
    for index, written, parameter in named(parameters):
        here = (*base, index)
        name = known.get(kebab(written))
        if name is None:
            message = unknown_key(written if written in annotations else _like(written, annotations), annotations)
            problems.append(document.problem((*here, "name"), f"{written!r}: {message}"))
            continue
        if name in places:
            message = f"got {written!r} again, first in line {document.line(places[name])}; expected it once"
            problems.append(document.problem((*here, "name"), message))
            continue
        places[name] = (*here, "value")
        value = parameter.get("value")
        if value is None or (isinstance(value, str) and "${" in value):
            deferred.add(name)  # valueFrom, or an environment variable: known only when Seed-Farmer runs
            continue
        if isinstance(value, str) and not is_text(annotations[name]):
            with suppress(json.JSONDecodeError):  # refused by the model as text where a mapping or list is expected
                value = json.loads(value)
        values[name] = value
    return Given(values, places, frozenset(deferred)), problems


def _like(written: str, annotations: Mapping[str, object]) -> str:
    """A name as the model writes its own, so that the nearest of them is found."""
    return kebab(written) if any("-" in name for name in annotations) else written


def _invalid(document: Document, base: KeyPath, given: Given, tooling: ModuleContext | None) -> list[Problem]:
    def whole(path: KeyPath) -> KeyPath:
        return (*given.places.get(str(path[0]), base), *path[1:])

    settings, complaints = validate(given.values, lambda path: document.written.get(whole(path)))
    if settings is not None and tooling is not None and not given.deferred:
        complaints = misplaced(settings, tooling)
    if settings is not None and not complaints:
        somewhere = ModuleContext("", "", "", _SOMEWHERE, settings.deployment_groups[0].build_environment.region)
        complaints = list(exceeded(build(settings, tooling or somewhere)))
    return [
        Problem(document.file, document.line(whole(path)), format_path(path), message)
        for path, message in complaints
        if str(path[0]) not in given.deferred and not holds_variable(given.values, path)
    ]


def holds_variable(values: Mapping[str, Any], path: Sequence[str | int]) -> bool:
    """Whether Seed-Farmer has still to put an environment variable into the text at `path` of `values`."""
    value: Any = values
    for part in path:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return False
    return isinstance(value, str) and "${" in value


def named(parameters: object) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """The parameters of the list `parameters`: index, name as it is written, and the whole entry."""
    for index, parameter in enumerate(parameters if isinstance(parameters, list) else ()):
        if isinstance(parameter, dict) and isinstance(parameter.get("name"), str):
            yield index, parameter["name"], parameter


def kebab(name: str) -> str:
    """A parameter's name as Seed-Farmer reads it: infraRepo, infra_repo and infra-repo are one."""
    if not re.search(r"[-_]", name):
        name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name)
    return name.replace("_", "-").lower()
