"""What is kept of processes that ended."""

from __future__ import annotations

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
