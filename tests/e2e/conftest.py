"""The embedded AWS that end-to-end tests share: started once, used by hand as a person would, then ended."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator

import pytest

from rehearsal.job.project import copy
from tests.e2e.breaking import STRANGER
from tests.e2e.by_hand import BIN, ROOT, ByHand, Kept, plain_environment


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    """`rehearse --keep` on the default manifest, with a stranger's account."""
    directory = tmp_path_factory.mktemp("kept")
    environment = plain_environment(directory)
    with (directory / "output.txt").open("w", encoding="utf-8") as out:
        child = subprocess.Popen(
            [BIN / "rehearse", "--keep", "--account", STRANGER, "--report", "report.json"],
            cwd=directory,
            env=environment,
            stdout=out,
            stderr=out,
        )
    state = directory / ".rehearsal" / "state.json"
    try:
        while child.poll() is None and not state.exists():
            time.sleep(0.2)
        output = (directory / "output.txt").read_text(encoding="utf-8")
        assert child.poll() is None, output[-6000:]
        report = json.loads((directory / "report.json").read_text(encoding="utf-8"))
        yield Kept(directory, environment, output, report)
    finally:
        child.terminate()
        child.wait(30)


@pytest.fixture(scope="session")
def by_hand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ByHand]:
    """`rehearse up --detach` and a copy of the project to work in (`directory / "project"`)."""
    directory = tmp_path_factory.mktemp("by-hand")
    copy(ROOT, directory / "project")
    aws = ByHand(directory, plain_environment(directory))
    started = aws.rehearse("up", "--detach")
    assert started.returncode == 0, started.stderr
    yield aws
    ended = aws.rehearse("down")
    assert ended.stdout.strip() == "ended", ended.stderr
    assert aws.rehearse("down").returncode == 1
