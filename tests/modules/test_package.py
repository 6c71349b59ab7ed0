"""What `pip install model-cicd[...]` gives: the wheel in empty environments, without the checkout around it."""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
import threading
import tomllib
import zipfile
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from model_cicd import __version__ as VERSION
from rehearsal.job.programs import CDK
from tests.executor.test_first_change import in_tables

REPOSITORY = Path(__file__).parents[2]
PACKAGES = [each.parent.name for each in sorted(REPOSITORY.glob("*/__init__.py"))]
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]

PIPELINE = """\
projectName: tiny
pipeline:
  steps:
    - name: Count
      type: Processing
      processing:
        imageUri: xgboost:1.7-1
        instanceType: ml.m5.large
        scriptS3Uri: file:count.py
        outputs: [{outputName: count}]
"""
THEIRS = """\
name: theirs
toolchainRegion: us-east-1
groups:
  - {name: g, modules: [{name: m, path: modules/none}]}
targetAccountMappings:
  - {alias: one, accountId: "111111111111", default: true, regionMappings: [{region: us-east-1, default: true}]}
"""
SCRIPT = """\
from pathlib import Path

Path("/opt/ml/processing/count/count.txt").write_text("3")
"""


def run(*command: str | Path, cwd: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a command without anything of this environment on its paths."""
    kept = ("HOME", "TMPDIR", "LANG", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "XDG_CACHE_HOME")
    environment = {
        name: value for name, value in os.environ.items() if name in kept or name.startswith(("UV_", "PIP_"))
    }
    environment |= {"PATH": "/usr/local/bin:/usr/bin:/bin"} | more
    return subprocess.run(
        [str(each) for each in command], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make wheel` builds, of a copy of the sources, as building leaves files beside them."""
    source = tmp_path_factory.mktemp("source")
    for name in PACKAGES:
        shutil.copytree(REPOSITORY / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE", "Makefile"):
        shutil.copy(REPOSITORY / name, source)
    (source / ".venv").symlink_to(sys.prefix)
    (source / "dist").mkdir()
    (source / "dist" / "model_cicd-0.0.1-py3-none-any.whl").touch()  # of an earlier version
    built = run("make", "--assume-old", ".venv/.ready", "wheel", cwd=source)
    assert built.returncode == 0, built.stderr
    (made,) = (source / "dist").glob("*.whl")
    assert built.stdout == f"dist/{made.name}\n"
    return made


class Installed:
    """A virtual environment with the wheel and an extra."""

    def __init__(self, directory: Path, wheel: Path, extra: str) -> None:
        self.directory = directory
        uv = (sys.executable, "-m", "uv")
        made = run(*uv, "venv", "--quiet", "--python", sys.executable, directory / "venv", cwd=directory)
        assert made.returncode == 0, made.stderr
        install = run(
            *uv,
            "pip",
            "install",
            "--quiet",
            "--python",
            directory / "venv" / "bin" / "python",
            "--constraint",
            REPOSITORY / "requirements-dev.txt",
            f"{wheel}{extra}",
            cwd=directory,
        )
        assert install.returncode == 0, install.stderr

    def __call__(self, command: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return run(self.directory / "venv" / "bin" / command, *arguments, cwd=self.directory)


@pytest.fixture(scope="module")
def bare(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return Installed(tmp_path_factory.mktemp("bare"), wheel, "")


def refused(ended: subprocess.CompletedProcess[str]) -> str:
    """The one line that a command ended with."""
    assert ended.returncode == 1, ended.stdout + ended.stderr
    (line,) = ended.stderr.splitlines()
    return line


def test_every_package_says_that_it_is_typed() -> None:
    assert [name for name in PACKAGES if not (REPOSITORY / name / "py.typed").is_file()] == []


def test_synth_installs_what_the_modules_synthesize_with() -> None:
    pinned = {line.split("#")[0].strip() for line in (REPOSITORY / "requirements.in").read_text().splitlines()}
    assert set(PROJECT["optional-dependencies"]["synth"]) <= pinned


def test_moto_is_exact() -> None:
    """Its internals are used, which any release may change."""
    assert [each for each in PROJECT["optional-dependencies"]["rehearsal"] if each.startswith("moto[server]==")]


@pytest.mark.slow
def test_the_ways_to_install_it_hold(wheel: Path, tmp_path: Path) -> None:
    """The commands of docs/first-change.md; pip looks, and installs nothing."""
    (tmp_path / "simple" / "model-cicd").mkdir(parents=True)
    shutil.copy(wheel, tmp_path / "simple" / "model-cicd")
    at_home = functools.partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), at_home) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        index = f"http://127.0.0.1:{server.server_port}/simple"
        own = f"{wheel.parent}/model_cicd-{VERSION}"
        installs = [each for each in in_tables() if each.startswith("pip install ")]
        for each in installs:
            command = each.replace("https://INDEX/simple", index).replace("/PATH/model_cicd-VERSION", own)
            looked = f"{sys.executable} -m {command} --dry-run --no-deps --ignore-installed"
            # what CodeArtifact's login sets, which is for `pip install` without an index
            done = run("sh", "-c", looked, cwd=tmp_path, PIP_INDEX_URL=index)
            assert done.stdout.splitlines()[-1] == f"Would install model-cicd-{VERSION}", (command, done.stderr)
        server.shutdown()
    assert len(installs) == 3


@pytest.mark.slow
def test_files_that_are_no_python_are_in_the_wheel(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    listed = subprocess.run(["git", "ls-files", *PACKAGES], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    files = [name for name in listed.stdout.splitlines() if not name.endswith(".md")]
    assert len(files) > 300
    assert [name for name in files if name not in names] == []


@pytest.mark.slow
def test_without_extras_commands_say_which_one_they_need(bare: Installed) -> None:
    pipeline = bare.directory / "tiny.yaml"
    pipeline.write_text(PIPELINE, encoding="utf-8")
    (bare.directory / "count.py").write_text(SCRIPT, encoding="utf-8")
    checked = bare("model-cicd", "check", pipeline)
    assert checked.returncode == 0, checked.stderr
    manifest = REPOSITORY / "manifests" / "local" / "deployment.yaml"
    aws = "model-cicd status needs boto3, which is not installed: pip install 'model-cicd[aws]'"
    assert refused(bare("model-cicd", "status", manifest)) == aws
    for command in (("pipeline", pipeline), (manifest,), ("up", manifest)):
        line = refused(bare("rehearse", *command))
        assert "pip install 'model-cicd[rehearsal]'" in line
    assert bare("rehearse", "--help").returncode == 0


@pytest.mark.slow
def test_a_synthesis_needs_a_checkout_and_says_so(bare: Installed) -> None:
    manifest = REPOSITORY / "manifests" / "local" / "deployment.yaml"
    assert "this needs a checkout of model-cicd" in refused(bare("model-cicd", "access", manifest))


@pytest.mark.slow
def test_aws(wheel: Path, tmp_path: Path) -> None:
    installed = Installed(tmp_path, wheel, "[aws]")
    for command in ("run", "status", "approve", "reject", "promote", "rollback"):
        assert installed("model-cicd", command, "--help").returncode == 0
    manifest = REPOSITORY / "manifests" / "local" / "deployment.yaml"
    asked = run(
        tmp_path / "venv" / "bin" / "model-cicd",
        "status",
        manifest,
        cwd=tmp_path,
        AWS_EC2_METADATA_DISABLED="true",
        AWS_CONFIG_FILE="none",
        AWS_SHARED_CREDENTIALS_FILE="none",
    )
    assert refused(asked).startswith("no AWS credentials were found")


@pytest.mark.slow
def test_rehearsal(wheel: Path, tmp_path: Path) -> None:
    installed = Installed(tmp_path, wheel, "[rehearsal]")
    (tmp_path / "tiny.yaml").write_text(PIPELINE, encoding="utf-8")
    (tmp_path / "count.py").write_text(SCRIPT, encoding="utf-8")
    assert installed("rehearse", "--help").returncode == 0
    done = installed("rehearse", "pipeline", "tiny.yaml", "--store", "store")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Count Succeeded" in done.stdout
    assert [each.read_text() for each in (tmp_path / "store").rglob("count.txt")] == ["3"]
    assert "the default one is in a checkout of model-cicd" in refused(installed("rehearse", "up"))
    _rehearses_the_project_of_others(installed)


def _rehearses_the_project_of_others(installed: Installed) -> None:
    """No checkout is needed: the CDK command comes from the registry, into the cache, once."""
    project, cache = installed.directory / "theirs", installed.directory / "cache"
    module = project / "modules" / "none"
    module.mkdir(parents=True)
    (project / "seedfarmer.yaml").write_text("project: theirs\n", encoding="utf-8")
    (project / "deployment.yaml").write_text(THEIRS, encoding="utf-8")
    (module / "deployspec.yaml").write_text(
        "deploy: {phases: {build: {commands: [echo deployed]}}}\n", encoding="utf-8"
    )
    rehearse = installed.directory / "venv" / "bin" / "rehearse"

    def up(**more: str) -> subprocess.CompletedProcess[str]:
        of_npm = ("NODE_EXTRA_", "NPM_CONFIG_")
        registry = {name: value for name, value in os.environ.items() if name.startswith(of_npm)}
        found = registry | {"XDG_CACHE_HOME": str(cache), **more}
        return run(rehearse, "up", "--detach", project, cwd=installed.directory, **found)

    offline = up(NPM_CONFIG_REGISTRY="http://127.0.0.1:9", NPM_CONFIG_FETCH_RETRIES="0")
    assert offline.returncode == 1
    assert f"look for commands: npm could not install aws-cdk@{CDK}" in offline.stderr
    started = up()
    assert started.returncode == 0, started.stdout + started.stderr
    try:
        entered = run(rehearse, "env", cwd=installed.directory, XDG_CACHE_HOME=str(cache))
        assert f"{cache}/model-cicd-cdk-{CDK}/node_modules/.bin" in entered.stdout
    finally:
        assert run(rehearse, "down", cwd=installed.directory).stdout == "ended\n"
    assert [each.name for each in cache.iterdir() if "cdk" in each.name] == [f"model-cicd-cdk-{CDK}"]


def test_the_cdk_command_is_that_of_package_json() -> None:
    package = json.loads((REPOSITORY / "package.json").read_text(encoding="utf-8"))
    assert package["devDependencies"]["aws-cdk"] == CDK
