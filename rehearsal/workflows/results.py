"""What runs of workflows came to, with GitHub's words for status and conclusion."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rehearsal.workflows.model import Workflow

QUEUED, WAITING, IN_PROGRESS, COMPLETED = "queued", "waiting", "in_progress", "completed"
SUCCESS, FAILURE, CANCELLED, SKIPPED = "success", "failure", "cancelled", "skipped"
_MOST_LINES = 50_000  # of one step that are kept


@dataclass(frozen=True)
class Annotation:
    """A remark of a step: `level` is notice, warning or error; `file` and `line` are where they point, if anywhere."""

    level: str
    message: str
    title: str = ""
    file: str = ""
    line: int | None = None
    end_line: int | None = None
    column: int | None = None
    end_column: int | None = None

    def describe(self) -> dict[str, Any]:
        """For JSON."""
        return {name: value for name, value in vars(self).items() if value not in ("", None)}


class Timed:
    """Something that begins and ends; seconds since the epoch."""

    start: float = 0.0
    end: float | None = None

    @property
    def seconds(self) -> float:
        """How long it took, or takes so far."""
        return (self.end or time.time()) - self.start if self.start else 0.0


@dataclass
class StepResult(Timed):
    """One step: `outcome` is before `continue-on-error`, `conclusion` after it."""

    number: int
    name: str
    status: str = QUEUED
    outcome: str = ""
    conclusion: str = ""
    log: list[str] = field(default_factory=list)
    annotations: list[Annotation] = field(default_factory=list)
    summary: str = ""
    outputs: dict[str, str] = field(default_factory=dict)
    start: float = 0.0
    end: float | None = None

    def add(self, line: str) -> None:
        """A line of its log."""
        if len(self.log) < _MOST_LINES:
            self.log.append(line)

    def describe(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "number": self.number,
            "name": self.name,
            "status": self.status,
            "outcome": self.outcome,
            "conclusion": self.conclusion,
            "seconds": round(self.seconds, 2),
            "annotations": [each.describe() for each in self.annotations],
            "log": self.log,
        }


@dataclass
class JobResult(Timed):
    """One job, of a matrix one of several with its `id`."""

    id: str
    name: str
    matrix: Mapping[str, Any] = field(default_factory=dict)
    status: str = QUEUED
    conclusion: str = ""
    steps: list[StepResult] = field(default_factory=list)
    outputs: dict[str, str] = field(default_factory=dict)
    environment: str = ""
    environment_url: str = ""
    permissions: Mapping[str, str] = field(default_factory=dict)
    start: float = 0.0
    end: float | None = None

    @property
    def annotations(self) -> list[Annotation]:
        """Those of its steps."""
        return [each for step in self.steps for each in step.annotations]

    @property
    def summary(self) -> str:
        """The summaries of its steps, one below the other (Markdown)."""
        return "\n".join(step.summary for step in self.steps if step.summary)

    def log(self) -> str:
        """The log of all steps."""
        return "\n".join(line for step in self.steps for line in (f"##[step]{step.name}", *step.log))

    def describe(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "id": self.id,
            "name": self.name,
            "matrix": dict(self.matrix),
            "status": self.status,
            "conclusion": self.conclusion,
            "seconds": round(self.seconds, 2),
            "environment": self.environment,
            "outputs": self.outputs,
            "summary": self.summary,
            "steps": [step.describe() for step in self.steps],
        }


@dataclass
class WorkflowRun(Timed):
    """One run of a workflow file for one event. `finished` is set at its end."""

    id: int
    number: int
    workflow: Workflow
    repository: str
    event: str
    ref: str
    sha: str
    name: str = ""
    status: str = QUEUED
    conclusion: str = ""
    jobs: list[JobResult] = field(default_factory=list)
    message: str = ""
    start: float = 0.0
    end: float | None = None
    finished: threading.Event = field(default_factory=threading.Event)

    @property
    def summary(self) -> str:
        """The summaries of all jobs (Markdown)."""
        return "\n".join(job.summary for job in self.jobs if job.summary)

    def job(self, name: str) -> JobResult:
        """A job by its name or id. Raises KeyError."""
        for job in self.jobs:
            if name in (job.name, job.id):
                return job
        raise KeyError(name)

    def wait(self, timeout: float | None = None) -> bool:
        """Until it ended; whether it did within `timeout` seconds."""
        return self.finished.wait(timeout)

    def describe(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "id": self.id,
            "number": self.number,
            "name": self.name,
            "workflow": self.workflow.name,
            "path": self.workflow.path,
            "event": self.event,
            "repository": self.repository,
            "ref": self.ref,
            "sha": self.sha,
            "status": self.status,
            "conclusion": self.conclusion,
            "message": self.message,
            "seconds": round(self.seconds, 2),
            "jobs": [job.describe() for job in self.jobs],
        }
