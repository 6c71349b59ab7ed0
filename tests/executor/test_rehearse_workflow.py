"""`rehearse workflow` as a command: what it prints, its exit codes, and that the repository stays as it is."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from .workflow_bench import git

COMMAND = [str(Path(sys.executable).with_name("rehearse")), "workflow"]
TEXT = """
    name: Check
    on:
      push: {branches: [main]}
      workflow_dispatch: {inputs: {group: {type: choice, options: [a, b], required: true}}}
    jobs:
      first:
        runs-on: ubuntu-latest
        steps:
          - uses: actions/checkout@v4
          - {name: Look, run: "cat new; echo ${{ vars.PLACE }} ${{ inputs.group }} ${{ github.event.extra }}"}
          - {name: Nobody, run: "! curl -sSf https://sts.us-east-1.amazonaws.com/"}
      second:
        runs-on: ubuntu-latest
        steps: [{name: Fail, run: "echo why; exit 4"}]
    """


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "--quiet", "-b", "main")
    path = folder / ".github" / "workflows" / "check.yml"
    path.parent.mkdir(parents=True)
    path.write_text(textwrap.dedent(TEXT), encoding="utf-8")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "-m", "one")
    (folder / "new").write_text("not committed\n", encoding="utf-8")
    return folder


def rehearse(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [*COMMAND, ".github/workflows/check.yml", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


def test_a_run_that_fails(repository: Path) -> None:
    done = rehearse(repository, "--var", "PLACE=here")
    assert done.returncode == 1
    assert "second: Fail failed" in done.stdout and "  | why" in done.stdout
    assert max(len(line) for line in done.stdout.splitlines() if "logs:" not in line) <= 80
    logs = repository / next(line for line in done.stdout.splitlines() if line.startswith("logs: "))[6:]
    assert "not committed\nhere" in "".join(path.read_text() for path in (logs / "jobs").iterdir())
    assert git(repository, "status", "--porcelain").decode() == "?? .rehearsal/\n?? new\n"
    assert git(repository, "log", "--oneline", "--all").decode().count("\n") == 1


def test_one_job_with_inputs_as_json(repository: Path) -> None:
    event = repository / "event.json"
    event.write_text('{"extra": "more"}', encoding="utf-8")
    done = rehearse(repository, "--job", "first", "--input", "group=b", "--event", "event.json", "--event-name",
                    "workflow_dispatch", "--json")  # fmt: skip
    report = json.loads(done.stdout)
    assert (done.returncode, report["conclusion"], report["event"]) == (0, "success", "workflow_dispatch")
    assert [job["id"] for job in report["jobs"]] == ["first"]


WRONG: dict[tuple[str, ...], str] = {
    ("--job", "frist"): "--job: got frist, expected one of first, second; did you mean first?",
    ("--input", "group=c"): "--input: input group: got c, expected one of a, b",
    ("--event-name", "schedule"): "has no trigger schedule, expected push, workflow_dispatch",
    ("--event", "nowhere.json"): "nowhere.json",
    ("--event", "other.json"): "does not pass the filters",
    ("--var", "X"): "--var X: expected NAME=VALUE",
}


@pytest.mark.parametrize("arguments", WRONG, ids=" ".join)
def test_wrong_usage(repository: Path, arguments: tuple[str, ...]) -> None:
    (repository / "other.json").write_text('{"ref": "refs/heads/other"}', encoding="utf-8")
    done = rehearse(repository, *arguments)
    assert done.returncode == 2, done
    assert WRONG[arguments] in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_that_is_refused(repository: Path) -> None:
    path = repository / ".github" / "workflows" / "check.yml"
    path.write_text("on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: a/b@v1\n", encoding="utf-8")
    done = rehearse(repository)
    assert done.returncode == 1
    assert done.stderr.startswith(".github/workflows/check.yml:6: jobs.a.steps[1].uses: the rehearsal has no stand-in")
