"""What the API shows of pipelines and their executions, apart from what runs them."""

from __future__ import annotations

import datetime
import threading
from dataclasses import dataclass, field
from typing import Any

from rehearsal.api import ApiError, Params
from rehearsal.named import Scope
from rehearsal.sagemaker.jobs.state import Job
from rehearsal.sagemaker.listing import now
from rehearsal.sagemaker.pipelines.caching import Cache
from rehearsal.sagemaker.pipelines.definition import Definition

RUNNING = ("Executing", "Stopping")


@dataclass
class StepRun:
    """A step that was started. `properties` is what other steps may refer to once it succeeded."""

    name: str
    type: str
    display_name: str | None
    description: str | None
    status: str = "Starting"
    start: datetime.datetime = field(default_factory=now)
    end: datetime.datetime | None = None
    failure: str | None = None
    metadata: Params = field(default_factory=dict)
    cached_from: str | None = None
    attempt: int = 1
    jobs: list[Job] = field(default_factory=list)
    properties: Params = field(default_factory=dict)

    def row(self) -> Params:
        """As ListPipelineExecutionSteps shows it."""
        return {
            "StepName": self.name,
            "StepDisplayName": self.display_name,
            "StepDescription": self.description,
            "StartTime": self.start,
            "EndTime": self.end,
            "StepStatus": self.status,
            "CacheHitResult": {"SourcePipelineExecutionArn": self.cached_from} if self.cached_from else None,
            "FailureReason": self.failure,
            "Metadata": self.metadata or None,
            "AttemptCount": self.attempt,
        }


@dataclass
class Execution:
    """One execution, with the definition, role and parameter values it started with."""

    arn: str
    id: str
    scope: Scope
    pipeline_name: str
    pipeline_arn: str
    definition: Definition
    role: str
    given: list[Params]
    values: dict[str, Any]
    display_name: str
    description: str | None
    parallel: Params
    caller: Params
    cache: Cache
    status: str = "Executing"
    failure: str | None = None
    start: datetime.datetime = field(default_factory=now)
    modified: datetime.datetime = field(default_factory=now)
    end: datetime.datetime | None = None
    version: int = 1
    steps: dict[str, StepRun] = field(default_factory=dict)
    changed: threading.Condition = field(default_factory=lambda: threading.Condition(threading.RLock()))
    finished: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True)
class Version:
    """A definition that a pipeline got, and what is said of it."""

    definition: Definition
    described: Params


@dataclass
class Pipeline:
    """A pipeline as it was created or last updated; `described` is what Describe shows besides the definition."""

    arn: str
    name: str
    scope: Scope
    definition: Definition
    described: Params
    executions: dict[str, Execution] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    cache: Cache = field(default_factory=Cache)
    versions: dict[int, Version] = field(default_factory=dict)

    def define(self, definition: Definition) -> int:
        """Take on a new definition; the number of its version."""
        number = len(self.versions) + 1
        self.definition = definition
        self.versions[number] = Version(definition, {"CreationTime": now()})
        return number

    def version(self, number: int) -> Version:
        """One version. Raises ApiError ResourceNotFound."""
        if number not in self.versions:
            raise ApiError("ResourceNotFound", f"Pipeline version {number} of {self.arn} does not exist.")
        return self.versions[number]
