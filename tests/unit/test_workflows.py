"""The workflows of GitHub Actions that this repository hands out: their schema, what attackers use, what they start."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from model_cicd.sagemaker_model_cicd.module_files import write_seed
from model_cicd.sagemaker_model_cicd.settings.seeds import SEEDS, folder

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted(ROOT.glob("seedcode/*/dot-github/workflows/*.yml"))
TRAIN = [path for path in WORKFLOWS if path.name == "train.yml"]
GROUPS = {
    "live": {"branch": "main", "role": "arn:1", "region": "us-east-1", "settings": "/a/live", "environment": "prod"},
    "trial": {"branch": "main", "role": "arn:2", "region": "us-east-1", "settings": "/a/trial", "sessionSeconds": 7200},
    "next": {"branch": "next/$(id)", "role": "arn:3", "region": "us-east-1", "settings": "/a/next"},
}

each_workflow = pytest.mark.parametrize(
    "path", WORKFLOWS, ids=lambda path: path.relative_to(ROOT / "seedcode").parts[0]
)


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def triggers(workflow: dict[Any, Any]) -> Any:
    """What is below `on`, which YAML reads as true."""
    return workflow[True]


def steps(path: Path) -> list[dict[str, Any]]:
    return [step for job in read(path)["jobs"].values() for step in job["steps"]]


def tool(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).parent / name
    names = [str(path) for path in WORKFLOWS]
    return subprocess.run([program, *arguments, *names], capture_output=True, text=True, timeout=120, check=False)


def test_each_seed_has_one() -> None:
    assert {path.relative_to(ROOT).parts[1] for path in WORKFLOWS} == {
        "infra", *(Path(each).name for each in SEEDS.values())
    }  # fmt: skip


@pytest.mark.programs
def test_they_are_as_github_s_schema_wants_them() -> None:
    done = tool("check-jsonschema", "--builtin-schema", "vendor.github-workflows")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.programs
def test_there_is_nothing_in_them_that_attackers_use(tmp_path: Path) -> None:
    done = tool("zizmor", "--offline", "--no-progress", "--no-config", "--persona", "regular")
    assert done.returncode == 0, done.stdout + done.stderr
    # and it would say so
    bad = tmp_path / "bad.yml"
    text = WORKFLOWS[0].read_text(encoding="utf-8")
    bad.write_text(re.sub(r"(actions/checkout)@\w+", r"\1@v7", text), encoding="utf-8")
    program = Path(sys.executable).parent / "zizmor"
    assert subprocess.run([program, "--offline", "-q", bad], capture_output=True, check=False).returncode != 0


@each_workflow
def test_they_have_no_rights_and_secrets_beyond_those_of_a_job(path: Path) -> None:
    found, text = read(path), path.read_text(encoding="utf-8")
    assert found["permissions"] == {}
    assert not re.search(r"\$\{\{[^}]*secrets", text)
    assert "pull_request_target" not in text
    assert found["concurrency"]["group"].endswith("${{ github.ref }}")
    for name, job in found["jobs"].items():
        assert "permissions" in job, name
        assert "timeout-minutes" in job, name
        pulls = "pull_request'" in str(job.get("if")) and "!=" not in str(job.get("if"))
        assert not (pulls and "id-token" in job["permissions"]), f"{name} of pull requests could take a role"


@each_workflow
def test_actions_are_pinned_and_scripts_hold_no_expressions(path: Path) -> None:
    used = [each["uses"] for each in steps(path) if "uses" in each]
    assert used
    for each in used:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", each)
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip().startswith("uses:")]
    assert all(re.search(r"# v\d+\.\d+\.\d+$", line) for line in lines)
    for step in steps(path):
        assert "${{" not in step.get("run", "")
        if "actions/checkout" in step.get("uses", ""):
            assert step["with"]["persist-credentials"] is False


def test_the_groups_are_found_alike_in_all_seeds() -> None:
    first, *others = [read(path) for path in TRAIN]
    assert len(others) == len(SEEDS) - 1
    for each in others:
        assert each["jobs"]["groups"] == first["jobs"]["groups"]
        assert triggers(each) == triggers(first)


def find(tmp_path: Path, branch: str, **more: str) -> tuple[int, str, list[dict[str, Any]]]:
    script = read(TRAIN[0])["jobs"]["groups"]["steps"][0]["run"]
    output = tmp_path / "output"
    output.write_text("")
    own = {"GROUPS_OF_MODEL_CICD": json.dumps(GROUPS), "WANTED": "", "GITHUB_REF_TYPE": "branch",
           "GITHUB_REF_NAME": branch, "GITHUB_OUTPUT": str(output), "PATH": os.environ["PATH"]}  # fmt: skip
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", script], env=own | more, capture_output=True, text=True, check=False
    )
    text = output.read_text()
    return done.returncode, done.stderr, json.loads(text.removeprefix("found=") or "[]")


@pytest.mark.programs
def test_a_branch_trains_its_groups_and_no_other(tmp_path: Path) -> None:
    code, _, found = find(tmp_path, "main")
    assert code == 0
    assert [(each["group"], each["environment"], each["seconds"]) for each in found] == [
        ("live", "prod", 3600), ("trial", "", 7200),
    ]  # fmt: skip
    assert [each["group"] for each in find(tmp_path, "next/$(id)")[2]] == ["next"]
    assert find(tmp_path, "main", GITHUB_REF_TYPE="tag")[2] == [], "a tag may be called as a branch is"
    assert find(tmp_path, "other")[2] == []
    assert find(tmp_path, "main", GROUPS_OF_MODEL_CICD="")[2] == []


@pytest.mark.programs
def test_by_hand_one_group_trains_from_its_own_branch(tmp_path: Path) -> None:
    assert [each["group"] for each in find(tmp_path, "main", WANTED="trial")[2]] == ["trial"]
    code, said, found = find(tmp_path, "main", WANTED="next")
    assert (code, found) == (1, [])
    assert "trains from another branch" in said


@pytest.mark.programs
def test_parameters_reach_the_run_as_they_were_written(tmp_path: Path) -> None:
    (script,) = (step["run"] for step in steps(ROOT / "seedcode/model-build/dot-github/workflows/train.yml")
                 if step.get("name") == "Train")  # fmt: skip
    runner = tmp_path / ".runner/venv/bin/model-cicd"
    runner.parent.mkdir(parents=True)
    runner.write_text('#!/bin/sh\nfor each; do printf "%s\\n" "$each"; done\n')
    runner.chmod(0o755)
    own = {"PATH": os.environ["PATH"], "SETTINGS": "/a/live", "PARAMETERS": "MaxMse=1;Name=$(id) `id` 'x;--report=env"}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], env=own, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-3:] == ["--param=MaxMse=1", "--param=Name=$(id) `id` 'x", "--param=--report=env"]
    none = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], env=own | {"PARAMETERS": ""}, cwd=tmp_path, capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    assert "--param" not in none.stdout


@pytest.mark.programs
def test_a_pull_request_of_the_infrastructure_is_told_its_plan(tmp_path: Path) -> None:
    job = read(ROOT / "seedcode/infra/dot-github/workflows/deploy.yml")["jobs"]["plan"]
    assert job["if"] == "github.event_name == 'pull_request'"
    assert job["steps"][0]["with"]["fetch-depth"] == 2  # HEAD^ is the branch that the merge goes to
    project, step = tmp_path / "project", job["steps"][-1]
    shutil.copytree(ROOT / "manifests" / "local", project / "manifests" / "local")
    (project / "seedfarmer.yaml").write_text("project: example\n", encoding="utf-8")
    (project / "modules").symlink_to(ROOT / "modules")
    program = project / ".venv" / "bin" / "model-cicd"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m model_cicd.cli "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    env = {key: os.environ[key] for key in ("HOME", "PATH")} | {"PYTHONPATH": str(ROOT)}
    for message in ("Before", "Merge"):
        (project / "notes.txt").write_text(message, encoding="utf-8")
        commands = "git init -q && git add -A && git -c user.name=T -c user.email=t@localhost commit -q -m m"
        subprocess.run(["sh", "-c", commands], cwd=project, env=env, check=True)
    path = project / "manifests" / "local" / "models-modules.yaml"
    path.write_text(f"# said again\n{path.read_text(encoding='utf-8')}", encoding="utf-8")
    own = {"MANIFEST": "manifests/local/deployment.yaml", "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md")}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", step["run"]], cwd=project, env=env | own, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout[-11:]) == (0, "no changes\n"), done.stderr
    assert (tmp_path / "summary.md").read_text(encoding="utf-8").startswith("### The apply would change nothing")


@pytest.mark.parametrize("seed", sorted(SEEDS))
def test_a_seeded_repository_has_them_where_github_looks(tmp_path: Path, seed: str) -> None:
    with zipfile.ZipFile(write_seed(tmp_path / "seed.zip", ROOT / folder(seed))) as archive:
        names = archive.namelist()
    assert {".github/workflows/train.yml", ".gitignore"} <= {*names}
    assert not [name for name in names if "dot-" in name]
    assert names == sorted(names)
