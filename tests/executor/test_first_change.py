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


#: the programs whose commands stand in tables of the page
_PROGRAMS = "aws|make|model-cicd|pip|rehearse|twine"
#: commands of tables that nothing here can run: they speak to CodeArtifact
ELSEWHERE = ("aws codeartifact", "twine upload")


def in_tables() -> list[str]:
    """The commands that stand in tables of the page, each once, in order."""
    rows = "\n".join(line for line in PAGE.splitlines() if line.startswith("| "))
    return list(dict.fromkeys(re.findall(rf"`((?:{_PROGRAMS}) [^`]+)`", rows)))


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


def test_each_command_of_the_tables_is_run_by_a_test(repository: Path) -> None:
    """Those of pip by tests/modules/test_package.py, those that need a deployment by tests/e2e/test_first_change.py."""
    here = [each for each in in_tables() if not each.startswith(ELSEWHERE)]
    check, pipeline = (next(each for each in here if each.startswith(name)) for name in ("model-cicd", "rehearse"))
    assert [each for each in here if not each.startswith("pip install ")] == [
        check, pipeline, "model-cicd status", "rehearse logs", "rehearse logs BUILD",
    ]  # fmt: skip
    assert len([each for each in here if each.startswith("pip install ")]) == 3
    assert typed(check, repository) == "ok: no problems in 2 files\n"
    assert f"{pipeline} " in commands("Run it here")


@pytest.mark.slow
def test_the_seed_runs_here_and_says_what_it_measured(repository: Path) -> None:
    printed = typed(commands("Run it here"), repository)
    assert " passed" in printed and "skipped" not in printed
    assert printed.count("pipeline pipeline: Succeeded in") == 5
    assert printed.count(", 2 of them from the cache") == 1
    errors = re.findall(r"^  EvaluateModel: regression_metrics\.mse\.value = ([\d.]+)$", printed, re.MULTILINE)
    assert errors[0] == errors[2] == errors[3] == errors[4] != errors[1]
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
