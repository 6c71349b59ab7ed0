from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from rehearsal.codebuild import toolchain
from rehearsal.codebuild.toolchain import Toolchain
from rehearsal.codebuild.tools import apt_get, pip, uv
from rehearsal.confinement.cage import Confinement, Protections
from rehearsal.embedded_aws import EmbeddedAws

from .conftest import Builder


def spec(*commands: str, python: str | None = None, nodejs: str | None = None) -> str:
    runtimes = {name: value for name, value in (("python", python), ("nodejs", nodejs)) if value}
    install = {"runtime-versions": runtimes} if runtimes else {}
    phases = {"install": install, "build": {"commands": list(commands)}}
    return json.dumps({"version": "0.2", "phases": phases})


def test_a_build_cannot_change_the_python_that_runs_the_embedded_aws(builder: Builder) -> None:
    own = subprocess.run(
        [sys.executable, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    before = sorted(path.name for path in Path(own).iterdir())
    build = builder.run(
        spec(
            "for name in python python3 pip pip3 uv npm node aws; do command -v $name; done",
            "pip install --quiet --no-index --find-links . does-not-exist || echo refused",
            "python -c 'import sys; print(sys.prefix)'",
            "npm prefix --global",
        )
    )
    assert build["buildStatus"] == "SUCCEEDED", builder.log(build)
    lines = builder.output(build)
    assert not [line for line in lines if line.startswith(str(Path(sys.prefix)))]
    assert "refused" in lines
    assert any(line.endswith("/home/.runtime") for line in lines)
    assert lines[-1].endswith("/home/.npm-global")
    assert sorted(path.name for path in Path(own).iterdir()) == before


def test_runtimes_that_are_not_installed_fall_back_and_say_so(builder: Builder) -> None:
    of_old = {"imageOverride": "aws/codebuild/standard:1.0"}  # whose runtimes are not known
    build = builder.run(spec("python --version", "node --version", python="3.99", nodejs="1"), of_old)
    assert build["buildStatus"] == "SUCCEEDED"
    version = ".".join(map(str, sys.version_info[:3]))
    assert f"Python {version}" in builder.output(build)
    log = builder.log(build)
    assert f"Python 3.99 is not installed on this machine: the build gets Python {version}" in log
    assert "Node.js 1 is not installed on this machine: the build gets Node.js" in log
    same = builder.run(spec("true", python=f"3.{sys.version_info.minor}"))
    assert "is not installed" not in builder.log(same)


def test_other_runtimes_are_those_of_the_machine(builder: Builder) -> None:
    phases = {"install": {"runtime-versions": {"java": "corretto21"}}, "build": {"commands": ["true"]}}
    build = builder.run(json.dumps({"version": "0.2", "phases": phases}))
    assert build["buildStatus"] == "SUCCEEDED"
    assert "[rehearsal] java corretto21: " in builder.log(build)


def test_var_scripts_is_a_directory_of_the_build(builder: Builder) -> None:
    build = builder.run(spec("mkdir -p /var/scripts/ && echo x >/var/scripts/y", "cat /var/scripts/y"))
    assert builder.output(build) == ["x"]
    assert not Path("/var/scripts/y").exists()


@pytest.mark.slow
def test_what_seed_farmer_installs_works_with_a_python_that_is_not_there(builder: Builder) -> None:
    build = builder.run(
        spec(
            "pip install uv --disable-pip-version-check --quiet --root-user-action=ignore",
            "export PATH=$PATH:~/.local/bin",
            "uv venv ~/.venv --python 3.99 --seed --quiet",
            "uv tool install seed-farmer==8.0.9 --quiet",
            ". ~/.venv/bin/activate",
            "pip install -q six==1.17.0 && python -c 'import six; print(six.__file__)'",
            "pip install -q --upgrade pip && head -c 9 ~/.venv/bin/pip",
            "seedfarmer --version",
        )
    )
    assert build["buildStatus"] == "SUCCEEDED", builder.log(build)
    lines = builder.output(build)
    assert any("/.venv/lib/" in line for line in lines)
    assert "#!/bin/sh" in lines
    assert lines[-1] == "seedfarmer, version 8.0.9"
    assert "Python 3.99 is not installed on this machine: using" in builder.log(build)


@pytest.mark.slow
def test_npm_installs_under_home(builder: Builder) -> None:
    build = builder.run(spec("npm install -g aws-cdk@2.1148.1", "command -v cdk", "cdk --version"))
    assert build["buildStatus"] == "SUCCEEDED", builder.log(build)
    assert builder.output(build)[-2].endswith("/home/.npm-global/bin/cdk")
    assert builder.output(build)[-1].startswith("2.1148.1")


@pytest.mark.parametrize(
    ("words", "translated"),
    [
        (["install", "a", "-r", "r.txt", "-q"], ["install", "a", "-r", "r.txt", "-q"]),
        (["install", "uv", "--disable-pip-version-check", "--root-user-action=ignore"], ["install"]),
        (["install", "--root-user-action", "ignore", "a==1"], ["install", "a==1"]),
        (
            ["install", "--index-url=https://x", "--no-cache-dir", "-e", "."],
            ["install", "--index-url=https://x", "--no-cache", "-e", "."],
        ),
        (["install", "-rrequirements.txt"], ["install", "-rrequirements.txt"]),
        (["uninstall", "-y", "a"], ["uninstall", "a"]),
        (["install", "--report", "x", "a"], None),
        (["freeze"], None),
        ([], None),
    ],
)
def test_pip_arguments_for_uv(words: list[str], translated: list[str] | None) -> None:
    assert pip.translate(words) == translated


def test_uv_arguments_without_options_and_their_values() -> None:
    assert uv.positional(["venv", "--python", "3.12", "--seed", "dir", "-q"]) == ["venv", "dir"]
    assert uv.positional(["tool", "install", "seed-farmer==8.0.9", "--python=3.12"]) == [
        "tool",
        "install",
        "seed-farmer==8.0.9",
    ]
    assert uv.offline_first(["pip", "install", "a"], ["pip", "install", "a"])
    assert not uv.offline_first(["pip", "install", "-U", "a"], ["pip", "install", "a"])
    assert not uv.offline_first(["lock"], ["lock"])


def test_jq_of_our_own_runs_what_seed_farmer_asks_for(tmp_path: Path) -> None:
    pytest.importorskip("jq", reason="only used on a machine without jq")
    from rehearsal.codebuild.tools import jq

    command = [sys.executable, "-I", jq.__file__]
    streams = json.dumps({"logStreams": [{"logStreamName": "a/1"}, {"logStreamName": "b/2"}]})
    query = ".logStreams[] | select(.logStreamName | contains($build_id))"
    found = subprocess.run(
        [*command, "--arg", "build_id", "2", query], input=streams, capture_output=True, text=True, check=True
    )
    assert json.loads(found.stdout) == {"logStreamName": "b/2"}
    raw = subprocess.run(
        [*command, "-r", ".logStreamName"], input=found.stdout, capture_output=True, text=True, check=True
    )
    assert raw.stdout == "b/2\n"
    bad = subprocess.run([*command, ".["], input="{}", capture_output=True, text=True, check=False)
    assert bad.returncode == 5
    assert "jq: error" in bad.stderr


@pytest.mark.parametrize(("version", "named"), [("2.126.0", True), ("2.167.0", False), ("2.1100.0", False)])
def test_a_cdk_command_that_ignores_endpoints_is_named_where_there_is_no_cage(
    world: EmbeddedAws, tmp_path: Path, version: str, named: bool
) -> None:
    installed = tmp_path / "output" / "src" / "app" / "node_modules" / "aws-cdk"
    installed.mkdir(parents=True)
    (installed / "package.json").write_text(json.dumps({"version": version}), encoding="utf-8")
    said: list[str] = []
    for cages in (False, True):
        confinement = Confinement(tmp_path / "scratch", Protections(cages=cages))
        Toolchain(tmp_path, world.processes, confinement).explain(tmp_path, tmp_path / "home", said.append)
    text = f"aws-cdk {version} ignores AWS_ENDPOINT_URL and asks the real AWS: install aws-cdk 2.167 or newer"
    assert said == ([f"[rehearsal] {text}"] if named else [])


def test_packages_of_the_distribution_are_there_or_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    installed = tmp_path / "installed"
    installed.write_text("gettext-base\ngit\n", encoding="utf-8")
    for words in (["update"], ["install", "-y", "gettext-base", "git=1:2"], ["-o", "A=b", "install", "git:amd64"]):
        assert apt_get.main([str(installed), *words]) == 0
    assert "gettext-base is already the newest version." in capsys.readouterr().out
    for words, said in (
        (["install", "-y", "git", "graphviz"], "`apt-get install graphviz` by yourself first"),
        (["purge", "git"], "has no `apt-get purge`"),
    ):
        assert apt_get.main([str(installed), *words]) == 100
        assert said in capsys.readouterr().err


def test_a_build_has_the_packages_of_the_machine(builder: Builder) -> None:
    build = builder.run(spec("apt-get update", "apt-get install -y no-such-package-at-all || echo code $?"))
    assert build["buildStatus"] == "SUCCEEDED", builder.log(build)
    assert builder.output(build)[-1] == "code 100"
    of_amazon = {"imageOverride": "aws/codebuild/amazonlinux-x86_64-standard:5.0"}
    build = builder.run(spec("apt-get install -y git || echo code $?"), of_amazon)
    assert builder.output(build)[-1] == "code 127"


def test_the_packages_of_a_machine_are_those_that_are_installed(tmp_path: Path) -> None:
    status = tmp_path / "status"
    status.write_text(
        "Package: a\nStatus: install ok installed\nVersion: 1\n\nPackage: b\nStatus: deinstall ok config-files\n\n"
        "Package: c\nStatus: install ok installed\n",
        encoding="utf-8",
    )
    assert toolchain.installed_packages(status) == "a\nc\n"
    assert toolchain.installed_packages(tmp_path / "none") == ""
