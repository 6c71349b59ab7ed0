"""An embedded AWS in use, as a person at a terminal has it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import botocore.session
import pytest

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
TOOLING, DEV_BUILD, PROD_BUILD = "123456789010", "123456789012", "123456789015"
REGION = "us-east-1"


def plain_environment(home: Path) -> dict[str, str]:
    """What a fresh shell has; real-looking AWS settings are in it to show that they are ignored."""
    kept = ("PIP_", "UV_", "SSL_", "REQUESTS_", "NODE_", "TMPDIR")
    passed = {name: value for name, value in os.environ.items() if name.startswith(kept)}
    return passed | {
        "PATH": f"{BIN}:{ROOT / 'node_modules' / '.bin'}:{os.environ['PATH']}",
        "HOME": str(home),
        "XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache")),
        "AWS_PROFILE": "real-profile",
        "AWS_ACCESS_KEY_ID": "AKIAREALREALREALREAL",
        "AWS_SECRET_ACCESS_KEY": "real",
    }


@dataclass
class ByHand:
    """A running embedded AWS, used as a person would. `directory` is where its `rehearse` commands run."""

    directory: Path
    environment: dict[str, str]
    _exports: dict[str, dict[str, str]] = field(default_factory=dict, init=False)
    _clients: dict[tuple[str, str], Any] = field(default_factory=dict, init=False)
    _session: Any = field(default_factory=botocore.session.Session, init=False)

    def exports(self, account: str) -> dict[str, str]:
        """The environment after `eval "$(rehearse env --account ...)"`; an account's stays the same."""
        if account not in self._exports:
            self._exports[account] = self._evaluated(account)
        return self._exports[account]

    def _evaluated(self, account: str) -> dict[str, str]:
        script = f'eval "$({BIN}/rehearse env --account {account})" && env -0'
        ended = subprocess.run(
            ["sh", "-c", script], cwd=self.directory, env=self.environment, capture_output=True, check=False
        )
        assert ended.returncode == 0, ended.stderr
        return dict(each.split("=", 1) for each in ended.stdout.decode().split("\0") if each)

    def rehearse(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a `rehearse` command in the same directory."""
        return subprocess.run(
            [BIN / "rehearse", *arguments],
            cwd=self.directory,
            env=self.environment,
            text=True,
            check=False,
            capture_output=True,
        )

    def run(self, account: str, *command: str, cwd: Path | None = None, ok: bool = True) -> str:
        """Run an unmodified client as administrator of `account`; give back everything it printed."""
        ended = subprocess.run(
            command,
            cwd=cwd or self.directory,
            env=self.exports(account),
            text=True,
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        assert (ended.returncode == 0) is ok, f"{command} ended with {ended.returncode}:\n{ended.stdout[-6000:]}"
        return ended.stdout

    def client(self, service: str, account: str) -> Any:
        """A botocore client of `account`."""
        if (service, account) not in self._clients:
            env = self.exports(account)
            self._clients[service, account] = self._session.create_client(
                service,
                region_name=REGION,
                endpoint_url=env["AWS_ENDPOINT_URL"],
                aws_access_key_id=env["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"],
            )
        return self._clients[service, account]

    def clone(self, repository: str, target: Path) -> Path:
        """A clone of a CodeCommit repository of the tooling account."""
        url = f"https://git-codecommit.{REGION}.amazonaws.com/v1/repos/{repository}"
        self.run(TOOLING, "git", "clone", "--quiet", url, str(target))
        self.run(TOOLING, "git", "config", "user.name", "Tester", cwd=target)
        self.run(TOOLING, "git", "config", "user.email", "tester@localhost", cwd=target)
        return target

    def push(self, clone: Path, branch: str, message: str, *, empty: bool = False) -> str:
        """Commit everything in `clone` (`empty`: even if nothing changed) and push it to `branch`; the commit id."""
        self.run(TOOLING, "git", "add", "--all", cwd=clone)
        allowed = ["--allow-empty"] if empty else []
        self.run(TOOLING, "git", "commit", "--quiet", *allowed, "--message", message, cwd=clone)
        self.run(TOOLING, "git", "push", "--quiet", "origin", f"HEAD:refs/heads/{branch}", cwd=clone)
        return self.run(TOOLING, "git", "rev-parse", "HEAD", cwd=clone).strip()

    def executions(self, pipeline: str) -> list[dict[str, Any]]:
        """The executions of a CodePipeline, newest first."""
        found = self.client("codepipeline", TOOLING).list_pipeline_executions(pipelineName=pipeline)
        return list(found["pipelineExecutionSummaries"])

    def wait_for(self, pipeline: str, commit: str, seconds: float = 240) -> dict[str, Any]:
        """The ended execution of `pipeline` on `commit`."""

        def ended() -> dict[str, Any] | None:
            for each in self.executions(pipeline):
                on_commit = any(source.get("revisionId") == commit for source in each.get("sourceRevisions", []))
                if on_commit and each["status"] not in ("InProgress", "Stopping"):
                    return each
            return None

        found: dict[str, Any] = wait(ended, seconds, f"{pipeline} on {commit}")
        return found


@dataclass
class Kept(ByHand):
    """A rehearsal that was kept up after it passed, with what it printed and reported."""

    output: str
    report: dict[str, Any]

    def pipeline(self, group: str) -> str:
        """The name of a group's training pipeline."""
        return str(next(each["pipeline"] for each in self.report["groups"] if each["group"] == group))


def end(child: subprocess.Popen[bytes], output: Path) -> None:
    """End a rehearsal as `rehearse down` does; it must go by itself, not be killed. `output` is what it printed."""
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(90)
        except subprocess.TimeoutExpired:
            shown = subprocess.run(
                ["ps", "-eo", "pid,ppid,stat,etime,wchan:30,args"], capture_output=True, text=True, check=False
            )
            pytest.fail(f"it did not end:\n{output.read_text(encoding='utf-8')[-4000:]}\n{shown.stdout[-8000:]}")
        printed = output.read_text(encoding="utf-8")
        assert "was killed" not in printed, printed[-8000:]


def wait(condition: Callable[[], Any], seconds: float, what: str) -> Any:
    """The first true value of `condition`; fails the test after `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.2)
    pytest.fail(f"waited {seconds} s for {what}")


@contextmanager
def kept_rehearsal(directory: Path, *arguments: str) -> Iterator[Kept]:
    """`rehearse --keep ARGUMENTS` in `directory`, from its report on until the context ends."""
    environment = plain_environment(directory)
    command = [str(BIN / "rehearse"), "--keep", "--report", "report.json", *arguments]
    with (directory / "output.txt").open("w", encoding="utf-8") as out:
        child = subprocess.Popen(command, cwd=directory, env=environment, stdout=out, stderr=out)
    state = directory / ".rehearsal" / "state.json"
    try:
        while child.poll() is None and not state.exists():
            time.sleep(0.2)
        output = (directory / "output.txt").read_text(encoding="utf-8")
        assert child.poll() is None, output[-6000:]
        report = json.loads((directory / "report.json").read_text(encoding="utf-8"))
        yield Kept(directory, environment, output, report)
    finally:
        end(child, directory / "output.txt")


def whole_rehearsal(directory: Path, *arguments: str | Path) -> tuple[str, dict[str, Any]]:
    """What `rehearse` printed, in a directory where it passed, and its report."""
    ended = subprocess.run(
        [BIN / "rehearse", *arguments, "--report", "report.json"],
        cwd=directory, env=plain_environment(directory), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout[-6000:] + ended.stderr[-3000:]
    found: dict[str, Any] = json.loads((directory / "report.json").read_text(encoding="utf-8"))
    return ended.stdout, found
