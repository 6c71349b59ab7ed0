"""The directory that a rehearsal writes into, and the logs that outlive it."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from rehearsal.errors import RehearsalError

_KEPT = 5
# packages that show whether the extra `rehearsal` of pyproject.toml is installed
EXTRA = ("botocore", "moto", "rich", "seedfarmer")


def make_scratch() -> Path:
    """A new directory for everything that is written, temporary files of all clients included.

    Raises ModuleNotFoundError, as what runs in it would, when the extra `rehearsal` is not installed.
    """
    if package := missing(EXTRA):
        raise ModuleNotFoundError(name=package)
    scratch = Path(tempfile.mkdtemp(prefix="rehearsal-", dir=_directory()))
    (scratch / "tmp").mkdir()
    os.environ["TMPDIR"] = str(scratch / "tmp")
    tempfile.tempdir = None
    return scratch


def missing(packages: Iterable[str]) -> str | None:
    """The first of the packages that is not installed."""
    return next((package for package in packages if find_spec(package) is None), None)


def again(scratch: Path) -> Path:
    """The same for what was saved in the directory `scratch`: its files hold that path. Raises RehearsalError."""
    try:
        scratch.mkdir(mode=0o700, parents=True)
        (scratch / "tmp").mkdir()
    except OSError as error:
        text = f"{scratch}: cannot be made ({error.strerror}); what was saved has its files there"
        raise RehearsalError("snapshot", f"{text} (does it run still? rehearse down ends it)") from None
    os.environ["TMPDIR"] = str(scratch / "tmp")
    tempfile.tempdir = None
    return scratch


def _directory() -> str:
    """That of temporary files, but none in /dev/shm and the like: cages have directories of their own there."""
    usual = tempfile.gettempdir()
    return "/tmp" if Path(usual).resolve().parts[1:2] in {("dev",), ("proc",), ("sys",)} else usual


def keep_logs(logs: Path, name: str) -> Path:
    """Copy the directory `logs` to `.rehearsal/logs/TIME-name` and return that; the newest five are kept."""
    home = Path.cwd() / ".rehearsal" / "logs"
    home.mkdir(parents=True, exist_ok=True)
    for old in sorted(home.iterdir())[: 1 - _KEPT]:
        shutil.rmtree(old, ignore_errors=True)
    kept = home / f"{time.strftime('%Y%m%d-%H%M%S')}-{name}"
    shutil.copytree(logs, kept)
    return kept
