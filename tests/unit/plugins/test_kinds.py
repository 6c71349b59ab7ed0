"""Kinds of tests and their groups, in a run of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.programs

ROOT = Path(__file__).parents[3]
PROGRAM = """
import subprocess, sys, pytest
{}
def test_x():
    subprocess.run([sys.executable, "-c", ""], check=True)
"""


def run(folder: Path, mark: str) -> subprocess.CompletedProcess[str]:
    """pytest with the plugins on a test that starts a program."""
    (folder / "tests" / "unit").mkdir(parents=True)
    (folder / "tests" / "unit" / "test_x.py").write_text(PROGRAM.format(mark), encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\nmarkers =\n  unit\n  programs\n  xdist_group\n", encoding="utf-8")
    (folder / "tests" / "plugins").symlink_to(ROOT / "tests" / "plugins")
    (folder / "tests" / "conftest.py").write_text(
        "import sys\nfrom pathlib import Path\nimport tests.plugins.kinds as kinds\n"
        "kinds.TESTS = Path(__file__).parent\npytest_plugins = ['tests.plugins.kinds', 'tests.plugins.seconds']\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--import-mode=importlib", "tests"]
    return subprocess.run(
        command, cwd=folder, env={"PYTHONPATH": str(folder)}, capture_output=True, text=True, check=False
    )


def test_a_unit_test_that_starts_a_program_fails_and_one_that_is_marked_does_not(tmp_path: Path) -> None:
    refused = run(tmp_path / "a", "")
    assert refused.returncode == 1, refused.stdout + refused.stderr
    assert "mark it with pytest.mark.programs" in refused.stdout
    taken = run(tmp_path / "b", "pytestmark = pytest.mark.programs")
    assert taken.returncode == 0, taken.stdout + taken.stderr
    assert "1 tests: " in taken.stdout
    assert "of CPU  tests/unit/test_x.py::test_x" in taken.stdout
