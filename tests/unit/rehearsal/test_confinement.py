"""What is taken over from a build are names that were checked; what is shown of the user's settings has no secrets."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rehearsal.codebuild import user_settings
from rehearsal.codebuild.caches import Caches, Fetched
from rehearsal.confinement import visible
from rehearsal.confinement.cage import Cage, Confinement, Protections
from rehearsal.confinement.egress import is_this_machine
from rehearsal.paths import UnsafeName, open_inside, text_inside


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.9.9.9", "::1", "0.0.0.0", "::", "169.254.169.254", "::ffff:127.0.0.1", "fe80::1%eth0",
     "localhost", "LocalHost.", "a.localhost", "224.0.0.1", "2002:7f00:0001::"],
)  # fmt: skip
def test_addresses_of_this_machine_and_its_neighbourhood_are_known(host: str) -> None:
    assert is_this_machine(host)


@pytest.mark.parametrize("host", ["93.184.216.34", "10.0.0.7", "pypi.org", "2606:4700::1", "localhost.example.org"])
def test_other_machines_are_others(host: str) -> None:
    assert not is_this_machine(host)


def test_settings_lose_their_logins() -> None:
    npmrc = (
        "registry=https://me:token@npm.example/repo/\n//npm.example/:_authToken=abc\n//npm.example/:_password=abc\n"
        "//npm.example/:username=me\nemail=me@example.org\ncafile=/etc/ca.pem\n//npm.example/:keyfile=/k\n"
    )
    assert user_settings.without_logins(npmrc) == "registry=https://npm.example/repo/\ncafile=/etc/ca.pem\n"
    pip = "[global]\nindex-url = https://user:p%40ss@pypi.example/simple\n"
    assert user_settings.without_logins(pip) == "[global]\nindex-url = https://pypi.example/simple\n"
    given = {
        "PIP_INDEX_URL": "https://a:b@x/simple",
        "UV_INDEX_X_PASSWORD": "b",
        "NPM_CONFIG__AUTH": "c",
        "PATH": "/bin",
    }
    assert user_settings.variables(given) == {"PIP_INDEX_URL": "https://x/simple", "PATH": "/bin"}


def test_files_are_opened_within_their_folder_alone(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "sub").mkdir(parents=True)
    (root / "sub" / "file").write_text("inside")
    (tmp_path / "secret").write_text("outside")
    links = {"in": "sub/file", "absolute": str(root / "sub" / "file"), "out": "../secret",
             "far": str(tmp_path / "secret"), "folder": "..", "magic": "/proc/self/root"}  # fmt: skip
    for name, target in links.items():
        (root / name).symlink_to(target)
    os.mkfifo(root / "pipe")
    assert text_inside(root, root / "in") == text_inside(root, root / "absolute") == "inside"
    for name in ("out", "far", "folder/secret", f"magic{tmp_path}/secret", "pipe", "sub", "missing", "../secret"):
        assert text_inside(root, root / name) == ""
        with pytest.raises((UnsafeName, OSError)):
            open_inside(root, root / name)


def build_layer(own: Path) -> None:
    """What a build may have left in its caches: some right, some not."""
    for name in ("six-1.17.0.dist-info", "boto3_stubs-1.0.dist-info", "-evil-1.dist-info", "a b-1.dist-info",
                 "x-1; touch y.dist-info", "--index-url=evil-1.dist-info"):  # fmt: skip
        (own / "uv" / "archive-v0" / "abc" / name).mkdir(parents=True)
    (own / "uv" / "sdists-v10" / "pypi" / "old-one" / "1.0").mkdir(parents=True)
    index = own / "npm" / "_cacache" / "index-v5" / "00" / "11"
    index.mkdir(parents=True)
    key = "make-fetch-happen:request-cache:https://registry.npmjs.org"
    (index / "a").write_text(f'x\t{{"key":"{key}/aws-cdk/-/aws-cdk-2.1.0.tgz"}}\n{{"key":"{key}/@a/b/-/b-1.0.tgz"}}\n')
    (index / "b").write_text(f'{{"key":"{key}/--evil/-/--evil-1.tgz"}} {{"key":"{key}/a b/-/a b-1.tgz"}}')
    (index / "c").symlink_to("/etc/passwd")
    for name in ("aws-cdk-lib/2.1.0/" + "a" * 64, "../../x", "evil/1.0/short"):
        (own / "jsii" / name).mkdir(parents=True, exist_ok=True)


def test_only_names_that_are_names_are_taken_from_a_build(tmp_path: Path) -> None:
    own, shared = tmp_path / "layers" / "own", tmp_path / "shared"
    build_layer(own)
    module = shared / "uv" / "archive-v0" / "abc" / "package" / "module.py"
    module.parent.mkdir(parents=True)
    module.write_text("")
    site = tmp_path / "site"
    compiled = site / "package" / "__pycache__"
    compiled.mkdir(parents=True)
    tag = __import__("sys").implementation.cache_tag
    for name, target in (("module", module), ("outside", "/etc/passwd"), ("dots", f"{shared}/uv/../../x.py")):
        (site / "package" / f"{name}.py").symlink_to(target)
        (compiled / f"{name}.{tag}.pyc").write_bytes(b"evil")
    assert Caches(shared).fetched(own, [site]) == Fetched(
        wheels=(("boto3-stubs==1.0",), ("six==1.17.0",)),
        sdists=("old-one==1.0",),
        left_out=("old-one==1.0",),
        npm=("@a/b@1.0", "aws-cdk@2.1.0"),
        jsii=("aws-cdk-lib/2.1.0/" + "a" * 64,),
        modules=("archive-v0/abc/package/module.py",),
    )


def test_what_is_hidden_is_covered_wherever_it_lies(tmp_path: Path) -> None:
    home = Path("/usr/share")  # as if somebody's home were in what is shown
    made = visible.mounts([home, tmp_path], [], opt=True)
    assert ["hide", "/usr/share"] in made
    assert made.index(["hide", "/usr/share"]) > made.index(["read", "/usr", "/usr"])
    assert not [each for each in made if each[:2] == ["read", str(tmp_path)]]
    shown = {each[1] for each in made if each[0] == "read"}
    assert not {"/", "/home", "/root", "/etc", "/var", "/run", "/tmp", str(Path.home())} & shown


def test_a_machine_without_cages_runs_the_command_and_says_so(tmp_path: Path) -> None:
    none = Confinement(tmp_path, Protections(False, missing=("why",)))
    cage = Cage(none, (tmp_path / "x",))
    assert cage.command(["true"], tmp_path) == ["true"]
    assert cage.environment({"HTTP_PROXY": "p"}) == {"HTTP_PROXY": "p"}
    assert none.protections.describe()["fileSystem"] is False
    assert user_settings.unprotected(none.protections.missing)[0] == "why"


ROOT = Path(__file__).parents[3]
#: says what does not hold, out of the cage of a whole rehearsal, for people and for the report
WHOLE = """
import json, pathlib, sys
from rehearsal import protections
from rehearsal.cage import run_caged
from rehearsal.confinement.cage import Confinement

