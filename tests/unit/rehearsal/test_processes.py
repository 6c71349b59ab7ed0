"""What is kept of processes that ended."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from rehearsal.process import Processes, base_environment

pytestmark = pytest.mark.programs


def test_a_child_that_is_kept_after_its_end_holds_no_pipe(tmp_path: Path) -> None:
    processes = Processes()
    files = Path("/proc/self/fd")
    if not files.is_dir():
        pytest.skip("this system does not list the open files of a process")
    lines: list[str] = []
    before = len(list(files.iterdir()))
    kept = [
        processes.start(["sh", "-c", "echo said"], cwd=tmp_path, env=base_environment(), on_line=lines.append)
        for _ in range(20)
    ]
    assert [processes.wait(child).code for child in kept] == [0] * 20
    assert lines == ["said"] * 20
    assert len(list(files.iterdir())) < before + 5
    processes.close()


#: one that what loses its parent is given to, as to the first process of the embedded AWS
FIRST = """
import ctypes, json, pathlib, sys, threading, time
from rehearsal.process import Processes, base_environment

ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
here, processes = pathlib.Path(sys.argv[1]), Processes()
asked = {"cwd": here, "env": base_environment()}
# the same process with a child in its group, as the launcher of a cage is
two = ["sh", "-c", "sleep 1000 & echo on >&2; wait"]

on = threading.Event()
child = processes.start(two, on_line=lambda line: on.set(), **asked)
on.wait(10)
child.stop("stopped")
ended = processes.wait(child)
try:
    processes.communicate(two, timeout=0.5, **asked)
except TimeoutError:
    pass
processes.run(["sh", "-c", "sleep 1000 & echo left"], on_line=lambda line: None, **asked)
children = pathlib.Path(f"/proc/self/task/{threading.get_native_id()}/children").read_text().split()
print(json.dumps({"reason": ended.reason, "children": children}))
"""


def test_what_was_killed_leaves_no_zombies(tmp_path: Path) -> None:
    """Neither the leader of a group nor its children, which become those of the first process when it is killed."""
    if not Path("/proc/self/task").is_dir():
        pytest.skip("this system does not list the children of a process")
    asked = [sys.executable, "-c", FIRST, str(tmp_path)]
    ran = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=True, cwd=Path(__file__).parents[3])
    assert json.loads(ran.stdout) == {"reason": "stopped", "children": []}
