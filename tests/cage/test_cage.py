"""Hostile code breaks out of no cage: as root, who runs it as somebody else, and as an ordinary user."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cage.attempts import ATTEMPTS, LEAVING, OUTSIDE, SECRET
from tests.processes import ended

ROOT = Path(__file__).parents[2]
_NOBODY = 65534
USERS = ("root", "ordinary") if os.geteuid() == 0 else ("ordinary",)


@pytest.fixture(scope="module", params=USERS)
def user(request: pytest.FixtureRequest) -> Iterator[Callable[[str], str]]:
    """Runs a program of this folder as that user, with a directory for it; gives back what it printed."""
    folder = Path(tempfile.mkdtemp(prefix="scene-", dir="/tmp"))  # nobody may look into pytest's own
    for package in ("rehearsal", "tests/cage"):
        shutil.copytree(ROOT / package, folder / "code" / package, ignore=shutil.ignore_patterns("__pycache__"))
    subprocess.run(["chmod", "-R", "a+rX", str(folder)], check=True)

    def run(name: str) -> str:
        place = folder / Path(name).stem
        place.mkdir(mode=0o755)
        program = [str(folder / "code" / "tests" / "cage" / name), str(place)]
        command = [sys.executable, *program]
        if request.param == "ordinary" and os.geteuid() == 0:
            os.chown(place, _NOBODY, _NOBODY)
            python = sys.executable if _for_all(Path(sys.executable)) else "/usr/bin/python3"
            drop = ["setpriv", "--reuid", str(_NOBODY), "--regid", str(_NOBODY), "--clear-groups"]
            command = [*drop, python, *program]
        env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(folder / "code"), "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=600, check=False)
        assert done.returncode == 0, done.stdout + done.stderr[-3000:]
        return done.stdout

    yield run
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def came(user: Callable[[str], str]) -> dict[str, Any]:
    """What came of all attempts."""
    found: dict[str, Any] = json.loads(user("scene.py"))
    return found


def test_a_cage_of_a_build_is_within_that_of_the_rehearsal(user: Callable[[str], str]) -> None:
    missing, processes, *shown = user("nested.py").splitlines()
    assert missing == "()"
    assert int(processes) <= 6
    assert shown[-1] == "written"
    assert "home" not in shown


def _for_all(program: Path) -> bool:
    """Whether everybody may start a program: it and all folders that it is in are open."""
    real = program.resolve()
    return all(folder.stat().st_mode & 0o001 for folder in (real, *real.parents))


def test_there_are_many_attempts() -> None:
    assert len(ATTEMPTS) + len(LEAVING) >= 106
    assert len(OUTSIDE) >= 15


def test_this_machine_allows_cages(came: dict[str, Any]) -> None:
    held = came["protections"]
    assert held["missing"] == []
    assert all(held[name] for name in ("fileSystem", "processes", "network", "sharedCaches", "processLimit"))


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_it_does_not_get_what_it_went_for(came: dict[str, Any], attempt: str) -> None:
    said = came["attempts"][attempt]
    assert "BROKEN" not in said
    assert SECRET not in said
    assert "NO CAGE" not in said


@pytest.mark.parametrize("what", LEAVING)
def test_it_leaves_nothing_for_the_next(came: dict[str, Any], what: str) -> None:
    assert "BROKEN" not in came["left"][what]
    assert "NO CAGE" not in came["left"][what]


def test_everything_is_as_it_was(came: dict[str, Any]) -> None:
    assert came["unchanged"]
    assert ended("4242.5")


@pytest.mark.parametrize("attempt", OUTSIDE)
def test_without_a_cage_the_attempts_do_work(came: dict[str, Any], attempt: str) -> None:
    assert "BROKEN" in came["outside"][attempt]
