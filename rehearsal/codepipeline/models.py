"""What the API shows: pipelines, their executions, stages and actions."""

from __future__ import annotations

import datetime
import threading
import uuid
from dataclasses import dataclass, field

from rehearsal.api import Params, partition_of


class Status:
    """The statuses of executions, stages and actions."""

    IN_PROGRESS, SUCCEEDED, FAILED, ABANDONED = "InProgress", "Succeeded", "Failed", "Abandoned"
    STOPPED, STOPPING, SUPERSEDED = "Stopped", "Stopping", "Superseded"


def now() -> datetime.datetime:
    """The current time, UTC."""
    return datetime.datetime.now(datetime.UTC)


@dataclass(frozen=True)
class Location:
    """An object in S3."""

    bucket: str
    key: str

    def view(self) -> Params:
        """As the API shows it."""
        return {"bucket": self.bucket, "key": self.key}


@dataclass(frozen=True)
class Revision:
    """What a source action took: its id, a summary (a commit's message) and where to read it."""

    revision_id: str
    summary: str = ""
    url: str = ""


@dataclass(frozen=True)
class Trigger:
    """What started an execution: AWS's trigger type and its detail (who or which rule)."""

    kind: str
    detail: str


@dataclass(frozen=True)
class Approval:
    """The decision on a manual approval."""

    approved: bool
    summary: str
    by: str


@dataclass
class ActionRun:
    """One run of an action. `configuration` is as declared, `resolved` with the variables filled in."""

    stage: str
    name: str
    declaration: Params
    role: str
    region: str
    run_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: str = Status.IN_PROGRESS
    summary: str | None = None
    started: datetime.datetime = field(default_factory=now)
    updated: datetime.datetime = field(default_factory=now)
    updated_by: str | None = None
    token: str | None = None
    approval: Approval | None = None
    expires: datetime.datetime | None = None
    external_id: str | None = None
    external_url: str | None = None
    error: tuple[str, str] | None = None
    resolved: dict[str, str] = field(default_factory=dict)
    inputs: dict[str, Location] = field(default_factory=dict)
    outputs: dict[str, Location] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    revision: Revision | None = None


@dataclass
class Execution:
    """One execution of a pipeline, of the structure it was started with."""

    declaration: Params
    version: int
    trigger: Trigger
    variables: dict[str, str]
    overrides: dict[str, Params]
    execution_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: str = Status.IN_PROGRESS
    summary: str | None = None
    started: datetime.datetime = field(default_factory=now)
    updated: datetime.datetime = field(default_factory=now)
    attempt: int = 1
    stop_reason: str | None = None
    stop_requested: bool = False
    abandoned: threading.Event = field(default_factory=threading.Event)
    stages: dict[str, str] = field(default_factory=dict)
    actions: list[ActionRun] = field(default_factory=list)
    artifacts: dict[str, Location] = field(default_factory=dict)
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def mode(self) -> str:
        """SUPERSEDED, QUEUED or PARALLEL."""
        return str(self.declaration.get("executionMode") or "SUPERSEDED")

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self.status in (Status.IN_PROGRESS, Status.STOPPING)

    def latest(self, stage: str, action: str) -> ActionRun | None:
        """The last run of an action in this execution."""
        return next((run for run in reversed(self.actions) if (run.stage, run.name) == (stage, action)), None)


@dataclass
class Gate:
    """The way into a stage: who is in it, who waits, whether the transition is enabled."""

    occupant: Execution | None = None
    waiting: list[Execution] = field(default_factory=list)
    enabled: bool = True
    changed_by: str | None = None
    changed_at: datetime.datetime | None = None
    reason: str | None = None
    latest: Execution | None = None


@dataclass
class Pipeline:
    """A pipeline: its structure in every version, its gates and executions. `condition` guards all of it."""

    account: str
    region: str
    name: str
    versions: dict[int, Params]
    tags: dict[str, str] = field(default_factory=dict)
    created: datetime.datetime = field(default_factory=now)
    updated: datetime.datetime = field(default_factory=now)
    executions: list[Execution] = field(default_factory=list)
    gates: dict[str, Gate] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    condition: threading.Condition = field(default_factory=threading.Condition)

    @property
    def version(self) -> int:
        """The current version."""
        return max(self.versions)

    @property
    def declaration(self) -> Params:
        """The current structure."""
        return self.versions[self.version]

    @property
    def arn(self) -> str:
        """Its ARN."""
        return f"arn:{partition_of(self.region)}:codepipeline:{self.region}:{self.account}:{self.name}"

    def gate(self, stage: str) -> Gate:
        """The way into a stage."""
        return self.gates.setdefault(stage, Gate())
