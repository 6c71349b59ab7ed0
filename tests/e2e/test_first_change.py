"""docs/first-change.md as a data scientist types it: from a clone to the version of a pull request, and a notebook."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.by_hand import DEV_BUILD, ROOT, TOOLING
from tests.e2e.test_rehearse import DEV, PROD, packages
from tests.executor.test_first_change import commands, in_tables, section

if TYPE_CHECKING:
    from tests.e2e.by_hand import Kept

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("kept")]

NOTEBOOK = ROOT / "seedcode" / "model-build" / "notebooks" / "models.ipynb"
PERSON = {"GIT_CONFIG_COUNT": "3", "GIT_CONFIG_KEY_1": "user.name", "GIT_CONFIG_VALUE_1": "A Data Scientist",
          "GIT_CONFIG_KEY_2": "user.email", "GIT_CONFIG_VALUE_2": "data@example.org"}  # fmt: skip


def typed(kept: Kept, text: str, cwd: Path) -> str:
    """What a shell printed in the tooling account; every command must succeed."""
    exported = kept.exports(TOOLING)
    assert exported["GIT_CONFIG_COUNT"] == "1"
    ended = subprocess.run(
        ["sh", "-euc", text], cwd=cwd, env=exported | PERSON, text=True, capture_output=True, check=False
    )
    assert ended.returncode == 0, ended.stdout[-3000:] + ended.stderr[-3000:]
    return ended.stdout


def test_a_pull_request_retrains_the_group_of_its_branch_alone(kept: Kept, tmp_path: Path) -> None:
    before = len(kept.executions(kept.pipeline(PROD))), len(packages(kept, DEV))
    others = len(kept.executions(kept.pipeline(DEV)))
    change, merge = commands("Push it, and have it looked at").split("aws codecommit", 1)
    typed(kept, commands("Get the code"), tmp_path)
    repository = tmp_path / "model-build-repo"
    typed(kept, change, repository)
    assert len(kept.executions(kept.pipeline(DEV))) == others, "a branch of no group trains nothing"
    typed(kept, f"aws codecommit{merge}", repository)
    commit = typed(kept, "git rev-parse HEAD", repository).strip()
    assert kept.wait_for(kept.pipeline(DEV), commit)["status"] == "Succeeded"
    assert len(kept.executions(kept.pipeline(DEV))) == others + 1
    after = len(kept.executions(kept.pipeline(PROD))), len(packages(kept, DEV))
    assert after == (before[0], before[1] + 1)
    shown = typed(kept, commands("What became of it"), tmp_path)
    assert commit[:7] in shown, shown


def test_the_commands_of_the_tables_show_where_something_failed(kept: Kept) -> None:
    status, listed, one = [each for each in in_tables() if re.match(r"model-cicd status|rehearse logs", each)]
    shown = typed(kept, status, kept.directory)
    assert re.search(rf"^{DEV} \(module [\w-]+, registry in account {DEV_BUILD}", shown, re.MULTILINE), shown
    build = typed(kept, listed, kept.directory).splitlines()[-1].split()[-1]
    assert "[Container] " in typed(kept, one.replace("BUILD", build), kept.directory)


def test_the_cells_of_the_notebook_show_versions_runs_and_predictions(kept: Kept) -> None:
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    assert not any(cell.get("outputs") for cell in cells)
    program = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    group = next(each for each in kept.report["groups"] if each["group"] == DEV)
    names = {
        "MODEL_PACKAGE_GROUP": group["model_package"].split("/")[-2],
        "ENDPOINT_NAME": next(each["endpoint"] for each in group["environments"] if each["account"] == DEV_BUILD),
    }
    ended = subprocess.run(
        [sys.executable, "-c", program],
        env=kept.exports(DEV_BUILD) | names,
        text=True,
        capture_output=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert re.search(rf"^{group['version']} \w+ {group['commit'][:8]} Mse \d+", ended.stdout, re.MULTILINE), (
        ended.stdout
    )
    assert re.search(r"^RegisterModel Succeeded", ended.stdout, re.MULTILINE)
    predicted = re.search(r"^predicted: ([\d.]+)$", ended.stdout, re.MULTILINE)
    assert predicted and 25 < float(predicted[1]) < 346


def test_the_page_leads_to_the_notebook() -> None:
    assert f"`notebooks/{NOTEBOOK.name}`" in section("In a notebook")
