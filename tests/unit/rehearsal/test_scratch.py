"""Where a rehearsal writes, and what builds share."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from rehearsal import state_file
from rehearsal.codebuild.caches import Caches
from rehearsal.errors import RehearsalError
from rehearsal.scratch import make_scratch


@pytest.mark.parametrize("usual", ["/dev/shm", "own"])
def test_cages_have_a_directory_of_devices_of_their_own(
    usual: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = usual if usual.startswith("/") else str(tmp_path)
    monkeypatch.setenv("TMPDIR", directory)
    monkeypatch.setattr(tempfile, "tempdir", directory)
    scratch = make_scratch()
    try:
        assert scratch.parent == Path("/tmp" if usual == "/dev/shm" else directory)
        assert os.environ["TMPDIR"] == str(scratch / "tmp")
    finally:
        shutil.rmtree(scratch)


def test_builds_without_a_cage_write_into_no_cache_of_caged_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    caged, uncaged = (Caches.find(tmp_path / "other", caged=each).root for each in (True, False))
    assert caged != uncaged
    assert {caged.parent, uncaged.parent} == {tmp_path}


def test_a_folder_that_cannot_be_written_is_refused_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".rehearsal").write_text("in the way", encoding="utf-8")  # root may write anywhere else
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RehearsalError, match=r"\.rehearsal cannot be written: file exists"):
        state_file.refuse_second()
