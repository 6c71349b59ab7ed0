"""What is known of a job: the state the API shows and the handles by which it is waited for and stopped."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from rehearsal.api import Params
from rehearsal.process import Child
from rehearsal.sagemaker.arns import Scope
from rehearsal.sagemaker.images import Image


@dataclass
class Job:
    """One job. `request` is what created it, `shown` what its Describe operation adds to that."""

    kind: str  # Processing, Training or Transform
    scope: Scope
    name: str
    arn: str
    request: Params
    image: Image
    role: str
    shown: Params
    step: str | None = None  # the pipeline step it was made for
    lock: threading.RLock = field(default_factory=threading.RLock)
    finished: threading.Event = field(default_factory=threading.Event)
    stopping: threading.Event = field(default_factory=threading.Event)
    child: Child | None = None

    @property
    def status(self) -> str:
        """InProgress, Stopping, Stopped, Completed or Failed."""
        return str(self.shown[f"{self.kind}JobStatus"])

    def describe(self) -> Params:
        """The answer of its Describe operation."""
        with self.lock:
            return {key: value for key, value in (self.request | self.shown).items() if key != "Tags"}


class JobStore:
    """All jobs by account, region, kind and name. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: dict[tuple[Scope, str, str], Job] = {}

    def add(self, job: Job) -> bool:
        """Keep a job; False when the name is taken."""
        with self._lock:
            key = (job.scope, job.kind, job.name)
            if key in self._jobs:
                return False
            self._jobs[key] = job
            return True

    def get(self, scope: Scope, kind: str, name: str) -> Job | None:
        """A job, or None."""
        with self._lock:
            return self._jobs.get((scope, kind, name))

    def of(self, scope: Scope, kind: str) -> list[Job]:
        """All jobs of a kind, the oldest first."""
        with self._lock:
            return [job for job in self._jobs.values() if job.scope == scope and job.kind == kind]
