"""The repository root is the same module, used by git reference from another project."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from rehearsal.job.project import copy
from tests.e2e.by_hand import BIN, ROOT, plain_environment

pytestmark = pytest.mark.e2e


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=Tester", "-c", "user.email=tester@localhost"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


def test_a_module_by_git_reference_without_a_path(tmp_path: Path) -> None:
    module, project = tmp_path / "model-cicd", tmp_path / "project"
    copy(ROOT, module)
    git(module, "init", "--quiet", "--initial-branch", "main")
    git(module, "add", "--all")
    git(module, "commit", "--quiet", "--message", "All of it")
    (project / "manifests" / "local").mkdir(parents=True)
    (project / "seedfarmer.yaml").write_text("project: elsewhere\n", encoding="utf-8")
    for name in ("deployment.yaml", "models-modules.yaml"):
        text = (ROOT / "manifests" / "local" / name).read_text(encoding="utf-8")
        text = text.replace("path: modules/sagemaker/sagemaker-model-cicd", f"path: git::file://{module}?ref=main")
        (project / "manifests" / "local" / name).write_text(text, encoding="utf-8")
    command = [str(BIN / "rehearse"), "manifests/local/deployment.yaml", "--report", "report.json"]
    ended = subprocess.run(
        command, cwd=project, env=plain_environment(tmp_path), capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout[-6000:] + ended.stderr[-2000:]
    report = json.loads((project / "report.json").read_text(encoding="utf-8"))
    assert [each["approval_status"] for each in report["groups"]] == ["PendingManualApproval"] * 2
    assert all("elsewhere-local-models" in each["pipeline"] for each in report["groups"])
