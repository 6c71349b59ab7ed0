"""Which test files a change may touch."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.plugins.changed import ROOT, changes, select


def touched(*paths: str) -> set[str]:
    return {str(path.relative_to(ROOT / "tests")) for path in select(ROOT, paths)}


def test_a_module_touches_who_imports_it_however_far_away_and_no_other() -> None:
    found = touched("iam_policy/operators.py")
    assert {"unit/iam_policy/test_conditions.py", "unit/access/test_matrix.py"} <= found
    assert "unit/settings/test_docs.py" not in found


def test_who_starts_programs_is_touched_by_every_package_and_not_by_other_tests() -> None:
    assert "unit/check/test_files_and_command.py" in touched("model_cicd/promotion/plan.py")
    assert touched("tests/unit/test_naming.py") == {"unit/test_naming.py"}


def test_a_conftest_touches_the_tests_below_it() -> None:
    found = touched("tests/unit/settings/conftest.py")
    assert "unit/settings/test_values.py" in found
    assert "unit/test_naming.py" not in found


def test_documents_and_data_touch_the_tests_that_name_them_or_their_package() -> None:
    assert "unit/settings/test_docs.py" in touched("docs/settings.md")
    assert "unit/access/test_data.py" in touched("model_cicd/access/actions.json")
    assert "golden/test_definitions.py" in touched("tests/golden/cases/types.yaml")


def test_settings_of_the_tests_touch_all() -> None:
    every = {str(path.relative_to(ROOT / "tests")) for path in (ROOT / "tests").rglob("test_*.py")}
    assert touched("pyproject.toml") == {path for path in every if not path.startswith("data/")}


@pytest.mark.programs
def test_changes_are_those_since_the_branch_left_main_and_new_files(tmp_path: Path) -> None:
    def git(*arguments: str) -> None:
        identity = ["-c", "user.name=Tester", "-c", "user.email=tester@localhost"]
        subprocess.run(["git", *identity, *arguments], cwd=tmp_path, check=True, capture_output=True)

    git("init", "-q", "--initial-branch", "main")
    (tmp_path / "base.py").write_text("", encoding="utf-8")
    git("add", "--all")
    git("commit", "-q", "-m", "Base")
    git("checkout", "-q", "-b", "work")
    (tmp_path / "committed.py").write_text("", encoding="utf-8")
    git("add", "--all")
    git("commit", "-q", "-m", "Work")
    git("checkout", "-q", "main")
    (tmp_path / "elsewhere.py").write_text("", encoding="utf-8")
    git("add", "--all")
    git("commit", "-q", "-m", "Main moved on")
    git("checkout", "-q", "work")
    (tmp_path / "base.py").write_text("x = 1\n", encoding="utf-8")
    (tmp_path / "new.py").write_text("", encoding="utf-8")
    assert sorted(changes(tmp_path)) == ["base.py", "committed.py", "new.py"]
