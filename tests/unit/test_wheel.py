from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

import model_cicd
from model_cicd.wheel import build_wheel, wheel_name

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheel") / "made" / "by-the-way")


def test_two_builds_are_byte_equal(wheel: Path, tmp_path: Path) -> None:
    assert build_wheel(tmp_path).read_bytes() == wheel.read_bytes()


@pytest.mark.programs
def test_times_of_the_sources_do_not_count(wheel: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy" / "model_cicd"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(REPOSITORY / "model_cicd", copy, copy_function=shutil.copyfile, ignore=ignored)
    code = f"from pathlib import Path; from model_cicd.wheel import build_wheel; build_wheel(Path({str(tmp_path)!r}))"
    subprocess.run([sys.executable, "-c", code], cwd=copy.parent, env={"PYTHONPATH": str(copy.parent)}, check=True)
    assert (tmp_path / wheel_name()).read_bytes() == wheel.read_bytes()


def test_name_and_content(wheel: Path) -> None:
    assert wheel.name == f"model_cicd-{model_cicd.__version__}-py3-none-any.whl"
    names = zipfile.ZipFile(wheel).namelist()
    assert {"model_cicd/cli.py", "model_cicd/pipeline/run.py", "model_cicd/check/command.py"} <= set(names)
    parts = {name.split("/")[1] for name in names if name.startswith("model_cicd/")}
    assert not parts & {"constructs", "stacks", "apps.py", "wheel.py"}


def test_whatever_its_modules_import_of_the_library_is_in_it(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    names = set(archive.namelist())
    modules = {name.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for name in names}
    missing = set()
    for name in names:
        if not name.endswith(".py"):
            continue
        for node in ast.walk(ast.parse(archive.read(name))):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "model_cicd":
                missing |= {node.module} - modules
            if isinstance(node, ast.Import):
                missing |= {each.name for each in node.names if each.name.startswith("model_cicd.")} - modules
            imported = {node.module} if isinstance(node, ast.ImportFrom) else set()
            assert not {each for each in imported if each and each.startswith("aws_cdk")}, name
    assert missing == set()


@pytest.mark.slow
def test_it_installs_and_runs(wheel: Path, tmp_path: Path) -> None:
    uv = [str(Path(sys.executable).parent / "uv")]
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "UV_CACHE_DIR": str(tmp_path / "cache")}
    venv = tmp_path / "venv"
    subprocess.run([*uv, "venv", "--quiet", "--python", sys.executable, str(venv)], env=environment, check=True)
    python = venv / "bin" / "python"
    install = [*uv, "pip", "install", "--quiet", "--offline", "--no-deps", "--python", str(python), str(wheel)]
    subprocess.run(install, env=environment, check=True)
    # the dependencies come from here; an editable install of this repository does not work through PYTHONPATH
    there = environment | {"PYTHONPATH": sysconfig.get_path("purelib")}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            arguments, cwd=tmp_path, env=there, capture_output=True, text=True, timeout=60, check=False
        )

    where = run(str(python), "-c", "import model_cicd; print(model_cicd.__file__)")
    assert where.stdout.startswith(str(venv)), where.stderr
    shown = run(str(venv / "bin" / "model-cicd"), "--help")
    assert shown.returncode == 0, shown.stderr
    assert {"check", "run"} <= set(shown.stdout.split())
    assert run(str(venv / "bin" / "model-cicd"), "run", "--help").returncode == 0
    pipeline = REPOSITORY / "seedcode" / "model-build" / "pipeline.yaml"
    refused = run(str(venv / "bin" / "model-cicd"), "run", str(pipeline))
    assert refused.returncode == 1
    assert "ARTIFACT_BUCKET" in refused.stderr
