"""The logs of failed rehearsals, moved out of what is about to be removed; the newest five are kept."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

_KEPT = 5


def keep(logs: Path, name: str) -> Path:
    """Copy the directory `logs`; where it is now."""
    home = Path.cwd() / ".rehearsal" / "logs"
    home.mkdir(parents=True, exist_ok=True)
    for old in sorted(home.iterdir())[: 1 - _KEPT]:
        shutil.rmtree(old, ignore_errors=True)
    kept = home / f"{time.strftime('%Y%m%d-%H%M%S')}-{name}"
    shutil.copytree(logs, kept)
    return kept
