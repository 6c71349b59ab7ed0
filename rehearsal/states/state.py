"""State machines and executions as the API shows them."""

from __future__ import annotations

import datetime
import threading
from dataclasses import dataclass, field
from typing import Any

from rehearsal.api import Params

Scope = tuple[str, str]
"""Account and region."""


def now() -> datetime.datetime:
    """The current time, UTC."""
    return datetime.datetime.now(datetime.UTC)


@dataclass
class Machine:
    """A state machine; `parsed` is its checked definition. `kind` is STANDARD or EXPRESS."""

    name: str
    arn: str
    scope: Scope
    kind: str
    definition: str
    parsed: dict[str, Any]
    role: str
    logging: Params
    tracing: Params
    revision: str
    created: datetime.datetime
    tags: dict[str, str] = field(default_factory=dict)


@dataclass
class Execution:
    """An execution. `status` is RUNNING, SUCCEEDED or FAILED."""

    name: str
    arn: str
    machine: Machine
    input: str
    started: datetime.datetime
    status: str = "RUNNING"
    stopped: datetime.datetime | None = None
    output: str | None = None
    error: str | None = None
    cause: str | None = None
    history: list[Params] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    def describe(self) -> Params:
        """The answer of DescribeExecution."""
        return {
            "executionArn": self.arn,
            "stateMachineArn": self.machine.arn,
            "name": self.name,
            "status": self.status,
            "startDate": self.started,
            "stopDate": self.stopped,
            "input": self.input,
            "output": self.output,
            "error": self.error,
            "cause": self.cause,
        }
