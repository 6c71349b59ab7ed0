"""An embedded AWS that runs beside the tests: `rehearse up` as a child of theirs, asked by its control socket."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rehearsal import control, scratch
from rehearsal.errors import RehearsalError

log = logging.getLogger("rehearsal")

_STEP = "up"
_ENDING = 90  # seconds that an end may take
_LOOK = 0.1


class RunningAws:
    """One with the accounts of a manifest, bootstrapped; `close` ends it and removes all it wrote.

    `folder` is for its state file, which only the user may read. Raises RehearsalError when it does not start.
    """

    def __init__(self, folder: Path, manifest: Path, options: Sequence[str]) -> None:
        self._folder = folder
        output = folder / "up.log"
        own = ["-m", "rehearsal.pytest_plugin", str(os.getpid()), str(folder)]
        command = [sys.executable, *own, "up", str(manifest), *options]
        with output.open("w", encoding="utf-8") as out:
            # a session of its own: Ctrl-C reaches pytest alone, which then ends it
            self._child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
            )
        state = folder / ".rehearsal" / "state.json"
        try:
            while not state.exists():
                if self._child.poll() is not None:
                    raise _refusal(output.read_text(encoding="utf-8", errors="replace"))
                time.sleep(_LOOK)
            self.state: dict[str, Any] = json.loads(state.read_text(encoding="utf-8"))
        except BaseException:
            self.close()
            raise

    def ask(self, command: str, **values: Any) -> Any:
        """Have it do something; what it came to.

        Raises RehearsalError; the logs are then in `.rehearsal/logs` of the working directory, and stay there.
        """
        directory = Path(self.state["directory"])
        try:
            return control.ask(directory, command, values, log.info)
        except RehearsalError as error:
            raise RehearsalError(error.step, error.cause, _kept(directory, error.log)) from None

    @property
    def accounts(self) -> Mapping[str, Any]:
        """What the state file has of each account."""
        found: dict[str, Any] = self.state["accounts"]
        return found

    def close(self) -> None:
        """End it; all that it wrote is gone then."""
        if self._child.poll() is None:
            self._child.terminate()
            try:
                self._child.wait(_ENDING)
            except subprocess.TimeoutExpired:
                self._child.kill()
                self._child.wait()
        shutil.rmtree(self._folder, ignore_errors=True)


def _refusal(printed: str) -> RehearsalError:
    """Why `rehearse up` ended, out of what it printed."""
    _, found, refused = printed.partition("rehearse: ")
    step, _, cause = refused.strip().partition(": ")
    return RehearsalError(step, cause) if found and cause else RehearsalError(_STEP, printed.strip()[-4000:])


def _kept(directory: Path, file: Path | None) -> Path | None:
    """The log `file` where it stays when the embedded AWS ends."""
    logs = directory / "logs"
    if file is None or not file.is_relative_to(logs):
        return file
    with contextlib.suppress(OSError):
        return scratch.keep_logs(logs, directory.name.removeprefix("rehearsal-")) / file.relative_to(logs)
    return None
