"""The app with bad input: every problem, no traceback, exit code 1, and nothing of CDK loaded."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

Run = Callable[..., CompletedProcess[str]]


def test_every_problem_is_named_without_a_traceback(
    root: Path, tmp_path: Path, run_app: Run, parameters: dict[str, Any]
) -> None:
    group = parameters["deployment-groups"][0]
    group["sourceBranch"] = "no branch"
    group["buildEnvironment"]["region"] = "us-eest-1"
    done = run_app(root, tmp_path / "cdk.out", {**parameters, "model-bild-repo": {}})
    assert (done.returncode, done.stdout) == (1, "")
    lines = done.stderr.splitlines()
    assert any("deployment-groups[0].sourceBranch" in line and "'no branch'" in line for line in lines)
    assert any("deployment-groups[0].buildEnvironment.region" in line and "did you mean" in line for line in lines)
    assert any("SEEDFARMER_PARAMETER_MODEL_BILD_REPO" in line for line in lines)
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "cdk.out").exists()


def test_an_incomplete_module_says_what_is_missing(
    root: Path, tmp_path: Path, run_app: Run, parameters: dict[str, Any]
) -> None:
    """What a broken link becomes in Seed-Farmer's bundle."""
    (tmp_path / "module").mkdir()
    for name in ("app.py", "cfn_template", "iam_policy", "model_cicd", "deployspec.yaml"):
        (tmp_path / "module" / name).symlink_to(root / name)
    done = run_app(tmp_path / "module", tmp_path / "cdk.out", parameters)
    assert done.returncode == 1
    assert (
        "the module lacks cdk.json, modulestack.yaml, package-lock.json, package.json, requirements.txt, seedcode"
        in done.stderr
    )
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "start",
    [
        "model_cicd.sagemaker_model_cicd.app",
        "model_cicd.sagemaker_model_cicd.module_files",
        "model_cicd.adopt",
        "model_cicd.promotion.teardown",
    ],
)
def test_starting_loads_neither_cdk_nor_boto3(root: Path, start: str) -> None:
    code = f"import sys, {start}; print([name for name in ('aws_cdk', 'jsii', 'boto3') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_build_accounts_are_listed_completely_or_not_at_all(
    root: Path, tmp_path: Path, run_app: Run, parameters: dict[str, Any]
) -> None:
    done = run_app(root, tmp_path / "cdk.out", {**parameters, "build-account-ids": ["111111111111"]})
    assert done.returncode == 1
    assert "build-account-ids[0]: got '111111111111', which no group builds in" in done.stderr


@pytest.mark.slow
def test_build_accounts_listed_exactly_are_accepted(
    root: Path, tmp_path: Path, run_app: Run, parameters: dict[str, Any]
) -> None:
    done = run_app(root, tmp_path / "cdk.out", {**parameters, "build-account-ids": ["444444444444"]})
    assert (done.returncode, done.stderr) == (0, "")
