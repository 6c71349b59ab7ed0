"""A cage of a build within the cage of a whole rehearsal: `nested.py FOLDER`; prints what the build sees."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from rehearsal.cage import run_caged
from rehearsal.confinement.cage import Cage, Confinement

FOLDER = Path(sys.argv[1])


def main() -> int:
    """Start one."""
    confinement = Confinement(FOLDER / "scratch")
    own = confinement.directory / "build"
    cage = Cage(confinement, (own,))
    command = cage.command(["sh", "-c", "ls /proc | grep -c '^[0-9]'; ls /; touch done && echo written"], own)
    print(confinement.protections.missing, flush=True)
    return subprocess.run(command, env={"PATH": "/usr/bin:/bin"}, check=False).returncode


if __name__ == "__main__":
    (FOLDER / "scratch").mkdir()
    sys.exit(run_caged(main, FOLDER / "scratch"))
