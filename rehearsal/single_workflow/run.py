"""One run of one workflow file, from its text to the exit code."""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path
from typing import Any, TextIO

from rehearsal import protections
from rehearsal.errors import UsageError
from rehearsal.scratch import keep_logs
from rehearsal.single_workflow import report
from rehearsal.single_workflow.machine import LocalMachine
from rehearsal.single_workflow.options import Options, refuse_unknown_job
from rehearsal.single_workflow.repository import Repository
from rehearsal.workflows import matching
from rehearsal.workflows.errors import WorkflowError
from rehearsal.workflows.matching import InputError
from rehearsal.workflows.model import Workflow
from rehearsal.workflows.results import SUCCESS, WorkflowRun
from rehearsal.workflows.service import Workflows
from rehearsal.workflows.workflow_file import parse

_ORDER = ("push", "workflow_dispatch", "pull_request", "schedule")


def run(options: Options, scratch: Path, out: TextIO = sys.stdout) -> int:
    """Run it; 0 when it succeeded, else 1. Raises UsageError."""
    try:
        shown = str(options.file)
        workflow = parse(options.file.read_text(encoding="utf-8"), shown)
    except (WorkflowError, UnicodeDecodeError) as error:
        print(error, file=sys.stderr)
        return 1
    refuse_unknown_job(options.job, list(workflow.jobs))
    name = options.event_name or next(each for each in _ORDER if each in workflow.triggers)
    if name not in workflow.triggers:
        raise UsageError(f"--event-name: {shown} has no trigger {name}, expected {', '.join(workflow.triggers)}")
    _log_to(scratch / "logs" / "rehearse.log")
    machine = LocalMachine(scratch)
    try:
        ended = _run(options, workflow, name, machine, out)
        _last_words(ended, options, scratch, out)
    finally:
        machine.close()
    return 0 if ended.conclusion == SUCCESS else 1


def _run(options: Options, workflow: Workflow, name: str, machine: LocalMachine, out: TextIO) -> WorkflowRun:
    repository = Repository(options.file, machine.directory, machine.processes, options.variables)
    machine.confinement.give(repository.bare)
    payload = _payload(options, name, repository)
    event = repository.event(name, payload)
    _refuse_other(workflow, options, name, event.ref, payload)
    workflows = Workflows(machine, repository, machine.toolchain, readable=(repository.bare,))
    shown = report.Progress(out if not options.as_json else None)
    try:
        for line in protections.missing(machine.confinement):
            print(f"note: {line}", file=sys.stderr if options.as_json else out, flush=True)
        started = workflows.start(repository.path, event, only=options.job)
        shown.follow(started)
    except InputError as error:
        raise UsageError(*(f"--input: {line}" for line in str(error).splitlines())) from None
    finally:
        workflows.close()
    return started


def _payload(options: Options, name: str, repository: Repository) -> dict[str, Any]:
    """The event: what the user gave, completed by what it cannot lack."""
    owner, _, short = repository.name.partition("/")
    about = {"full_name": repository.name, "name": short, "owner": {"login": owner}, "default_branch": "main"}
    base: dict[str, Any] = {"repository": about, "sender": {"login": "rehearse"}}
    if name == "push":
        head = {"id": repository.sha, "message": repository.message}
        base |= {"ref": f"refs/heads/{repository.branch}", "after": repository.sha, "head_commit": head}
    elif name == "pull_request":
        ends = {"repo": about, "sha": repository.sha}
        both = {"head": ends | {"ref": repository.branch}, "base": ends | {"ref": "main"}}
        base |= {"action": "opened", "number": 1, "pull_request": {"number": 1, **both}, "ref": "refs/pull/1/merge"}
    elif name == "schedule":
        base |= {"ref": f"refs/heads/{repository.branch}"}
    else:
        base |= {"ref": f"refs/heads/{repository.branch}", "inputs": dict(options.inputs)}
    given = dict(options.event)
    if options.inputs:
        given["inputs"] = {**(given.get("inputs") or {}), **options.inputs}
    return base | given


def _refuse_other(workflow: Workflow, options: Options, name: str, ref: str, payload: dict[str, Any]) -> None:
    """Raises UsageError for an event of the user's that would start nothing."""
    if options.event and not matching.starts(workflow, name, ref, payload, matching.changed(payload)):
        raise UsageError(f"--event: a {name} of {ref} does not pass the filters of {options.file}")


def _last_words(ended: WorkflowRun, options: Options, scratch: Path, out: TextIO) -> None:
    logs = report.write_logs(ended, scratch / "logs")
    if options.as_json:
        print(json.dumps(ended.describe(), indent=2), file=out)
    else:
        report.table(ended, out)
    if ended.conclusion != SUCCESS:
        kept = keep_logs(logs, ended.workflow.path.rpartition("/")[2].partition(".")[0])
        if not options.as_json:
            report.explain(ended, out)
            print(f"logs: {kept}", file=out)


def _log_to(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(file, delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.getLogger().handlers[:] = [handler]
