"""What is known of a job: the state the API shows and the handles by which it is waited for and stopped."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from rehearsal.api import Params
from rehearsal.named import Scope
from rehearsal.process import Child
from rehearsal.sagemaker.images import Image
from rehearsal.sagemaker.resources import Resources
from rehearsal.sagemaker.tags import Tags


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


class JobStore(Resources[Job]):
    """The jobs of one kind of all accounts; `of` is the kind, `kind` what ARNs call it."""

    def __init__(self, tags: Tags, of: str, kind: str) -> None:
        super().__init__(tags)
        self.kind, self.words = kind, f"{of.lower()} job"

    taken = (
        "ResourceInUse",
        "Job name must be unique within an AWS account and region, and a job with this name already exists ({arn})",
    )
    absent = ("ValidationException", "Requested resource not found: {words} {name}")
