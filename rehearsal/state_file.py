"""The file by which the `rehearse` commands find an embedded AWS that runs for the current directory."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rehearsal.errors import RehearsalError

_home: Path | None = None


def keep_in(folder: Path) -> None:
    """Have this process leave the state below `folder`, not below its current directory."""
    global _home  # noqa: PLW0603
    _home = folder


def _directory() -> Path:
    return (_home or Path.cwd()) / ".rehearsal"


def directory() -> Path:
    """Where a running embedded AWS of the current directory leaves its state; made when it is not there.

    Raises RehearsalError where nothing can be written.
    """
    found = _directory()
    try:
        found.mkdir(exist_ok=True)
        with tempfile.TemporaryFile(dir=found):
            return found
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        cause = f"{found} cannot be written: {reason}; expected a folder that you may write"
        raise RehearsalError("state", cause) from None


def _path() -> Path:
    return _directory() / "state.json"


def read() -> dict[str, Any]:
    """The state of the embedded AWS that runs for this directory. Raises RehearsalError when none does."""
    state = find()
    if state is None:
        raise RehearsalError("rehearse", "no embedded AWS runs for this directory (rehearse up starts one)")
    return state


def find() -> dict[str, Any] | None:
    """The same, or None when none runs; the file of one that has ended is removed."""
    try:
        state: dict[str, Any] = json.loads(_path().read_text(encoding="utf-8"))
        os.kill(state["pid"], 0)
    except (OSError, ValueError, KeyError):
        remove()
        return None
    return state


def refuse_second() -> None:
    """Raise RehearsalError when an embedded AWS already runs for this directory, or none can leave its state there."""
    state = find()
    if state:
        raise RehearsalError("up", f"one already runs here at {state['endpoint']} (rehearse down ends it)")
    directory()


def write(state: Mapping[str, Any]) -> None:
    """Leave the state; it holds credentials, so that only the user may read it."""
    whole = directory() / f"state-{os.getpid()}.tmp"  # others see the file whole or not at all
    with os.fdopen(os.open(whole, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(state, file)
    whole.replace(_path())


def remove() -> None:
    """Remove the file, if it is there."""
    with contextlib.suppress(OSError):  # where nothing can be written there is none of ours
        _path().unlink(missing_ok=True)
