"""`rehearse env`: what points the clients in a terminal at the embedded AWS, and `--undo`, which takes it back."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rehearsal import cdk_command, state_file
from rehearsal.errors import RehearsalError
from rehearsal.job import programs
from rehearsal.terminal import Settings, Terminal, enter, leave

_REWRITES = r"^url\..*\.(push)?insteadof$"
_CODECOMMIT = re.compile(r"codecommit:|https://git-codecommit\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/v1/repos/")


def enter_terminal(account: str | None, region: str | None) -> int:
    """Print the lines for an account (its id or name, default: the toolchain's); the exit code. Raises RehearsalError.

    What does not belong to them goes to stderr: clients that would leave the rehearsal all the same.
    """
    state = state_file.read()
    chosen = _account(state, account or state["account"])
    region = region or state["region"]
    folders = programs.folders()
    wanted = Settings(
        variables=chosen["variables"] | {"AWS_REGION": region, "AWS_DEFAULT_REGION": region},
        folders=folders,
        git=[(key, value) for key, value in chosen["git"]],
    )
    print("\n".join(enter(Terminal.of(os.environ), wanted)))
    path = os.pathsep.join((*folders, os.environ.get("PATH", "")))
    for version in cdk_command.old_versions(cdk_command.on_path(path)):
        print(f"rehearse: {cdk_command.sentence(version)}", file=sys.stderr)
    for line in _astray([value for key, value in wanted.git if key.endswith(".insteadOf")]):
        print(f"rehearse: {line}", file=sys.stderr)
    return 0


def leave_terminal() -> int:
    """Print the lines that give the terminal back what it had; the exit code. Raises RehearsalError."""
    terminal = Terminal.of(os.environ)
    if not terminal.names:
        raise RehearsalError("env", 'this terminal has nothing to undo: it did not evaluate "$(rehearse env)"')
    print("\n".join(leave(terminal)))
    return 0


def _account(state: Mapping[str, Any], wanted: str) -> dict[str, Any]:
    """What the state file has of an account, by its id or its name."""
    accounts: dict[str, dict[str, Any]] = state["accounts"]
    named = {each["name"]: each for each in accounts.values() if each["name"]}
    found = accounts.get(wanted) or named.get(wanted)
    if found is None:
        known = ", ".join([*sorted(accounts), *sorted(named)])
        raise RehearsalError("env", f"no account {wanted!r} in this embedded AWS: expected one of {known}")
    return found


def _astray(repositories: Sequence[str]) -> Iterator[str]:
    """What the user's own git configuration has git reach elsewhere; of equally long matches its own one counts.

    https://git-scm.com/docs/git-config#Documentation/git-config.txt-urlltbasegtinsteadOf
    """
    outside = {name: value for name, value in os.environ.items() if name != "GIT_CONFIG_COUNT"}  # may be ours
    command = ["git", "config", "--get-regexp", _REWRITES]
    printed = subprocess.run(command, cwd=Path("/"), env=outside, capture_output=True, text=True, check=False).stdout
    for line in printed.splitlines():
        key, _, value = line.partition(" ")
        if _CODECOMMIT.match(value) or any(value.startswith(each) for each in repositories if each.count("/") > 3):
            yield f"your git configuration ({key}) takes {value} elsewhere, not to the rehearsal"
