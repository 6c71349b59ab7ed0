"""`rehearse env` and `--undo` in real shells: what was there comes back exactly."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from rehearsal.terminal import MARK, Settings, Terminal, enter, leave

pytestmark = pytest.mark.programs

SHELLS = [each for each in ("sh", "bash", "zsh", "dash") if shutil.which(each)]
ROOT = Path(__file__).parents[3]
WANTED = Settings(
    variables={"AWS_ACCESS_KEY_ID": "rehearsal", "AWS_REGION": "us-east-1", "GITHUB_TOKEN": "it's ours"},
    folders=["/our venv/bin", "/pinned/bin"],
    git=[("url.ext::here.insteadOf", "https://example.org/")],
)
BEFORE = {
    "PATH": os.environ["PATH"],
    "AWS_PROFILE": "real profile",
    "AWS_ENDPOINT_URL_S3": "https://real.example.org",
    "AWS_REGION": "eu-west-1\nof two lines",
    "GITHUB_TOKEN": '"real" $token `x`',
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "user.name",
    "GIT_CONFIG_VALUE_0": "A Person",
}
# how a program that prints shell lines is evaluated: with what the shell exports by then
PROGRAM = (
    "import os, sys; from rehearsal.terminal import *; import json; "
    "wanted = Settings(*json.loads(sys.argv[2])); terminal = Terminal.of(os.environ); "
    "print('\\n'.join(enter(terminal, wanted) if sys.argv[1] == 'enter' else leave(terminal)))"
)


def evaluate(what: str, wanted: Settings = WANTED) -> str:
    """A shell line that evaluates `rehearse env` or `rehearse env --undo`."""
    values = json.dumps([dict(wanted.variables), list(wanted.folders), list(wanted.git)]).replace("'", "'\\''")
    return f'eval "$({sys.executable} -S -c "$PROGRAM" {what} \'{values}\')"'


def environment_after(shell: str, *lines: str, before: dict[str, str] = BEFORE) -> dict[str, str]:
    script = "set -eu\n" + "\n".join(lines) + "\nenv -0"
    ended = subprocess.run(
        [shell, "-c", script],
        env=before | {"PROGRAM": PROGRAM, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=True,
    )
    found = dict(each.split("=", 1) for each in ended.stdout.decode().split("\0") if each)
    return {name: value for name, value in found.items() if name not in {"PROGRAM", "PYTHONPATH", "_", "PWD", "SHLVL"}}


@pytest.mark.parametrize("shell", SHELLS)
def test_undo_gives_back_what_was_there(shell: str) -> None:
    assert environment_after(shell, evaluate("enter"), evaluate("undo")) == BEFORE


@pytest.mark.parametrize("shell", SHELLS)
def test_what_was_not_exported_is_not_exported_afterwards(shell: str) -> None:
    lines = ("unset AWS_REGION", "AWS_REGION=mine", evaluate("enter"), evaluate("undo"), 'export SEEN="$AWS_REGION"')
    expected = {name: value for name, value in BEFORE.items() if name != "AWS_REGION"}
    assert environment_after(shell, *lines) == expected | {"SEEN": "mine"}


def test_inside_everything_is_as_wanted_and_the_rest_is_the_persons_own() -> None:
    found = environment_after("sh", evaluate("enter"))
    found.pop(MARK)
    assert found == {
        **WANTED.variables,
        "PATH": f"/our venv/bin:/pinned/bin:{BEFORE['PATH']}",
        "GIT_CONFIG_COUNT": "2",
        "GIT_CONFIG_KEY_0": "user.name",
        "GIT_CONFIG_VALUE_0": "A Person",
        "GIT_CONFIG_KEY_1": "url.ext::here.insteadOf",
        "GIT_CONFIG_VALUE_1": "https://example.org/",
    }


def test_another_account_in_the_same_terminal_takes_the_place_of_the_first_one() -> None:
    other = Settings(variables={"AWS_ACCESS_KEY_ID": "other"}, folders=WANTED.folders, git=WANTED.git)
    found = environment_after("sh", evaluate("enter"), evaluate("enter", other))
    assert found["AWS_ACCESS_KEY_ID"] == "other"
    assert found["GITHUB_TOKEN"] == BEFORE["GITHUB_TOKEN"]
    assert found["PATH"].count("/our venv/bin") == 1
    assert found["GIT_CONFIG_COUNT"] == "2"
    assert environment_after("sh", evaluate("enter"), evaluate("enter", other), evaluate("undo")) == BEFORE


def test_what_a_person_did_to_the_path_meanwhile_stays() -> None:
    found = environment_after("sh", evaluate("enter"), 'PATH="/mine:$PATH"', evaluate("undo"))
    assert found["PATH"] == f"/mine:{BEFORE['PATH']}"


def test_no_program_gets_earlier_credentials_by_another_name() -> None:
    found = environment_after("sh", evaluate("enter"), before=BEFORE | {"AWS_SECRET_ACCESS_KEY": "real-secret"})
    assert not any("real-secret" in value or BEFORE["GITHUB_TOKEN"] in value for value in found.values())


def test_a_shell_that_was_started_later_says_where_the_earlier_values_are() -> None:
    inner = f"sh -c '{evaluate('undo').replace(chr(39), chr(39) + chr(92) + chr(39) + chr(39))}' 2>&1"
    script = f"{evaluate('enter')}\n{inner}"
    ended = subprocess.run(
        ["sh", "-c", script],
        env=BEFORE | {"PROGRAM": PROGRAM, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "not in this one" in ended.stdout


def test_a_terminal_without_a_mark_has_nothing_to_undo() -> None:
    assert not Terminal.of(BEFORE).names
    assert list(leave(Terminal.of(BEFORE)))[-2] == f"export PATH={BEFORE['PATH']}"
    assert any(line.startswith("export AWS_REGION=") for line in enter(Terminal.of(BEFORE), WANTED))
