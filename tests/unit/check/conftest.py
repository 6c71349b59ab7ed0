from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest

from model_cicd import cli

ROOT = Path(__file__).parents[3]

DEPLOYMENT = """\
name: local
toolchainRegion: us-east-1
groups:
  - name: models
    path: manifests/models.yaml
targetAccountMappings:
  - alias: tooling
    accountId: '123456789010'
    default: true
    regionMappings:
      - region: us-east-1
        default: true
"""
MODULE = """\
name: price
path: modules/sagemaker/sagemaker-model-cicd
targetAccount: tooling
parameters:
  - name: infra-repo
    value:
      host: codecommit
      name: infra
  - name: model-build-repo
    value:
      host: codecommit
      name: training
  - name: deployment-groups
    value:
      - name: prod-group
        sourceBranch: main
        buildEnvironment:
          name: train
          account: '123456789015'
          region: us-east-1
          type: preprod
        deployEnvironments:
          - name: approval
            account: '123456789016'
            type: preprod
          - name: live
            account: '123456789017'
            type: prod
"""


class Project:
    """A Seed-Farmer project on disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "modules/sagemaker/sagemaker-model-cicd").mkdir(parents=True)
        self.write("seedfarmer.yaml", "project: mlops\n")
        self.write("manifests/deployment.yaml", DEPLOYMENT)
        self.write("manifests/models.yaml", MODULE)

    def write(self, path: str, text: str) -> None:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")

    def change(self, path: str, old: str, new: str) -> None:
        """Replace `old`, which must be there once, by `new`."""
        text = (self.folder / path).read_text()
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
        self.write(path, text.replace(old, new))

    def append(self, path: str, text: str) -> None:
        self.write(path, (self.folder / path).read_text() + text)

    def check(self, path: str = "manifests/deployment.yaml") -> list[str]:
        """What the command says about `path`, line by line."""
        found = self.command(path, "--format", "json")
        problems = json.loads(found.stdout)
        assert found.returncode == (1 if problems else 0), found.stderr
        return [self.shown(each) for each in problems]

    @staticmethod
    def shown(problem: dict[str, Any]) -> str:
        return f"{problem['file']}:{problem['line']}: {problem['path']}: {problem['message']}"

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`model-cicd check` in this process; what would be a warning is an error."""
        out, err = io.StringIO(), io.StringIO()
        with (
            contextlib.chdir(self.folder),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            warnings.catch_warnings(action="error"),
        ):
            code = cli.main(["check", *arguments])
        return subprocess.CompletedProcess(arguments, code, out.getvalue(), err.getvalue())

    def program(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`model-cicd check` in a process and an environment of its own."""
        return subprocess.run(
            [sys.executable, "-m", "model_cicd.cli", "check", *arguments],
            cwd=self.folder,
            env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "PYTHONWARNINGS": "error"},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)
