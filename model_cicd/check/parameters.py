"""The parameters of this repository's module as they stand in a manifest."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from model_cicd.errors import Problem
from model_cicd.settings.base import is_text
from model_cicd.settings.context import ModuleContext
from model_cicd.settings.environment import misplaced
from model_cicd.settings.messages import KeyPath, keys, unknown_key
from model_cicd.settings.model_cicd import ModelCicdSettings
from model_cicd.settings.validate import validate
from model_cicd.source import Document, format_path

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
    return _Reader(document, base).read(parameters, tooling)


@dataclass(frozen=True)
class _Reader:
    document: Document
    base: KeyPath

    def read(self, parameters: object, tooling: ModuleContext | None) -> list[Problem]:
        known = keys(ModelCicdSettings)
        places: dict[str, KeyPath] = {}
        values: dict[str, Any] = {}
        deferred: set[str] = set()
        problems: list[Problem] = []
        for index, written, parameter in named(parameters):
            name, here = kebab(written), (*self.base, index)
            if name not in known:
                problems.append(self.document.problem((*here, "name"), f"{written!r}: {unknown_key(name, known)}"))
                continue
            if name in places:
                message = f"got {written!r} again, first in line {self.document.line(places[name])}; expected it once"
                problems.append(self.document.problem((*here, "name"), message))
                continue
            places[name] = (*here, "value")
            value = parameter.get("value")
            if value is None or (isinstance(value, str) and "${" in value):
                deferred.add(name)  # valueFrom, or an environment variable: known only when Seed-Farmer runs
                continue
            if isinstance(value, str) and not is_text(known[name]):
                with suppress(json.JSONDecodeError):  # refused below as text where a mapping or list is expected
                    value = json.loads(value)
            values[name] = value
        problems += self._invalid(values, places, deferred, tooling)
        return problems

    def _invalid(
        self, values: dict[str, Any], places: dict[str, KeyPath], deferred: set[str], tooling: ModuleContext | None
    ) -> list[Problem]:
        def whole(path: KeyPath) -> KeyPath:
            return (*places.get(str(path[0]), self.base), *path[1:])

        settings, complaints = validate(values, lambda path: self.document.written.get(whole(path)))
        if settings is not None and tooling is not None and not deferred:
            complaints = misplaced(settings, tooling)
        found = []
        for path, message in complaints:
            if str(path[0]) in deferred or _holds_variable(values, path):
                continue
            found.append(Problem(self.document.file, self.document.line(whole(path)), format_path(path), message))
        return found


def _holds_variable(values: dict[str, Any], path: KeyPath) -> bool:
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
