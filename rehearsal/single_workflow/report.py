"""What people see of a workflow run: lines while it runs, a table at its end, and why it failed."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TextIO

from rehearsal.workflows.results import COMPLETED, FAILURE, SKIPPED, JobResult, WorkflowRun

_WIDTH = 80  # columns
_TAIL = 20  # lines of a step that failed
_LOOK_SECONDS = 0.05


class Progress:
    """Prints steps as they end, to nobody when there is no `out`."""

    def __init__(self, out: TextIO | None) -> None:
        self._out = out
        self._shown: set[tuple[int, int]] = set()

    def say(self, text: str) -> None:
        """One line."""
        if self._out:
            print(text[:_WIDTH], file=self._out, flush=True)

    def follow(self, run: WorkflowRun) -> None:
        """Until the end of a run."""
        while not run.finished.wait(_LOOK_SECONDS):
            self._look(run)
        self._look(run)

    def _look(self, run: WorkflowRun) -> None:
        for job in list(run.jobs):
            for step in list(job.steps):
                mark = (id(job), step.number)
                if step.status == COMPLETED and mark not in self._shown and step.conclusion != SKIPPED:
                    self._shown.add(mark)
                    self.say(f"{time.strftime('%H:%M:%S')} {step.conclusion:<9} {job.name}: {step.name}")


def table(run: WorkflowRun, out: TextIO) -> None:
    """Jobs and steps with their seconds, 80 columns wide."""
    print(file=out)
    for job in run.jobs:
        print(_row(job.name, job.conclusion, job.seconds), file=out)
        for step in job.steps:
            print(_row(f"  {step.name}", step.conclusion, step.seconds), file=out)
    print(_row(f"{run.workflow.name} ({run.event})", run.conclusion, run.seconds), file=out)
    if run.message:
        print(run.message, file=out)


def _row(name: str, conclusion: str, seconds: float) -> str:
    right = f" {conclusion:<9} {seconds:7.1f} s"
    room = _WIDTH - len(right)
    return (name if len(name) <= room else f"{name[: room - 3]}...").ljust(room) + right


def explain(run: WorkflowRun, out: TextIO) -> None:
    """For each step that failed: the end of its log."""
    for job in run.jobs:
        for step in job.steps:
            if step.conclusion == FAILURE:
                print(f"\n{job.name}: {step.name} failed", file=out)
                for line in step.log[-_TAIL:]:
                    print(f"  | {line}", file=out)


def write_logs(run: WorkflowRun, folder: Path) -> Path:
    """Write the log of each job into a folder below `folder`, and give that back."""
    target = folder / "jobs"
    target.mkdir(parents=True, exist_ok=True)
    for number, job in enumerate(run.jobs, 1):
        (target / f"{number}-{_file_name(job)}.log").write_text(job.log() + "\n", encoding="utf-8")
    return folder


def _file_name(job: JobResult) -> str:
    return re.sub(r"[^\w.-]+", "-", job.name).strip("-")[:80] or "job"
