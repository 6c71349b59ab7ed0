"""Keeps compiled bytecode for later builds: compiling aws-cdk-lib or Seed-Farmer anew costs each build seconds.

uv links the files of its cache into an environment. What Python then compiles there is linked back beside the cached
source, from where uv links it into the next environment. Python itself checks that bytecode fits its source.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path


def keep(home: Path, uv_cache: Path) -> int:
    """Link the bytecode of all environments below `home` into uv's cache; how many files were new.

    Does nothing where uv keeps its cache in another way than expected, or copies in place of linking.
    """
    archives = sorted(uv_cache.glob("archive-v*/*"))
    owners: dict[str, list[Path]] = {}
    for archive in archives:
        with contextlib.suppress(OSError):
            for entry in os.scandir(archive):
                owners.setdefault(entry.name, []).append(archive)
    kept = 0
    for site in _site_packages(home):
        for directory, directories, files in os.walk(site):
            if not directory.endswith("__pycache__"):
                directories.sort()
                continue
            package = Path(directory).parent.relative_to(site)
            for name in files:
                kept += _keep_one(Path(directory, name), site, package, owners)
    return kept


def _keep_one(compiled: Path, site: Path, package: Path, owners: dict[str, list[Path]]) -> int:
    module, _, rest = compiled.name.partition(".")
    if not rest.endswith(".pyc") or rest.count(".") > 1:
        return 0
    source = package / f"{module}.py"
    for archive in owners.get(source.parts[0], ()):
        cached = archive / source
        with contextlib.suppress(OSError):
            if not cached.samefile(site / source):
                continue
            target = cached.parent / "__pycache__" / compiled.name
            if target.exists():
                return 0
            target.parent.mkdir(exist_ok=True)
            part = target.with_name(f"{target.name}.{os.getpid()}.{id(compiled)}")
            shutil.copyfile(compiled, part)  # a copy: the build's own may still be written to
            part.replace(target)
            return 1
    return 0


def _site_packages(home: Path) -> Iterator[Path]:
    for pattern in (".venv", ".runtime", ".local/share/uv/tools/*"):
        yield from sorted(home.glob(f"{pattern}/lib/python*/site-packages"))
