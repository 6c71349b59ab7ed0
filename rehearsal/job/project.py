"""A scratch copy of the user's project: clients write into their working directory, the user's stays as it is."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from rehearsal.job.variables import for_clients

_NEVER = {".git", ".venv", "node_modules", "cdk.out", ".rehearsal", "__pycache__"}


def copy(root: Path, target: Path) -> None:
    """Copy the project at `root` to `target` as git sees it: tracked and new files, links as links."""
    for relative in _files(root):
        source, copied = root / relative, target / relative
        if not source.is_symlink() and not source.is_file():
            continue  # deleted, but still in git's index
        copied.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, copied, follow_symlinks=False)


def write_variables(target: Path, values: Mapping[str, str]) -> None:
    """Put variables where Seed-Farmer reads them, but none of AWS's own: they would lead it to the real AWS."""
    file = target / ".env"
    if values or file.exists():
        quoted = {name: re.sub(r"(['\\\\])", r"\\\1", value) for name, value in for_clients(values)}
        file.write_text("".join(f"{name}='{value}'\n" for name, value in quoted.items()), encoding="utf-8")


def _files(root: Path) -> list[Path]:
    command = ["git", "-c", f"safe.directory={root}", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=root, capture_output=True, check=False)
    if listed.returncode == 0:
        return [Path(os.fsdecode(name)) for name in listed.stdout.split(b"\0") if name]
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(set(folders) - _NEVER)
        here = Path(folder)
        links = [name for name in folders if (here / name).is_symlink()]
        found += [(here / name).relative_to(root) for name in (*names, *links)]
    return found
