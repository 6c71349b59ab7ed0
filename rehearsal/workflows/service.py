"""GitHub Actions of the stand-in GitHub: events start the workflows of their commit, in the background."""

from __future__ import annotations

import io
import itertools
import logging
import os
import threading
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from rehearsal import environment
from rehearsal.github.ports import GitHub, GitHubEvent
from rehearsal.ports import Platform
from rehearsal.workflows import matching
from rehearsal.workflows.concurrency import Groups, Place
from rehearsal.workflows.engine import Engine
from rehearsal.workflows.errors import WorkflowError
from rehearsal.workflows.expressions.evaluation import Scope
from rehearsal.workflows.id_tokens import IdTokenServer
from rehearsal.workflows.matching import InputError
from rehearsal.workflows.model import Workflow
from rehearsal.workflows.ports import AwsEndpoint, Machine, RunFacts, Toolchain
from rehearsal.workflows.results import CANCELLED, COMPLETED, FAILURE, WorkflowRun
from rehearsal.workflows.templates import EvaluationError
from rehearsal.workflows.workflow_file import parse

log = logging.getLogger(__name__)
FOLDER = ".github/workflows"
_CLOSE_SECONDS = 60.0
_LEAST_JOBS = 4  # that run at the same time, on machines with few cores
_FIRST_ID = 9_000_000_000


