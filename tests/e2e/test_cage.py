"""However a rehearsal is ended, nothing of it stays."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

PROGRAM = """
import pathlib, subprocess, sys, tempfile, time
from rehearsal.cage import run_caged

scratch = pathlib.Path(sys.argv[1])
scratch.mkdir()

def main():
    subprocess.Popen(["bash", "-c", f"sleep {sys.argv[3]} & exec sleep {sys.argv[3]}"], start_new_session=True)
    (scratch / "started").write_text("yes")
    time.sleep(float(sys.argv[2]))
    return 7

sys.exit(run_caged(main, scratch))
"""


def survivors(naps: str) -> list[str]:
    """The children that still sleep; each test has a number of seconds of its own to know them by."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
            if command.strip() == f"sleep {naps}":
                found.append(command)
    return found


def wait_until(condition: object, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:  # type: ignore[operator]
        time.sleep(0.02)


def naps_of(folder: Path) -> str:
    return f"9{int(hashlib.sha256(str(folder).encode()).hexdigest()[:6], 16)}"


def command(folder: Path, seconds: int) -> list[str]:
    return [sys.executable, "-c", PROGRAM, str(folder / "s"), str(seconds), naps_of(folder)]


@pytest.mark.e2e
def test_its_exit_code_is_passed_on_and_all_is_removed(tmp_path: Path) -> None:
    child = subprocess.run(command(tmp_path, 0), check=False)
    assert child.returncode == 7
    assert not (tmp_path / "s").exists()
    assert survivors(naps_of(tmp_path)) == []


STUBBORN = """
import pathlib, signal, sys, time
from rehearsal.cage import run_caged

scratch = pathlib.Path(sys.argv[1])
scratch.mkdir()

def main():
    if sys.argv[2] == "deaf":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    (scratch / "started").write_text("yes")
    try:
        time.sleep(60)
    finally:
        time.sleep(60)  # hangs while it ends

sys.exit(run_caged(main, scratch, grace=1.0))
"""


@pytest.mark.e2e
@pytest.mark.parametrize("how", ["deaf", "hangs"])
def test_what_does_not_end_when_asked_is_killed_and_says_where_it_was(tmp_path: Path, how: str) -> None:
    scratch = tmp_path / "s"
    with subprocess.Popen([sys.executable, "-c", STUBBORN, scratch, how], stderr=subprocess.PIPE, text=True) as child:
        wait_until((scratch / "started").exists)
        child.terminate()
        _, said = child.communicate(timeout=10)
    assert child.returncode == 128 + signal.SIGKILL
    assert "rehearse: it did not end within 1 s and was killed" in said
    assert "in main" in said
    wait_until(lambda: not scratch.exists())
    assert not scratch.exists()


RESTING = """
import pathlib, signal, sys, threading, time
from rehearsal.cage import rest, run_caged

scratch = pathlib.Path(sys.argv[1])
scratch.mkdir()

def signal_itself():
    time.sleep(0.5)  # the first thread rests by now
    signal.pthread_kill(threading.get_ident(), signal.SIGTERM)

def main():
    threading.Thread(target=signal_itself).start()
    rest()

sys.exit(run_caged(main, scratch))
"""


@pytest.mark.e2e
def test_a_signal_ends_its_rest_whichever_thread_gets_it(tmp_path: Path) -> None:
    child = subprocess.run([sys.executable, "-c", RESTING, tmp_path / "s"], check=False, timeout=30)
    assert child.returncode == 128 + signal.SIGTERM


@pytest.mark.e2e
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGKILL, -9), (signal.SIGHUP, 129)])
def test_a_signal_leaves_no_process_and_no_file(tmp_path: Path, number: int, code: int) -> None:
    naps, scratch = naps_of(tmp_path), tmp_path / "s"
    with subprocess.Popen(command(tmp_path, 30)) as child:
        wait_until(lambda: len(survivors(naps)) == 2)
        assert len(survivors(naps)) == 2
        assert (scratch / "started").exists()
        os.kill(child.pid, number)
        assert child.wait(10) == code
    wait_until(lambda: not survivors(naps) and not scratch.exists())
    assert survivors(naps) == []
    assert not scratch.exists()
