"""`model-cicd plan` of a deployment that a rehearsal made and kept up, as a person at a terminal asks for it."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.by_hand import BIN, ROOT, TOOLING, Kept

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("kept")]
MANIFEST = "manifests/local/deployment.yaml"
DEV, PROD = "experimenation-deployment-group", "prod-deployment-group"


def plan(kept: Kept, cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [BIN / "model-cicd", "plan", MANIFEST, *arguments],
        cwd=cwd, env=kept.exports(TOOLING), capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_what_was_just_deployed_changes_nothing(kept: Kept) -> None:
    done = plan(kept, ROOT, "--against", "aws", "--check")
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert done.stdout == f"plan of {MANIFEST} against what is deployed\n\nno changes\n"


def test_what_left_the_manifest_is_found_in_the_accounts(kept: Kept, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "manifests" / "local", tmp_path / "manifests" / "local")
    shutil.copy(ROOT / "seedfarmer.yaml", tmp_path)
    (tmp_path / "modules").symlink_to(ROOT / "modules")
    modules = tmp_path / "manifests" / "local" / "models-modules.yaml"
    text = modules.read_text(encoding="utf-8")
    start, end = text.index("      # dev deployment group"), text.index("      # prod deployment group")
    old, new = (
        "name: prod-env\n            account: '123456789017'",
        "name: live-env\n            account: '123456789099'",
    )
    assert old in text
    text = text[:start] + text[end:].replace(old, new)
    modules.write_text(text, encoding="utf-8")
    done = plan(kept, tmp_path, "--against", "aws", "--check", "--format", "json")
    assert (done.returncode, done.stderr) == (2, "")
    (module,) = json.loads(done.stdout)["modules"]
    assert module["said"][0].startswith(f"group {DEV} is deployed and not in the manifest: the next apply takes down")
    removed = {
        each["environment"] or each["name"].rpartition("-")[2]: each
        for each in module["stacks"]
        if each["what"] == "removed"
    }
    assert set(removed) == {
        *("build", "tooling", "promotion", "experiment-env1", "experiment-env2", "experiment-env3"),
        "prod-env",
    }
    assert removed["build"]["fate"] == "the next apply takes it down"
    assert removed["prod-env"]["fate"] == "the next apply deletes it, before anything else"
    kinds = {each["type"] for each in removed["build"]["resources"] if each["kept"]}
    assert {"AWS::S3::Bucket", "AWS::KMS::Key", "AWS::SageMaker::ModelPackageGroup"} <= kinds
    added = [each for each in module["stacks"] if each["what"] == "added"]
    assert [(each["environment"], each["by"]) for each in added] == [("live-env", "the next promotion")]
    assert "account 123456789099 us-east-1 could not be looked at" in module["notes"][0]  # nobody bootstrapped it


def test_what_a_release_would_change(kept: Kept) -> None:
    done = plan(kept, ROOT, "--release", PROD, "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    found: dict[str, Any] = json.loads(done.stdout)
    assert (found["status"], [each["name"] for each in found["environments"]]) == (
        "Approved",
        ["prod-train-env", "prod-approval-env", "prod-env"],
    )
    assert all(each["serves"].startswith("version ") for each in found["environments"])
    pending = plan(kept, ROOT, "--release", PROD, "1", "--check")
    assert f"releasing version 1 (PendingManualApproval) of {PROD}" in pending.stdout, pending.stderr
    assert f"first: approve it: model-cicd approve {PROD} 1" in pending.stdout
    assert pending.returncode == 2
