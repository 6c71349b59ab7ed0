"""Environment variables in manifests, as Seed-Farmer 8.0.9 puts them there.

`${NAME}` in any text, and `valueFrom: {envVariable: NAME}`. The values are those of the environment, which the files of
`--env-file` override, the later ones the earlier (`seedfarmer.utils.load_dotenv_files`, `batch_replace_env`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rehearsal.errors import RehearsalError

STEP = "manifest"
DEFAULT = (".env",)
_PLACE = re.compile(r"\$\{(.*?)\}")
# Seed-Farmer takes the keys of its own in either spelling
_SNAKE = re.compile(r"_([a-z])")
_OWN = frozenset({
    "account_id", "env_variable", "name_generator", "region_mappings", "target_account", "target_account_mappings",
    "target_region", "toolchain_region", "value_from", "disable_env_var_resolution",
})  # fmt: skip


@dataclass
class Variables:
    """The variables there are, and those that a manifest used. `sources` says where they were looked for."""

    values: Mapping[str, str]
    sources: str = "the environment"
    used: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, root: Path, environment: Mapping[str, str], files: Sequence[str] = DEFAULT) -> Variables:
        """Those of `environment`, and of files below `root`; a file that is not there has none."""
        given = dict(environment) | from_files(root, files)
        return cls(given, f"the environment nor in {' or '.join(files)}")

    def of(self, name: str, where: str) -> str:
        """The value of a variable that is named at `where`. Raises RehearsalError when it is not set."""
        if name not in self.values:
            text = f"{where}: the environment variable {name} is not set, neither in {self.sources}"
            raise RehearsalError(STEP, text)
        self.used[name] = self.values[name]
        return self.values[name]

    def into(self, document: Any, file: Path) -> Any:
        """A document of `file` with its variables replaced. Raises RehearsalError for one that is not set."""
        return self._into(document, f"{file}", "")

    def _into(self, value: Any, file: str, path: str) -> Any:
        if isinstance(value, str):
            return _PLACE.sub(lambda found: self.of(found[1].strip(), f"{file}: {path}"), value)
        if isinstance(value, list):
            return [self._into(item, file, f"{path}[{index}]") for index, item in enumerate(value)]
        if not isinstance(value, dict):
            return value
        named = {_camel(key): part for key, part in value.items()}
        source = named.get("valueFrom")
        if isinstance(source, dict) and (name := _variable(source)):
            found = self.of(name, f"{file}: {path}.valueFrom.envVariable")
            if set(named) == {"valueFrom"}:
                return found  # else it is a module's parameter, into which Seed-Farmer puts the value
        if named.get("disableEnvVarResolution"):
            return named
        return {key: self._into(part, file, f"{path}.{key}" if path else str(key)) for key, part in named.items()}


def from_files(root: Path, files: Sequence[str]) -> dict[str, str]:
    """What files of variables say, the later ones before the earlier."""
    from dotenv import dotenv_values  # Seed-Farmer's own reader

    found: dict[str, str] = {}
    for name in files:
        if (root / name).is_file():
            found |= {key: value for key, value in dotenv_values(root / name).items() if value is not None}
    return found


def for_clients(values: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Those that a client of the embedded AWS may have: none of AWS's own, which would lead it elsewhere."""
    yield from ((name, value) for name, value in values.items() if not name.startswith("AWS_"))


def _variable(source: Mapping[str, Any]) -> str | None:
    name = source.get("envVariable", source.get("env_variable"))
    return str(name) if name else None


def _camel(key: Any) -> Any:
    return _SNAKE.sub(lambda found: found[1].upper(), key) if key in _OWN else key
