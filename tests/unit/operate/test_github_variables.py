"""What workflows have to know, from the manifest alone."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from model_cicd.cli import main
from model_cicd.operate.manifest import topologies
from tests.unit.operate.conftest import BUILD, REGION
from tests.unit.operate.test_directory import PARAMETERS, project

ROOT = Path(__file__).parents[3]
GITHUB = ROOT / "manifests" / "github"
ACTIONS = PARAMETERS.replace(
    "sourceBranch: main", "sourceBranch: main\n      training: {runner: github-actions, repository: acme/churn}"
)


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["github", "variables", *arguments]) == 0
    return capsys.readouterr().out


def test_a_group_is_its_branch_role_region_and_settings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = project(tmp_path, ACTIONS)
    found = json.loads(printed(capsys, str(path)))
    (topology,) = topologies(path)
    (group,) = topology.groups
    assert found == {
        "acme/churn": {
            "MODEL_CICD_GROUPS": {
                "churn": {
                    "branch": "main",
                    "role": f"arn:aws:iam::{BUILD}:role/{group.start_role.name}",
                    "region": REGION,
                    "settings": group.parameter("training-settings"),
                    "sessionSeconds": 21600,
                }
            }
        }
    }


def test_commands_set_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(printed(capsys, str(GITHUB)))
    commands = printed(capsys, str(GITHUB), "--format", "gh").splitlines()
    assert len(commands) == 2
    for command in commands:
        *words, text = shlex.split(command)
        assert words[:3] == ["gh", "variable", "set"]
        assert words[4::2] == ["--repo", "--body"]
        assert json.loads(text) == found[words[5]][words[3]]
    assert found["acme/ml-platform"]["MODEL_CICD_INFRA"]["models-price"]["environment"] == "production"


def test_a_manifest_without_workflows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["github", "variables", str(project(tmp_path, PARAMETERS))]) == 1
    assert "no group has 'runner: github-actions'" in capsys.readouterr().err


def test_two_modules_cannot_share_the_name_of_a_group_in_one_repository(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = project(tmp_path, ACTIONS)
    modules = tmp_path / "modules.yaml"
    one = modules.read_text(encoding="utf-8")
    modules.write_text(f"{one}---\n{one.replace('name: m', 'name: n', 1)}", encoding="utf-8")
    assert main(["github", "variables", str(path)]) == 1
    assert "two modules have a group 'churn' that workflows of acme/churn train" in capsys.readouterr().err
