"""The main job on an AWS where changes take effect late and events come twice, with one deployment group."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from rehearsal.job.project import copy
from tests.e2e.by_hand import BIN, ROOT, plain_environment

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("latency")]


def test_from_push_to_every_environment(tmp_path: Path) -> None:
    copy(ROOT, tmp_path / "project")
    modules = tmp_path / "project" / "manifests" / "local" / "models-modules.yaml"
    text = modules.read_text(encoding="utf-8")
    modules.write_text(text[: text.index("      # prod deployment group")], encoding="utf-8")
    manifest = tmp_path / "project" / "manifests" / "local" / "deployment.yaml"
    ended = subprocess.run(
        [BIN / "rehearse", manifest, "--latency", "aws", "--report", "report.json"],
        cwd=tmp_path, env=plain_environment(tmp_path), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout[-6000:] + ended.stderr[-3000:]
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    (group,) = report["groups"]
    assert group["pipeline_status"] == "Succeeded"
    assert [each["version"] for each in group["environments"]] == [group["version"]] * 3
    assert [each["text"] for each in report["iam"]["denied"]] == []
