"""The commands that a rehearsal runs unmodified: where they are looked for, and what installs one that is missing."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from rehearsal.errors import RehearsalError
from rehearsal.process import base_environment

REPOSITORY = Path(__file__).parents[2]
DEFAULT_MANIFEST = REPOSITORY / "manifests" / "local" / "deployment.yaml"

BIN = Path(sys.executable).parent
# 3.0.0 of the CDK command, npm's latest, cannot read assemblies of aws-cdk-lib 2
_INSTALLED_BY = {
    "seedfarmer": "pip install 'model-cicd[rehearsal]'",
    "cdk": "npm install -g aws-cdk@2",
    "git": "your system's package manager",
}


def search_path() -> str:
    """Our environment's commands first (Node 24 among them), then the pinned CDK command, then the user's PATH."""
    return ":".join((*folders(), base_environment()["PATH"]))


def folders() -> list[str]:
    """Where the commands of our environment are, and the pinned CDK command."""
    return [str(BIN), str(REPOSITORY / "node_modules" / ".bin")]


def check() -> None:
    """Raise RehearsalError when a command is missing, naming each and what installs it."""
    path = search_path()
    missing = [f"{name} ({how})" for name, how in _INSTALLED_BY.items() if shutil.which(name, path=path) is None]
    if missing:
        what = "these commands, which are" if len(missing) > 1 else "a command that is"
        raise RehearsalError("look for commands", f"it needs {what} not installed: {', '.join(missing)}")