class Workflows:
    """The workflow runs of all repositories. Thread-safe.

    `aws` is the embedded AWS as jobs reach it; `readable` are files that jobs see besides their own; `on_line` gets
    the lines of logs with the name of their job.
    """

    def __init__(
        self,
        machine: Machine,
        github: GitHub,
        toolchain: Toolchain,
        *,
        aws: AwsEndpoint | None = None,
        readable: tuple[Path, ...] = (),
        on_line: Callable[[str, str], None] | None = None,
    ) -> None:
        self._machine, self._github, self._toolchain = machine, github, toolchain
        self._aws, self._readable, self._on_line = aws, readable, on_line
        self._tokens = IdTokenServer(machine.confinement, github.id_token)
        self._runs: list[WorkflowRun] = []
        self._engines: dict[int, Engine] = {}
        self._groups = Groups()
        self._slots = threading.BoundedSemaphore(max(_LEAST_JOBS, os.cpu_count() or 1))
        self._ids = itertools.count(_FIRST_ID)
        self._lock = threading.Lock()
        github.on_event(self.receive)

    @classmethod
    def on(cls, platform: Platform, github: GitHub, toolchain: Toolchain) -> Workflows:
        """Those of an embedded AWS: jobs that may ask for a token get credentials of its roles."""
        variables = environment.for_clients(platform.endpoint)
        aws = AwsEndpoint(platform.endpoint, variables)
        return cls(platform, github, toolchain, aws=aws)

    def __getstate__(self) -> dict[str, Any]:
        """What a snapshot keeps: none runs then."""
        return vars(self) | {"_engines": {}}

    def runs(self, repository: str) -> list[WorkflowRun]:
        """The runs of a repository (`owner/name`), oldest first; they go on changing until they are finished."""
        with self._lock:
            return [run for run in self._runs if run.repository.lower() == repository.lower()]

    def wait(self, repository: str, sha: str | None = None, timeout: float | None = None) -> list[WorkflowRun]:
        """The runs of a repository (of one commit), each at its end or after `timeout` seconds."""
        found = [run for run in self.runs(repository) if sha is None or run.sha == sha]
        for run in found:
            run.wait(timeout)
        return found

    def cancel(self, run: WorkflowRun) -> None:
        """End a run."""
        with self._lock:
            engine = self._engines.get(run.id)
        if engine:
            engine.cancel()

    def close(self) -> None:
        """End what runs, wait for what ended jobs keep, and answer nothing more."""
        with self._lock:
            engines = [(engine, run) for run in self._runs if (engine := self._engines.get(run.id))]
        for engine, run in engines:
            if not run.finished.is_set():
                engine.cancel()
        for engine, _ in engines:
            engine.join(_CLOSE_SECONDS)
        self._tokens.end()

    def receive(self, event: GitHubEvent) -> None:
        """Start what an event starts."""
        if event.payload.get("deleted"):  # a branch or tag, of which no commit is left to look at
            return
        names = sorted(self._digests(event.repository, event.sha))
        only = event.payload.get("workflow") if event.name == "workflow_dispatch" else None
        for path in names:
            folder, _, name = path.rpartition("/")
            if folder == FOLDER and name.endswith((".yml", ".yaml")) and only in (None, path):
                self._consider(path, event)

    def start(self, path: str, event: GitHubEvent, *, only: str | None = None) -> WorkflowRun:
        """Start one workflow file for an event that fits, or not; `only` is the one job that is wanted.

        Raises WorkflowError, InputError.
        """
        workflow = parse(self._text(path, event), path)
        return self._begin(workflow, event, only)

    def _text(self, path: str, event: GitHubEvent) -> str:
        data = self._github.read(event.repository, event.sha, path)
        return (data or b"").decode("utf-8", errors="replace")

    def _consider(self, path: str, event: GitHubEvent) -> None:
        try:
            workflow = parse(self._text(path, event), path)
        except WorkflowError as error:  # GitHub shows such a file as a run that failed
            self._broken(path, event, str(error))
            return
        if matching.starts(workflow, event.name, event.ref, event.payload, self._changed(workflow, event)):
            try:
                self._begin(workflow, event, None)
            except InputError as error:
                self._broken(path, event, str(error))

    def _changed(self, workflow: Workflow, event: GitHubEvent) -> set[str] | None:
        """The files that an event changed, for path filters; None where nobody knows, which lets everything pass."""
        trigger = workflow.triggers.get(event.name)
        if trigger is None or (trigger.filters.paths, trigger.filters.paths_ignore) == (None, None):
            return None
        before = matching.before(event.payload)
        if before is None:
            return matching.changed(event.payload)
        try:
            old = self._digests(event.repository, before)
        except KeyError:
            return None
        new = self._digests(event.repository, event.sha)
        return {name for name in {*old, *new} if old.get(name) != new.get(name)}

    def _digests(self, repository: str, sha: str) -> dict[str, int]:
        """The files of a commit, each with its checksum. Raises KeyError."""
        with zipfile.ZipFile(io.BytesIO(self._github.archive(repository, sha))) as archive:
            return {each.filename: each.CRC for each in archive.infolist() if not each.is_dir()}

    def _broken(self, path: str, event: GitHubEvent, message: str) -> None:
        run = self._new_run(Workflow(path, path, {}, {}), event)
        run.status, run.conclusion, run.message = COMPLETED, FAILURE, message
        run.finished.set()

    def _new_run(self, workflow: Workflow, event: GitHubEvent) -> WorkflowRun:
        with self._lock:
            number = 1 + sum(run.workflow.path == workflow.path and run.repository == event.repository
                             for run in self._runs)  # fmt: skip
            run = WorkflowRun(next(self._ids), number, workflow, event.repository, event.name, event.ref, event.sha)
            self._runs.append(run)
        return run

    def _begin(self, workflow: Workflow, event: GitHubEvent, only: str | None) -> WorkflowRun:
        run = self._new_run(workflow, event)
        facts = self._facts(run, event)
        engine = Engine(facts, self._groups, only)
        with self._lock:
            self._engines[run.id] = engine
        self._machine.background(lambda: self._run(engine, run), f"workflow run {run.id}")
        return run

    def _facts(self, run: WorkflowRun, event: GitHubEvent) -> RunFacts:
        trigger = run.workflow.triggers.get(event.name)
        given: Mapping[str, Any] = event.payload.get("inputs") or {}
        wanted = trigger is not None and event.name == "workflow_dispatch"
        return RunFacts(
            run=run,
            event=event,
            github=self._github,
            machine=self._machine,
            toolchain=self._toolchain,
            tokens=self._tokens,
            aws=self._aws,
            inputs=matching.inputs(trigger, given) if wanted and trigger else {},
            variables=self._github.variables(event.repository),
            on_line=self._on_line,
            slots=self._slots,
            readable=self._readable,
        )

    def _run(self, engine: Engine, run: WorkflowRun) -> None:
        concurrency = run.workflow.concurrency
        try:
            if concurrency is None:
                engine.run()
                return
            place = Place.of(concurrency, run.repository, Scope(engine.contexts()))
        except EvaluationError as error:
            run.status, run.conclusion = COMPLETED, FAILURE
            run.message = f"{run.workflow.path}:{error.line}: {error}"
            run.finished.set()
            return
        with self._groups.turn(place, engine.cancel) as mine:
            if mine:
                engine.place = place
                engine.run()
            else:
                run.status, run.conclusion = COMPLETED, CANCELLED
                run.message = "a newer run of its concurrency group took its place"
                run.finished.set()
