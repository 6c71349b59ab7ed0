"""`rehearse` for a test: as the command, and it ends when the process that started it has ended, however that was."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from pathlib import Path

from rehearsal import state_file
from rehearsal.cage import PR_SET_PDEATHSIG
from rehearsal.cli import main

if __name__ == "__main__":
    parent, folder, *arguments = sys.argv[1:]
    state_file.keep_in(Path(folder))
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    sys.exit(main(arguments) if os.getppid() == int(parent) else 1)
