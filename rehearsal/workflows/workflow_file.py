"""Reads a workflow file into records, or says everything that is wrong with it.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax
"""

from __future__ import annotations

import graphlib
import re

from rehearsal.workflows import document, job_reading, places
from rehearsal.workflows.common_keys import read_concurrency, read_defaults, read_permissions
from rehearsal.workflows.errors import WorkflowError, nearest
from rehearsal.workflows.model import Job, Workflow
from rehearsal.workflows.reading import Keys, Problems
from rehearsal.workflows.triggers import read_triggers

_KEYS = ("name", "run-name", "on", "permissions", "env", "defaults", "concurrency", "jobs")
_ID = re.compile(r"[A-Za-z_][\w-]{0,99}", re.ASCII)


def parse(text: str, path: str) -> Workflow:
    """The workflow of a file; `path` is its name in messages and in the repository. Raises WorkflowError."""
    problems = Problems(path)
    keys = Keys(document.read(text, path), "", problems, _KEYS)
    for key in ("on", "jobs"):
        if keys.get(key) is None:
            problems(1, f"{key}: got nothing, expected it")
    on = keys.get("on")
    workflow = Workflow(
        path=path,
        name=keys.text("name") or path,
        triggers=read_triggers(on, problems) if on else {},
        jobs=_jobs(keys, problems),
        run_name=keys.template("run-name", places.RUN_NAME),
        permissions=read_permissions(keys, problems),
        env=keys.templates("env", places.ENV),
        defaults=read_defaults(keys, problems, places.LITERAL),
        concurrency=read_concurrency(keys, problems, places.CONCURRENCY),
    )
    if problems.found:
        raise WorkflowError(problems.found)
    return workflow


def _jobs(keys: Keys, problems: Problems) -> dict[str, Job]:
    node = keys.get("jobs")
    if node is None:
        return {}
    names = list(node.value) if isinstance(node.value, dict) else []
    jobs = Keys(node, "jobs", problems, names)
    if isinstance(node.value, dict) and not names:
        problems(node.line, "jobs: got none, expected at least one")
    found = {}
    for name, value in jobs.items():
        if not _ID.fullmatch(name):
            problems(jobs.line(name), f"jobs.{name}: got an id that is not letters, digits, - and _")
        found[name] = job_reading.read_job(name, jobs.line(name), value, problems)
    for job in found.values():
        for needed in job.needs:
            if needed not in found:
                text = f"got {needed}, which is no job of this workflow{nearest(needed, found)}"
                problems(job.line, f"jobs.{job.id}.needs: {text}")
    try:
        graphlib.TopologicalSorter({job.id: job.needs for job in found.values()}).prepare()
    except graphlib.CycleError as error:
        circle = error.args[1]
        problems(found[circle[0]].line if circle[0] in found else node.line,
                 f"jobs: got a circle of needs: {' -> '.join(circle)}")  # fmt: skip
    return found
