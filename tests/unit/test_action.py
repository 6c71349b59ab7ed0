"""The action that rehearses a pull request: its schema, what attackers use, and its script with the real command."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
PATH = ROOT / "action.yml"
ACTION: dict[str, Any] = yaml.safe_load(PATH.read_text(encoding="utf-8"))
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]

pytestmark = pytest.mark.programs


@pytest.mark.parametrize(
    "tool",
    [
        ["check-jsonschema", "--builtin-schema", "vendor.github-actions"],
        ["zizmor", "--offline", "--no-progress", "--no-config"],
    ],
    ids=lambda tool: tool[0],
)
def test_it_is_as_github_wants_it_and_nothing_that_attackers_use(tool: list[str], tmp_path: Path) -> None:
    done = subprocess.run([BIN / tool[0], *tool[1:], PATH], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    bad = tmp_path / "action.yml"
    text = PATH.read_text(encoding="utf-8").replace('"$MANIFEST"', "${{ inputs.manifest }}")
    bad.write_text(text.replace("using: composite", "using: compost") if tool[0].startswith("check") else text)
    assert subprocess.run([BIN / tool[0], *tool[1:], bad], capture_output=True, check=False).returncode != 0


def test_scripts_hold_no_expressions() -> None:
    assert [step["name"] for step in STEPS if "${{" in step["run"]] == []


def test_every_input_is_used_and_documented() -> None:
    used = re.findall(r"\$\{\{ inputs\.(\w+) \}\}", PATH.read_text(encoding="utf-8"))
    assert sorted(used) == sorted(ACTION["inputs"])
    page = (ROOT / "docs" / "pytest-plugin.md").read_text(encoding="utf-8")
    example = page.partition("## Without tests")[2]
    assert [name for name in ACTION["inputs"] if f"`{name}`" not in example] == []


def run(tmp_path: Path, **given: str) -> tuple[subprocess.CompletedProcess[str], str, str]:
    """The script of the step `Rehearse` with the command that is under test: its end, summary and outputs."""
    (tmp_path / "runner" / "rehearsal").mkdir(parents=True)
    (tmp_path / "runner" / "rehearsal" / "bin").symlink_to(BIN)
    (step,) = [each for each in STEPS if each["name"] == "Rehearse"]
    files = {name: tmp_path / name.lower() for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT")}
    for path in files.values():
        path.touch()
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "RUNNER_TEMP": str(tmp_path / "runner"),
        **{name: str(path) for name, path in files.items()},
        **{"OPTIONS": "", "REPORT": "rehearsal.html", **given},
    }
    # as the runner calls bash: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#defaultsrunshell
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    summary, outputs = (path.read_text(encoding="utf-8") for path in files.values())
    return done, summary, outputs


def test_a_failure_is_in_the_summary_and_fails_the_job(tmp_path: Path) -> None:
    (tmp_path / "seedfarmer.yaml").write_text("project: shop\n", encoding="utf-8")
    (tmp_path / "deployment.yaml").write_text("name: dev\ngroups: 5\n", encoding="utf-8")
    done, summary, outputs = run(tmp_path, MANIFEST="deployment.yaml")
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "failed" in summary and "deployment.yaml" in summary
    assert outputs == "report=rehearsal.html\n"
    assert (tmp_path / "rehearsal.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_options_are_one_a_line_and_nothing_of_them_is_run(tmp_path: Path) -> None:
    done, summary, outputs = run(tmp_path, MANIFEST="x.yaml", OPTIONS="--iam\n$(touch pwned)\n")
    assert done.returncode == 2
    assert "invalid choice: '$(touch pwned)'" in done.stderr
    assert (summary, outputs, (tmp_path / "pwned").exists()) == ("", "", False)
