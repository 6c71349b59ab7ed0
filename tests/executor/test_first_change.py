"""docs/first-change.md as a data scientist types it, in a copy of the seeded repository: the parts without AWS."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "first-change.md").read_text(encoding="utf-8")
BIN = Path(sys.executable).parent


def section(title: str) -> str:
    """The text below a heading of the page."""
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE)
    assert found, title
    return found[1]


def commands(title: str) -> str:
    """What is to be typed there."""
    return "".join(re.findall(r"```sh\n(.*?)```", section(title), re.DOTALL))


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A clone of a repository as it was seeded."""
    seed = ROOT / "seedcode" / "model-build"
    return Path(shutil.copytree(seed, tmp_path / "clone", ignore=shutil.ignore_patterns("__pycache__", ".*_cache")))


def typed(text: str, repository: Path) -> str:
    """What a shell printed; every command must succeed."""
    ended = subprocess.run(
        ["sh", "-euc", text],
        cwd=repository,
        env=os.environ | {"PATH": f"{BIN}:{os.environ['PATH']}", "PYTHONDONTWRITEBYTECODE": "1"},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout[-6000:]
    return ended.stdout


@pytest.mark.slow
def test_the_seed_runs_here_and_says_what_it_measured(repository: Path) -> None:
    printed = typed(commands("Run it here"), repository)
    assert " passed" in printed and "skipped" not in printed
    assert printed.count("pipeline pipeline: Succeeded in") == 4
    errors = re.findall(r"^  EvaluateModel: regression_metrics\.mse\.value = ([\d.]+)$", printed, re.MULTILINE)
    assert errors[0] == errors[2] == errors[3] != errors[1]
    shown = re.search(r"regression_metrics\.mse\.value = ([\d.]+)", section("Run it here"))
    assert shown and shown[1] == errors[0]


@pytest.mark.slow
def test_a_script_of_several_files_with_packages_of_its_own_trains(repository: Path) -> None:
    own = section("A script of your own")
    files = re.findall(r"^`(training/[\w.]+)`.*?\n```\w+\n(.*?)```", own, re.DOTALL | re.MULTILINE)
    assert [name for name, _ in files] == ["training/train.py", "training/features.py", "training/requirements.txt"]
    for name, text in files:
        (repository / name).parent.mkdir(exist_ok=True)
        (repository / name).write_text(text, encoding="utf-8")
    (step,) = re.findall(r"```yaml\n(.*?)```", own, re.DOTALL)
    pipeline = repository / "pipeline.yaml"
    changed, count = re.subn(
        r"^    - name: TrainModel\n.*?(?=^    - name: |^    # )",
        lambda _: step + "\n",
        pipeline.read_text(encoding="utf-8"),
        flags=re.DOTALL | re.MULTILINE,
    )
    assert count == 1
    pipeline.write_text(changed, encoding="utf-8")
    printed = typed(commands("A script of your own"), repository)
    assert "pipeline pipeline: Succeeded" in printed
    assert "EvaluateModel: regression_metrics.mse.value = " in printed
