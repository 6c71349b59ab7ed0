"""`model-cicd check` before anything else: a bad manifest is refused in a moment, without any AWS."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from rehearsal.errors import RehearsalError
from rehearsal.job import programs
from rehearsal.process import base_environment

STEP = "check the manifest"


def check(manifest: Path) -> None:
    """Raise RehearsalError with all that is wrong in `manifest` and files it names, or with missing commands."""
    if manifest == programs.DEFAULT_MANIFEST and not manifest.is_file():
        raise RehearsalError(STEP, "got no MANIFEST: the default one is in a checkout of model-cicd, and this is none")
    if not manifest.is_file():
        raise RehearsalError(STEP, f"{manifest}: no such file; expected a Seed-Farmer deployment manifest")
    command = [str(Path(sys.executable).parent / "model-cicd"), "check", str(manifest)]
    ended = subprocess.run(command, env=base_environment(), capture_output=True, text=True, check=False)
    if ended.returncode:
        problems = (ended.stdout + ended.stderr).strip().replace("\n", "\n    ")
        raise RehearsalError(STEP, f"{manifest} is not fit to deploy\n    {problems}")
    programs.check()
