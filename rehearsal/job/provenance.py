"""What a rehearsal was of, and with what: when, the manifest's commit, and the versions of the tools."""

from __future__ import annotations

import json
import platform
import subprocess
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from rehearsal import cdk_command
from rehearsal.job import programs
from rehearsal.process import base_environment

_PACKAGES = ("model-cicd", "seed-farmer", "moto", "boto3", "awscli", "xgboost-cpu", "scikit-learn")


@dataclass(frozen=True)
class Provenance:
    """When a rehearsal began, the git commit of its project (None outside of a repository), and versions by tool.

    `changed` tells whether files of the commit were changed since.
    """

    began: datetime
    commit: str | None = None
    changed: bool = False
    versions: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, project: Path) -> Provenance:
        """That of a rehearsal of `project` that begins now."""
        commit = _git(project, "rev-parse", "HEAD")
        changed = commit is not None and bool(_git(project, "status", "--porcelain", "--untracked-files=no"))
        return cls(datetime.now(UTC), commit, changed, _versions())


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    for file in cdk_command.on_path(programs.search_path()):
        if file.is_file():
            found["aws-cdk"] = str(json.loads(file.read_text(encoding="utf-8"))["version"])
    return found


def _git(folder: Path, *arguments: str) -> str | None:
    command = ["git", "-C", str(folder), *arguments]
    try:
        ended = subprocess.run(command, env=base_environment(), capture_output=True, text=True, check=False)
    except OSError:
        return None
    return None if ended.returncode else ended.stdout.strip()
