"""Seed-Farmer zips a module's directory alone and follows its links; it drops a broken one without a word."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from model_cicd.sagemaker_model_cicd.module_files import MODULE


@pytest.mark.parametrize("name", MODULE)
def test_the_module_links_to_the_repository(module: Path, root: Path, name: str) -> None:
    link = module / name
    assert str(link.readlink()) == f"../../../{name}"
    assert link.resolve() == root / name
    assert link.exists()


def test_the_module_holds_nothing_else(module: Path) -> None:
    assert {path.name for path in module.iterdir() if path.name != "cdk.out"} == {*MODULE, "README.md"}


def test_git_keeps_the_links(module: Path, root: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "--stage", str(module)], cwd=root, capture_output=True, text=True, check=False
    )
    modes = {line.split("\t")[1].rpartition("/")[2]: line.split()[0] for line in listed.stdout.splitlines()}
    if listed.returncode or not modes:
        pytest.skip("not in a git work tree, or not added to it yet")
    assert {name: modes.get(name) for name in MODULE} == dict.fromkeys(MODULE, "120000")


def test_the_seeds_hold_every_link(root: Path) -> None:
    from model_cicd.sagemaker_model_cicd import module_files

    assert set(module_files.MODULE) == set(MODULE)
