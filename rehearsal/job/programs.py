"""The commands that a rehearsal runs unmodified: where they are looked for, and what installs one that is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rehearsal.errors import RehearsalError
from rehearsal.process import base_environment

REPOSITORY = Path(__file__).parents[2]
DEFAULT_MANIFEST = REPOSITORY / "manifests" / "local" / "deployment.yaml"
#: the version of the CDK command, as package.json has it: 3.0.0, npm's latest, cannot read assemblies of aws-cdk-lib 2
CDK = "2.1148.1"

BIN = Path(sys.executable).parent
_STEP = "look for commands"
_INSTALLED_BY = {
    "seedfarmer": "pip install 'model-cicd[rehearsal]'",
    "cdk": "npm install -g aws-cdk@2",
    "git": "your system's package manager",
}


def search_path() -> str:
    """Our environment's commands first (Node 24 among them), then the pinned CDK command, then the user's PATH."""
    return ":".join((*folders(), base_environment()["PATH"]))


def folders() -> list[str]:
    """Where the commands of our environment are, and the pinned CDK command: of a checkout, else of the cache."""
    checkout = REPOSITORY / "node_modules" / ".bin"
    return [str(BIN), str(checkout if checkout.is_dir() else _kept() / "node_modules" / ".bin")]


def check() -> None:
    """Raise RehearsalError when a command is missing, naming each and what installs it.

    The CDK command is installed into the user's cache where there is none.
    """
    if _missing("cdk") and not _missing("npm"):
        _install_cdk()
    missing = [f"{name} ({how})" for name, how in _INSTALLED_BY.items() if _missing(name)]
    if missing:
        what = "these commands, which are" if len(missing) > 1 else "a command that is"
        raise RehearsalError(_STEP, f"it needs {what} not installed: {', '.join(missing)}")


def _missing(name: str) -> bool:
    return shutil.which(name, path=search_path()) is None


def _kept() -> Path:
    """Where the CDK command is kept when this is no checkout."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser())
    return cache / f"model-cicd-cdk-{CDK}"


def _install_cdk() -> None:
    """Install the CDK command, whole or not at all: others may do the same at this moment."""
    print(f"installing the CDK command {CDK} into {_kept()}", file=sys.stderr, flush=True)
    environment = base_environment() | {"PATH": search_path(), "HOME": str(Path.home())}
    try:
        _kept().parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=f"{_kept().name}-", dir=_kept().parent))
    except (OSError, RuntimeError) as error:
        raise RehearsalError(_STEP, f"the CDK command cannot be kept in {_kept().parent}: {error}") from None
    try:
        options = ["--loglevel=error", "--no-audit", "--no-fund", "--prefix", str(part)]
        command = ["npm", "install", *options, f"aws-cdk@{CDK}"]
        ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=part)
        if ended.returncode:
            said = (ended.stderr or ended.stdout).strip()[-500:]
            raise RehearsalError(_STEP, f"npm could not install aws-cdk@{CDK}: {said}\n    npm install -g aws-cdk@2")
        if not _kept().exists():
            part.rename(_kept())
    finally:
        shutil.rmtree(part, ignore_errors=True)
