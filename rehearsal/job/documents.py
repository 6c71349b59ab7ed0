"""The modules of a deployment manifest as they are written, those of its groups' files too, and what they refer to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from rehearsal.errors import RehearsalError
from rehearsal.job.provided import GIT, Source
from rehearsal.job.variables import STEP, Variables

#: the group and what stands in the manifest of a module
Documents = Sequence[tuple[str, dict[str, Any]]]
_KINDS = {"parameterStore": "parameter", "secretsManager": "secret"}
_SNAKE = {"parameter_store": "parameterStore", "secrets_manager": "secretsManager"}
#: modules of the same parameters as ours, which are not ours
_THEIRS = "github.com/awslabs/"


@dataclass(frozen=True)
class Reference:
    """A value that a module (GROUP/NAME) takes from a `parameter` or `secret`, and where it is looked for."""

    kind: str
    name: str
    module: str
    account: str
    region: str


def load(path: Path) -> Any:
    """A YAML file. Raises RehearsalError."""
    (found,) = _read(path, lambda text: [yaml.safe_load(text)])
    return found


def module_documents(document: Mapping[str, Any], root: Path, given: Variables) -> Iterator[tuple[str, dict[str, Any]]]:
    """The modules of a manifest with their group, its variables in place. Raises RehearsalError."""
    for group in document["groups"]:
        for module in group.get("modules") or []:
            yield group["name"], module
        if group.get("path"):
            path = root / group["path"]
            loaded = _read(path, yaml.safe_load_all)
            yield from ((group["name"], given.into(module, path)) for module in loaded if module)


def parameters(module: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a module that are written out."""
    return {each["name"]: each.get("value") for each in module.get("parameters") or []}


def references(documents: Documents, places: Mapping[str, tuple[str, str]]) -> Iterator[Reference]:
    """What modules take from Parameter Store and Secrets Manager; `places` are their accounts and regions."""
    for group, module in documents:
        name = f"{group}/{module['name']}"
        for parameter in module.get("parameters") or []:
            source = parameter.get("valueFrom") or parameter.get("value_from") or {}
            for key, value in source.items() if isinstance(source, dict) else ():
                kind = _KINDS.get(_SNAKE.get(str(key), str(key)))
                if kind:
                    yield Reference(kind, _plain(kind, str(value)), name, *places[name])


def is_ours(module: Mapping[str, Any], root: Path, sources: Sequence[Source]) -> bool:
    """Whether a module with the parameters of ours is one: its folder has the library, where the folder is known."""
    path = str(module.get("path") or "")
    if not path.startswith(GIT):
        folder = root / path
    else:
        repository, _, rest = path.removeprefix(GIT).partition(".git//")
        source = next((each for each in sources if each.url == repository), None)
        if source is None:
            return _THEIRS not in repository
        folder = source.place / rest.partition("?")[0]
    return not folder.is_dir() or (folder / "model_cicd").exists()


def _read(path: Path, parse: Callable[[str], Iterable[Any]]) -> list[Any]:
    """What is in a file of YAML. Raises RehearsalError."""
    try:
        return list(parse(path.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError) as error:
        raise RehearsalError(STEP, f"{path}: cannot be read: {error}") from None


def _plain(kind: str, name: str) -> str:
    """The name of a secret without the key and version that CodeBuild takes after it."""
    return name.partition(":")[0] if kind == "secret" and not name.startswith("arn:") else name
