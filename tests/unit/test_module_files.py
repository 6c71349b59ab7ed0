"""Files that a synthesis publishes: same input, same bytes."""

from __future__ import annotations

import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
import yaml

from model_cicd.sagemaker_model_cicd import module_files
from model_cicd.sagemaker_model_cicd.settings.seeds import SEEDS, folder
from model_cicd.text.errors import ModelCicdError

ROOT = Path(__file__).parents[2]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    directory = tmp_path / "tree"
    for name in ("b/deep.txt", "a.py", "b/__pycache__/x.pyc", "b/build/out.txt", ".hidden", "b/.git/config", "skipped"):
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    (directory / "link").symlink_to(directory / "b")
    return directory


def test_zip_has_what_seedfarmer_bundles_and_nothing_else(tree: Path, tmp_path: Path) -> None:
    archive = module_files.write_zip(tmp_path / "out.zip", tree, ["link", "b", "a.py"])
    with zipfile.ZipFile(archive) as opened:
        assert opened.namelist() == ["a.py", "b/deep.txt", "link/deep.txt"]
        assert opened.read("link/deep.txt") == b"b/deep.txt"


@pytest.mark.parametrize("target", ["/etc/hostname", "../outside.txt", "..", "b/../..", "b", "nowhere", "loop"])
def test_links_out_of_what_is_published_and_circles_are_refused(tree: Path, tmp_path: Path, target: str) -> None:
    (tmp_path / "outside.txt").write_text("secret")
    (tree / "b" / "loop").symlink_to(target if target != "b" else "../b")
    with pytest.raises(ModelCicdError, match=r"b/loop: got a link to .*, expected a file"):
        module_files.write_zip(tmp_path / "out.zip", tree, ["b"])
    assert not (tmp_path / "out.zip").exists()


def test_links_within_what_is_published_are_followed(tree: Path, tmp_path: Path) -> None:
    (tree / "b" / "again.txt").symlink_to("deep.txt")
    with zipfile.ZipFile(module_files.write_zip(tmp_path / "out.zip", tree, ["b"])) as opened:
        assert opened.read("b/again.txt") == b"b/deep.txt"


def test_no_file_of_a_zip_is_empty(tree: Path, tmp_path: Path) -> None:
    """CloudFormation makes no repository of one with an empty file."""
    (tree / "b" / "__init__.py").touch()
    with zipfile.ZipFile(module_files.write_zip(tmp_path / "out.zip", tree, ["b"])) as opened:
        assert opened.read("b/__init__.py") == b"\n"
        assert opened.read("b/deep.txt") == b"b/deep.txt"
    root = Path(__file__).parents[2]
    with zipfile.ZipFile(module_files.write_zip(tmp_path / "infra.zip", root, module_files.MODULE)) as opened:
        assert [each.filename for each in opened.infolist() if not each.file_size] == []


def test_zip_does_not_depend_on_times_and_modes(tree: Path, tmp_path: Path) -> None:
    first = module_files.write_zip(tmp_path / "1.zip", tree, ["."]).read_bytes()
    os.utime(tree / "a.py", (1_000_000_000, 1_000_000_000))
    (tree / "a.py").chmod(0o600)
    assert module_files.write_zip(tmp_path / "2.zip", tree, ["."]).read_bytes() == first
    (tree / "a.py").write_text("changed")
    assert module_files.write_zip(tmp_path / "3.zip", tree, ["."]).read_bytes() != first


@pytest.mark.programs
def test_environment_is_what_seedfarmer_passed(tmp_path: Path) -> None:
    value = '[{"name": "it\'s $HOME `id` \\"x\\""}]\nsecond line'
    script = module_files.environment_script(
        {
            "SEEDFARMER_PARAMETER_DEPLOYMENT_GROUPS": value,
            "SEEDFARMER_PROJECT_NAME": "shop",
            "SEEDFARMER_HASH": "not wanted",
            "AWS_SECRET_ACCESS_KEY": "secret",
        }
    )
    assert "secret" not in script and "HASH" not in script
    (tmp_path / "module.env").write_text(script)
    shown = subprocess.run(
        ["bash", "-c", "set -a; . ./module.env; set +a; printenv SEEDFARMER_PARAMETER_DEPLOYMENT_GROUPS"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout == value + "\n"


def test_the_infra_build_runs_the_deploy_commands() -> None:
    phases = {
        "install": {"commands": ["install it"]},
        "build": {"commands": ["deploy it"]},
        "post_build": {"commands": ["tell"]},
    }
    spec = yaml.safe_load(module_files.infra_build_spec({"deploy": {"phases": phases}}))
    assert spec["phases"]["install"]["commands"][-1] == "install it"
    assert spec["phases"]["build"]["commands"][-1] == "deploy it"
    assert "tell" not in str(spec)


@pytest.mark.parametrize("seed", sorted(SEEDS))
def test_each_seed_is_what_a_repository_starts_with(tmp_path: Path, seed: str) -> None:
    made = module_files.make(ROOT, tmp_path, {}, seed=folder(seed))
    with zipfile.ZipFile(made.model_build_seed) as archive:
        assert {"README.md", "buildspec.yml"} <= set(archive.namelist())
        own = (ROOT / folder(seed) / "buildspec.yml").read_bytes()
        assert archive.read("buildspec.yml") == own


def test_a_seed_of_ones_own_is_redeployed_with_the_module(tmp_path: Path) -> None:
    module = tmp_path / "module"
    for name in module_files.MODULE:
        module.mkdir(exist_ok=True)
        if (ROOT / name).is_dir():  # what others compile meanwhile comes and goes
            shutil.copytree(ROOT / name, module / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, module / name)
    with pytest.raises(
        ModelCicdError, match=r"model-build-repo\.seed: got 'seeds/own', expected a folder with a buildspec"
    ):
        module_files.make(module, tmp_path, {}, seed=folder("./seeds/own/"))
    (module / "seeds" / "own").mkdir(parents=True)
    (module / "seeds" / "own" / "buildspec.yml").write_text("version: 0.2")
    made = module_files.make(module, tmp_path, {}, seed=folder("./seeds/own/"))
    with zipfile.ZipFile(made.model_build_seed) as archive:
        assert archive.namelist() == ["buildspec.yml"]
    with zipfile.ZipFile(made.infra_seed) as archive:
        assert "seeds/own/buildspec.yml" in archive.namelist()


def test_an_incomplete_module_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelCicdError, match=r"the module lacks app\.py, cdk\.json"):
        module_files.make(tmp_path, tmp_path, {})
