"""What the workflow runner needs of its surroundings: this machine, and the tools of a runner."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from rehearsal.confinement.cage import Cage, Confinement
from rehearsal.github.ports import GitHub, GitHubEvent
from rehearsal.process import Processes
from rehearsal.spans import Spans
from rehearsal.workflows.results import WorkflowRun


class Machine(Protocol):
    """Where jobs run: `directory` is for what they write. `closed` is set when everything ends."""

    directory: Path
    processes: Processes
    confinement: Confinement
    closed: threading.Event
    spans: Spans

    def background(self, call: Callable[[], None], name: str) -> threading.Thread:
        """Run `call` in a daemon thread; what it raises goes to the log."""


class Toolchain(Protocol):
    """The tools that a machine for builds has: those of CodeBuild's builds do for runners as well."""

    def cage(self, directory: Path, read: tuple[Path, ...]) -> Cage:
        """Where something runs that works in `directory`; it sees the shared caches."""

    def prepare(
        self, cage: Cage, home: Path, runtimes: Mapping[str, str], say: Callable[[str], None]
    ) -> dict[str, str]:
        """Make `home` ready and give back the environment, with a Python of its own first on PATH.

        Raises an exception that says why when it cannot be made.
        """

    def finish(self, directory: Path, home: Path) -> None:
        """Have what was downloaded at hand for later; nothing else stays."""


class IdTokens(Protocol):
    """Where jobs ask for their OIDC tokens."""

    def open(self, claims: Mapping[str, str]) -> tuple[str, str]:
        """URL and request token (`ACTIONS_ID_TOKEN_REQUEST_URL` and `..._TOKEN`) for a job with these claims."""

    def close(self, token: str) -> None:
        """Answer a request token no more."""


@dataclass(frozen=True)
class AwsEndpoint:
    """The embedded AWS as jobs reach it; `environment` is what its clients need, without credentials."""

    url: str
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RunFacts:
    """What one run of a workflow starts from. `inputs` are those of workflow_dispatch, with their types."""

    run: WorkflowRun
    event: GitHubEvent
    github: GitHub
    machine: Machine
    toolchain: Toolchain
    tokens: IdTokens | None = None
    aws: AwsEndpoint | None = None
    inputs: Mapping[str, Any] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    on_line: Callable[[str, str], None] | None = None
    slots: contextlib.AbstractContextManager[object] = field(default_factory=contextlib.nullcontext)  # one a job
    readable: tuple[Path, ...] = ()  # what jobs see besides their own files

    @property
    def directory(self) -> Path:
        """What this run writes."""
        return self.machine.directory / "workflows" / str(self.run.id)
