"""Definitions of the SageMaker Python SDK with what it uploads for them: the SDK writes them while the tests run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.executor.conftest import DATA

UV = Path(sys.executable).with_name("uv")


def written_by_version_3(directory: Path) -> Path:
    """Install version 3 of the SDK below `directory` and let it write v3.json and objects-v3 there."""
    packages = directory / "packages"
    packages.mkdir()
    pinned = ["--no-deps", "--require-hashes", "-r", str(DATA / "requirements-v3.txt")]
    subprocess.run([str(UV), "pip", "install", "--quiet", "--target", str(packages), *pinned], check=True)
    # not in this environment: its packages are of other versions than the rehearsal's
    environment = os.environ | {"PYTHONPATH": str(packages), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, str(DATA / "make_v3.py"), str(directory)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return directory
