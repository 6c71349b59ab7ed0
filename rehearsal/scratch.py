"""The directory that a rehearsal writes into, and the logs that outlive it."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path

_KEPT = 5


def make_scratch() -> Path:
    """A new directory for everything that is written, temporary files of all clients included."""
    scratch = Path(tempfile.mkdtemp(prefix="rehearsal-"))
    (scratch / "tmp").mkdir()
    os.environ["TMPDIR"] = str(scratch / "tmp")
    tempfile.tempdir = None
    return scratch


def keep_logs(logs: Path, name: str) -> Path:
    """Copy the directory `logs` to `.rehearsal/logs/TIME-name` and return that; the newest five are kept."""
    home = Path.cwd() / ".rehearsal" / "logs"
    home.mkdir(parents=True, exist_ok=True)
    for old in sorted(home.iterdir())[: 1 - _KEPT]:
        shutil.rmtree(old, ignore_errors=True)
    kept = home / f"{time.strftime('%Y%m%d-%H%M%S')}-{name}"
    shutil.copytree(logs, kept)
    return kept
