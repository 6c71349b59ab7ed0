"""The command line of `rehearse workflow`."""

from __future__ import annotations

import argparse
import functools
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rehearsal.errors import UsageError
from rehearsal.step_options import Problems, pair
from rehearsal.workflows.triggers import EVENTS


@dataclass(frozen=True)
class Options:
    """What the user wants. `event` is the payload of a webhook, `event_name` "" where nobody said one."""

    file: Path
    event_name: str = ""
    event: dict[str, Any] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    job: str | None = None
    as_json: bool = False


def parse(arguments: Sequence[str]) -> Options:
    """Read the command line. Raises UsageError; argparse itself ends the process with code 2."""
    found = _parser().parse_args(arguments)
    wrong = Problems()
    inputs = dict(wrong.each("input", found.input, pair))
    variables = dict(wrong.each("var", found.var, pair))
    if not found.file.is_file():
        wrong.found.append(f"{found.file}: there is no such file")
    name, payload = _event(found, wrong)
    if inputs and not name:
        name = "workflow_dispatch"
    if inputs and name != "workflow_dispatch":
        wrong.found.append(f"--input: got it with the event {name}, expected workflow_dispatch")
    wrong.refuse()
    return Options(found.file, name, payload, inputs, variables, found.job, found.json)


def _event(found: argparse.Namespace, wrong: Problems) -> tuple[str, dict[str, Any]]:
    if found.event is None:
        return found.event_name or "", {}
    try:
        payload = json.loads(found.event.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        wrong.found.append(f"--event {found.event}: {error}")
        return found.event_name or "", {}
    if not isinstance(payload, dict):
        wrong.found.append(f"--event {found.event}: got no JSON object, expected the payload of a webhook")
        return found.event_name or "", {}
    if found.event_name:
        return found.event_name, payload
    return "pull_request" if "pull_request" in payload else "schedule" if "schedule" in payload else "push", payload


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="rehearse workflow",
        description="Run one workflow file of GitHub Actions on this machine: its jobs and steps as real processes, on "
        "the working tree of the repository that the file is in, without GitHub and without AWS. "
        "Exit code 0 when it succeeded, 1 when it failed, 2 for wrong usage.",
    )
    add = parser.add_argument
    repeated = functools.partial(add, action="append", default=[])
    add("file", type=Path, metavar="FILE", help="a workflow file, such as .github/workflows/train.yml")
    add("--event", type=Path, metavar="FILE.json", help="the payload of the webhook (github.event)")
    add("--event-name", choices=EVENTS, metavar="NAME", help=f"{', '.join(EVENTS)} (default: from FILE.json or FILE)")
    repeated("--input", metavar="NAME=VALUE", help="an input of workflow_dispatch; can be repeated")
    repeated("--var", metavar="NAME=VALUE", help="a variable of the repository (vars.NAME); can be repeated")
    add("--job", metavar="ID", help="run this job and those that it needs, and no other")
    add("--json", action="store_true", help="print the report as JSON instead of progress and table")
    return parser


def refuse_unknown_job(job: str | None, known: Sequence[str]) -> None:
    """Raises UsageError for a job that the file does not have."""
    from rehearsal.workflows.errors import nearest

    if job is not None and job not in known:
        raise UsageError(f"--job: got {job}, expected one of {', '.join(known)}{nearest(job, known)}")
