"""The module synthesizes the same bytes twice, through its links, and from Seed-Farmer's bundle elsewhere."""

from __future__ import annotations

import filecmp
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def reference(
    root: Path, tmp_path_factory: pytest.TempPathFactory, run_app: Callable[..., CompletedProcess[str]]
) -> Path:
    out = tmp_path_factory.mktemp("reference") / "cdk.out"
    from_root(root, out, run_app)
    return out


def from_root(directory: Path, out: Path, run_app: Callable[..., CompletedProcess[str]]) -> None:
    done = run_app(directory, out, _parameters())
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def _parameters() -> dict[str, Any]:
    environment = {"name": "train", "account": "444444444444", "region": "us-east-1", "type": "preprod"}
    return {
        "infra-repo": {"host": "codecommit", "name": "infra"},
        "model-build-repo": {"host": "codecommit", "name": "model-build"},
        "deployment-groups": [
            {
                "name": name,
                "sourceBranch": branch,
                "buildEnvironment": environment,
                "deployEnvironments": [{"name": "shop", "account": "666666666666", "type": "prod"}],
            }
            for name, branch in (("live", "main"), ("next", "release/next"))
        ],
        "custom-tags": {"b": "2", "a": "1"},
    }


def same(first: Path, second: Path) -> None:
    names = {path.name for path in first.iterdir()}
    assert names == {path.name for path in second.iterdir()}
    match, mismatch, errors = filecmp.cmpfiles(first, second, names, shallow=False)
    assert (mismatch, errors) == ([], [])
    assert len([name for name in match if name.endswith(".template.json")]) == 8


def test_two_syntheses_are_byte_equal(
    root: Path, reference: Path, tmp_path: Path, run_app: Callable[..., CompletedProcess[str]]
) -> None:
    out = tmp_path / "again"
    done = run_app(root, out, _parameters(), PYTHONHASHSEED="1", TZ="Asia/Tokyo", LANG="C")
    assert done.returncode == 0, done.stderr
    same(reference, out)


def test_the_linked_module_is_the_root(
    module: Path, reference: Path, tmp_path: Path, run_app: Callable[..., CompletedProcess[str]]
) -> None:
    from_root(module, tmp_path / "cdk.out", run_app)
    same(reference, tmp_path / "cdk.out")


def test_seedfarmers_bundle_is_the_module(
    module: Path,
    reference: Path,
    tmp_path: Path,
    run_app: Callable[..., CompletedProcess[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bundle = pytest.importorskip("seedfarmer.mgmt.bundle")
    monkeypatch.chdir(tmp_path)
    archive = bundle.generate_bundle(dirs=[(str(module), "module")], files=[], bundle_id="test")
    bundle.extract_zip(archive, str(tmp_path / "elsewhere"))
    unpacked = tmp_path / "elsewhere" / "bundle" / "module"
    assert not [path for path in unpacked.rglob("*") if path.is_symlink()]
    assert (unpacked / "iam_policy" / "decision.py").exists()
    from_root(unpacked, tmp_path / "cdk.out", run_app)
    same(reference, tmp_path / "cdk.out")


@pytest.mark.parametrize("edited", ["model_cicd/aws/naming.py", "iam_policy/decision.py", "cfn_template/evaluation.py"])
def test_the_library_changes_the_modules_checksum(root: Path, tmp_path: Path, edited: str) -> None:
    """Editing the library must redeploy the module."""
    checksum = pytest.importorskip("seedfarmer.checksum")
    import shutil

    copied = tmp_path / "repository"
    ignore = shutil.ignore_patterns("__pycache__", "node_modules", "cdk.out")
    for name in ("cfn_template", "iam_policy", "model_cicd", "modules", "seedcode"):
        shutil.copytree(root / name, copied / name, symlinks=True, ignore=ignore)
    for path in root.iterdir():
        if path.is_file():
            shutil.copy(path, copied / path.name)

    def md5() -> str:
        value: str = checksum.get_module_md5(str(copied), "modules/sagemaker/sagemaker-model-cicd")
        return value

    before = md5()
    with (copied / edited).open("a") as file:
        file.write("# changed\n")
    assert md5() != before


def test_a_repository_that_exists_already_is_left_out(
    root: Path, tmp_path: Path, run_app: Callable[..., CompletedProcess[str]]
) -> None:
    """As `cdk synth --context existing-repositories=infra,other` asks, which model_cicd.adopt runs."""
    context = '{"existing-repositories": "infra,other"}'
    done = run_app(root, tmp_path / "cdk.out", _parameters(), CDK_CONTEXT_JSON=context)
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "cdk.out" / "shop-models-training-prices.template.json").read_text()
    assert '"RepositoryName": "model-build"' in text
    assert text.count('"AWS::CodeCommit::Repository"') == 1
