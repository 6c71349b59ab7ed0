"""The files that Seed-Farmer puts into a module's bundle, as far as they can be known beforehand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model_cicd.text.errors import did_you_mean


@dataclass(frozen=True)
class Bundle:
    """The module's own folder (None where it is not known) and `dataFiles`, which keep their paths."""

    root: Path | None
    folder: Path | None
    files: tuple[str, ...]

    @classmethod
    def of(cls, module: Mapping[str, Any], root: Path | None) -> Bundle:
        """The bundle of a module manifest in the repository at `root`."""
        path = module.get("path")
        known = root is not None and isinstance(path, str) and "::" not in path and "${" not in path
        folder = root / str(path) if root is not None and known else None
        return cls(root, folder, tuple(name for _, name in data_files(module)))

    def complaint(self, name: str) -> str | None:
        """What is wrong with the file `name` of the bundle; None when nothing is, or it cannot be known."""
        if name in self.files or any("::" in each or "${" in each for each in self.files):
            return None
        if self.folder is None or (self.folder / name).is_file():
            return None
        hint = did_you_mean(name, self.files)
        return f"got {name!r}, expected a file of the module's folder or one of its dataFiles{hint}"

    def find(self, name: str) -> Path | None:
        """The file on disk, where it is known."""
        places = [each / name for each in (self.folder, self.root if name in self.files else None) if each]
        return next((each for each in places if each.is_file()), None)


def data_files(module: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
    """The paths of `dataFiles`, each with its index."""
    given = module.get("dataFiles", module.get("data_files"))
    for index, each in enumerate(given if isinstance(given, list) else ()):
        name = each.get("filePath", each.get("file_path")) if isinstance(each, Mapping) else None
        if isinstance(name, str):
            yield index, name
