"""Sources of modules on this machine: what of a folder or an archive cannot be taken is said."""

from __future__ import annotations

import io
import subprocess
import tarfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from rehearsal.errors import RehearsalError
from rehearsal.job import sources
from rehearsal.job.provided import Source

URL = "https://example.com/modules"


def plan(path: str, source: Source) -> Any:
    """A plan with one module path and one source."""
    return SimpleNamespace(paths=[path], provided=SimpleNamespace(sources=[source]))


@pytest.mark.programs
def test_a_repository_in_a_folder_is_not_left_out_silently(tmp_path: Path) -> None:
    folder, made = tmp_path / "folder", tmp_path / "made"
    (folder / "modules" / "deep").mkdir(parents=True)
    (folder / "readme").write_text("1")
    given = plan(f"git::{URL}.git//modules?ref=v1", Source(URL, folder))
    sources.make(given, made)
    nested = folder / "modules" / "deep"
    who = ("-c", "user.name=a", "-c", "user.email=a@b")
    for words in (("init", "--quiet"), (*who, "commit", "--quiet", "--allow-empty", "--message", "1")):
        subprocess.run(["git", *words], cwd=nested, check=True)
    with pytest.raises(RehearsalError, match="modules/deep is a git repository of its own"):
        sources.make(given, made)


@pytest.mark.parametrize("kept", [20, 200])
def test_an_archive_that_ends_too_early_is_none(tmp_path: Path, kept: int) -> None:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        info = tarfile.TarInfo("modules/file")
        info.size = 5000
        archive.addfile(info, io.BytesIO(bytes(n * n % 251 for n in range(5000))))
    file = tmp_path / "modules.tar.gz"
    file.write_bytes(content.getvalue()[:kept])
    given = plan(f"archive::{URL}.tar.gz?module=x", Source(f"{URL}.tar.gz", file, archive=True))
    with pytest.raises(RehearsalError, match=r"expected a \.zip or \.tar\.gz"):
        sources.unpack(given, tmp_path / "project")
    file.write_bytes(content.getvalue())
    sources.unpack(given, tmp_path / "other")
    assert [each.name for each in (tmp_path / "other" / "seedfarmer.archive").rglob("file")] == ["file"]
