"""A `rehearse` command that goes on in the background, until `rehearse down`."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence

from rehearsal import state_file
from rehearsal.errors import RehearsalError


def detach(arguments: Sequence[str]) -> int:
    """Start it in a session of its own and wait until others can use it; the exit code. Raises RehearsalError."""
    log = state_file.directory() / "up.log"
    command = [sys.executable, "-m", "rehearsal", *arguments]
    with log.open("w", encoding="utf-8") as out:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True)
    while not state_file.find():
        if child.poll() is not None:
            step = arguments[0]
            said = log.read_text(encoding="utf-8")[-2000:].strip().removeprefix("rehearse: ").removeprefix(f"{step}: ")
            raise RehearsalError(step, said or f"it ended at once with code {child.returncode}", log)
        time.sleep(0.2)
    print(f'embedded AWS at {state_file.read()["endpoint"]}; next: eval "$(rehearse env)"')
    return 0
