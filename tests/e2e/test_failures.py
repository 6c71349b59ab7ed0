"""What goes wrong is named: where, what and why; and nothing stays behind."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent


def rehearse(cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([BIN / "rehearse", *arguments], cwd=cwd, capture_output=True, text=True, check=False)


def project(folder: Path, module: str, files: dict[str, str]) -> Path:
    """A Seed-Farmer project with one module; the path of its deployment manifest."""
    texts = {
        "seedfarmer.yaml": "project: broken\n",
        "deployment.yaml": """
            name: local
            toolchainRegion: us-east-1
            groups:
              - name: g
                path: modules.yaml
            targetAccountMappings:
              - alias: tooling
                accountId: '111111111111'
                default: true
                codebuildImage: aws/codebuild/standard:7.0
                regionMappings:
                  - region: us-east-1
                    default: true
            """,
        "modules.yaml": module,
    }
    for name, text in (texts | files).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
    return folder / "deployment.yaml"


def test_a_bad_manifest_is_refused_in_a_moment_with_file_line_and_key(tmp_path: Path) -> None:
    text = (ROOT / "manifests" / "local" / "models-modules.yaml").read_text(encoding="utf-8")
    broken = text.replace("account: '123456789013'", "account: 123456789013").replace(
        "sourceBranch: dev", "sourceBrunch: dev"
    )
    broken = broken.replace("path: modules/", f"path: {ROOT}/modules/")
    manifest = project(tmp_path, broken, {})
    began = time.monotonic()
    ended = rehearse(tmp_path, str(manifest))
    output = ended.stdout + ended.stderr
    assert ended.returncode == 1
    assert time.monotonic() - began < 30
    line = next(number for number, each in enumerate(broken.splitlines(), 1) if "account: 123456789013" in each)
    assert re.search(rf"modules\.yaml:{line}: .*account", output), output
    assert "sourceBranch" in output
    assert re.search(r"^rehearsal: failed in \d+ s$", output, re.MULTILINE)
    assert "Traceback" not in output


def test_a_missing_manifest_and_wrong_usage(tmp_path: Path) -> None:
    missing = rehearse(tmp_path, "nowhere.yaml")
    assert (missing.returncode, "nowhere.yaml: no such file" in missing.stderr) == (1, True)
    wrong = rehearse(tmp_path, "--no-such-option")
    assert wrong.returncode == 2


def test_unsupported_resources_are_all_named_before_anything_is_touched(tmp_path: Path) -> None:
    manifest = project(
        tmp_path,
        """
        name: m
        path: modules/m
        targetAccount: tooling
        """,
        {
            "modules/m/README.md": "# m\n",
            "modules/m/deployspec.yaml": """
                publishGenericEnvVariables: true
                deploy:
                  phases:
                    build:
                      commands:
                        - aws cloudformation deploy --stack-name unsupported --template-file template.yaml
                destroy:
                  phases:
                    build:
                      commands:
                        - echo nothing
                """,
            "modules/m/template.yaml": """
                Resources:
                  Parameter:
                    Type: AWS::SSM::Parameter
                    Properties: {Type: String, Value: x, Flavour: vanilla}
                  Machine:
                    Type: AWS::EC2::Instance
                  Table:
                    Type: AWS::Redshift::Cluster
                """,
        },
    )
    ended = rehearse(tmp_path, str(manifest), "--iam", "off")  # the module may not deploy anything: not the point here
    output = ended.stdout + ended.stderr
    assert ended.returncode == 1
    for text in ("AWS::EC2::Instance", "AWS::Redshift::Cluster", "Flavour"):
        assert text in output, output[-4000:]
    kept = re.search(r"^log: (.+)$", output, re.MULTILINE)
    assert kept
    assert "AWS::EC2::Instance" in Path(kept[1]).read_text(encoding="utf-8")


def descendants_of(text: str) -> list[str]:
    """Command lines of the processes that mention `text` in their command or environment."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                content = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
            except OSError:
                continue
            if text.encode() in content:
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return found


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_rehearsal_leaves_nothing(tmp_path: Path, number: int) -> None:
    """While Seed-Farmer waits for a build that goes on."""
    manifest = project(
        tmp_path,
        """
        name: m
        path: modules/m
        targetAccount: tooling
        """,
        {
            "modules/m/README.md": "# m\n",
            "modules/m/deployspec.yaml": """
                deploy: {phases: {build: {commands: ["echo it works; sleep 300"]}}}
                destroy: {phases: {build: {commands: ["true"]}}}
                """,
        },
    )
    (tmp_path / "tmp").mkdir()
    env: dict[str, Any] = {**os.environ, "TMPDIR": str(tmp_path / "tmp")}
    with (tmp_path / "out").open("w") as out:
        child = subprocess.Popen([BIN / "rehearse", manifest], cwd=tmp_path, env=env, stdout=out, stderr=out)
    deadline = time.monotonic() + 120
    while not any("sleep 300" in each for each in descendants_of(str(tmp_path / "tmp"))):
        assert child.poll() is None, (tmp_path / "out").read_text(encoding="utf-8")[-3000:]
        assert time.monotonic() < deadline, (tmp_path / "out").read_text(encoding="utf-8")[-3000:]
        time.sleep(0.2)
    (scratch,) = (tmp_path / "tmp").iterdir()
    assert descendants_of(str(scratch))
    os.kill(child.pid, number)
    child.wait(30)
    deadline = time.monotonic() + 60  # as long as a rehearsal waits for the removal itself
    while (descendants_of(str(scratch)) or scratch.exists()) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert descendants_of(str(scratch)) == []
    assert list((tmp_path / "tmp").iterdir()) == []
    assert str(scratch) not in Path("/proc/mounts").read_text(encoding="utf-8")


def test_two_can_run_side_by_side(tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
        started = rehearse(folder, "up", "--detach")
        assert started.returncode == 0, started.stderr
    try:
        endpoints = {
            line
            for folder in folders
            for line in rehearse(folder, "env").stdout.splitlines()
            if line.startswith("export AWS_ENDPOINT_URL=")
        }
        keys = {
            line
            for folder in folders
            for line in rehearse(folder, "env").stdout.splitlines()
            if line.startswith("export AWS_ACCESS_KEY_ID=")
        }
        assert (len(endpoints), len(keys)) == (2, 2)
    finally:
        ended = [rehearse(folder, "down") for folder in folders]
    assert [each.stdout.strip() for each in ended] == ["ended", "ended"]


def test_a_port_that_is_taken_is_named_without_a_traceback(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = rehearse(tmp_path, "up", "--port", str(port))
    assert ended.returncode == 1
    assert f"port {port} on 127.0.0.1 is taken" in ended.stderr
    assert "Traceback" not in ended.stderr
