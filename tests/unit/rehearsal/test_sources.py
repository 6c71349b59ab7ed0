"""Modules of git repositories and archives, taken from this machine: real git, and where Seed-Farmer looks."""

from __future__ import annotations

import os
import subprocess
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from rehearsal.errors import RehearsalError
from rehearsal.job import sources
from rehearsal.job.plan import Plan, read
from rehearsal.job.provided import Provided, Source

pytestmark = pytest.mark.programs

URL = "https://github.com/awslabs/idf-modules"
ARCHIVE = f"{URL}/archive/refs/tags/v1.3.0.tar.gz"
MANIFEST = f"""
name: theirs
toolchainRegion: us-east-1
groups:
  - name: g
    modules:
      - {{name: a, path: "git::{URL}.git//modules/network/basic-cdk?ref=release/1.13.0&depth=1"}}
      - {{name: b, path: "archive::{ARCHIVE}?module=modules/dummy"}}
      - {{name: c, path: "git::{URL}.git//modules/dummy"}}
targetAccountMappings:
  - {{alias: primary, accountId: "111111111111", default: true, regionMappings: [{{region: us-east-1, default: true}}]}}
"""


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    (tmp_path / "seedfarmer.yaml").write_text("project: theirs\n")
    (tmp_path / "deployment.yaml").write_text(MANIFEST)
    return read(tmp_path / "deployment.yaml", tmp_path)


def given(plan: Plan, *found: Source) -> Plan:
    return replace(plan, provided=Provided(sources=found))


def folder(place: Path) -> Path:
    (place / "modules" / "dummy").mkdir(parents=True)
    (place / "modules" / "dummy" / "deployspec.yaml").write_text("deploy: {}\n")
    return place


def git(place: Path, *words: str, **more: str) -> str:
    plain = {"GIT_CONFIG_GLOBAL": "/dev/null", "HOME": str(place), "PATH": os.environ["PATH"], **more}
    ended = subprocess.run(["git", *words], cwd=place, env=plain, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def pulled(plan: Plan, directory: Path, place: Path, ref: str, ending: str = "") -> set[str]:
    """What Seed-Farmer's way to fetch a ref brings, by the names of its files."""
    place.mkdir()
    git(place, "init", "--quiet")
    git(place, "remote", "add", "origin", URL + ending)
    git(place, "pull", "--quiet", "origin", ref, **sources.environment(plan, directory))
    return {
        each.relative_to(place).as_posix() for each in place.rglob("*") if each.is_file() and ".git/" not in f"{each}"
    }


def test_a_folder_is_every_ref(plan: Plan, tmp_path: Path) -> None:
    plan = given(plan, Source(URL, folder(tmp_path / "idf")))
    sources.make(plan, tmp_path / "aws")
    expected = {"modules/dummy/deployspec.yaml"}
    assert pulled(plan, tmp_path / "aws", tmp_path / "one", "release/1.13.0") == expected
    assert pulled(plan, tmp_path / "aws", tmp_path / "two", "HEAD", ".git") == expected
    assert not (tmp_path / "idf" / ".git").exists()


def test_a_clone_has_its_branches_and_those_of_its_remote(plan: Plan, tmp_path: Path) -> None:
    origin = folder(tmp_path / "origin")
    git(origin, "init", "--quiet", "--initial-branch=main")
    who = ("-c", "user.name=x", "-c", "user.email=x@x")
    git(origin, "add", ".")
    git(origin, *who, "commit", "--quiet", "--message", "1")
    git(origin, "branch", "release/1.13.0")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", str(origin), str(clone))
    plan = given(plan, Source(URL, clone))
    sources.make(plan, tmp_path / "aws")
    assert pulled(plan, tmp_path / "aws", tmp_path / "one", "release/1.13.0") == {"modules/dummy/deployspec.yaml"}
    git(clone, "branch", "--remotes", "--delete", "origin/release/1.13.0")
    git(clone, "branch", "release/1.13.1")
    with pytest.raises(RehearsalError, match=r"names the ref release/1\.13\.0, which is not there.*release/1\.13\.1"):
        sources.make(plan, tmp_path / "aws")


def test_archives_are_where_seedfarmer_keeps_them(plan: Plan, tmp_path: Path) -> None:
    packed = tmp_path / "v1.3.0.tar.gz"
    with tarfile.open(packed, "w:gz") as file:
        file.add(folder(tmp_path / "idf"), "idf-modules-1.3.0")
    for number, place in enumerate((packed, tmp_path / "idf")):
        project = tmp_path / f"project-{number}"
        sources.unpack(given(plan, Source(ARCHIVE, place, archive=True)), project)
        kept = project / "seedfarmer.archive" / "_awslabs_idf-modules_archive_refs_tags_v1.3.0"
        assert (kept / "modules" / "dummy" / "deployspec.yaml").is_file()
    with pytest.raises(RehearsalError, match=r"expected a \.zip or \.tar\.gz"):
        sources.unpack(given(plan, Source(ARCHIVE, tmp_path / "seedfarmer.yaml", archive=True)), tmp_path / "other")


def test_what_is_downloaded_is_named(plan: Plan, tmp_path: Path) -> None:
    assert list(dict.fromkeys(sources.missing(plan))) == [f"git::{URL}", f"archive::{ARCHIVE}"]
    assert list(sources.missing(given(plan, Source(URL, tmp_path)))) == [f"archive::{ARCHIVE}"]
    assert sources.environment(plan, tmp_path) == {}