def main():
    confinement = Confinement(scratch / "aws")
    print(json.dumps([protections.missing(confinement), protections.describe(confinement)]))
    return 0

scratch = pathlib.Path(sys.argv[1])
sys.exit(run_caged(main, scratch))
"""
#: in which the kernel gives no more namespaces
_NONE = "echo 0 >/proc/sys/user/max_pid_namespaces; echo 0 >/proc/sys/user/max_user_namespaces"


@pytest.mark.programs
def test_where_the_kernel_gives_no_namespaces_all_that_does_not_hold_is_said(tmp_path: Path) -> None:
    if shutil.which("unshare") is None or subprocess.run(["unshare", "-Ur", "true"], check=False).returncode:
        pytest.skip("this machine allows no user namespaces in which others could be forbidden")

    def said(name: str, before: str) -> Any:
        (scratch := tmp_path / name).mkdir()
        python = [sys.executable, "-c", WHOLE, str(scratch)]
        command = ["unshare", "-Ur", "sh", "-c", f'{before}; exec "$@"', "sh", *python]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True, cwd=ROOT)
        assert not scratch.exists()
        return json.loads(ran.stdout)

    missing, described = said("none", _NONE)
    assert [each.partition(":")[0] for each in missing] == [
        "the rehearsal itself runs without a cage",
        "builds and jobs run without a cage",
    ]
    assert described["missing"] == missing
    assert not any(described[name] for name in ("endsWhole", "fileSystem", "processes", "network"))
    missing, described = said("some", "true")
    assert described["endsWhole"] and "the rehearsal itself" not in "".join(missing)
