"""Runs a workflow for an event: jobs in the order of their needs, matrices, what becomes of the whole."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rehearsal.workflows import contexts
from rehearsal.workflows.common_keys import DEFAULT_PERMISSIONS
from rehearsal.workflows.concurrency import Groups, Place
from rehearsal.workflows.expressions.evaluation import Scope
from rehearsal.workflows.expressions.values import to_number, to_text
from rehearsal.workflows.job_reading import labels_problem
from rehearsal.workflows.job_runner import JobRunner
from rehearsal.workflows.matrix import Combination, MatrixError, combinations, job_name
from rehearsal.workflows.model import Job, Permissions
from rehearsal.workflows.ports import RunFacts
from rehearsal.workflows.results import (
    CANCELLED,
    COMPLETED,
    FAILURE,
    IN_PROGRESS,
    SKIPPED,
    SUCCESS,
    JobResult,
)
from rehearsal.workflows.templates import EvaluationError, resolve


@dataclass
class _Legs:
    """The jobs of one id: one, or those of a matrix. `waiting` are not begun yet."""

    job: Job
    waiting: list[JobRunner] = field(default_factory=list)
    running: list[JobRunner] = field(default_factory=list)
    ended: list[JobRunner] = field(default_factory=list)
    most: float = float("inf")
    fail_fast: bool = True
    despite: bool = False  # whether they begin although the run was cancelled
    result: str = ""
    outputs: dict[str, str] = field(default_factory=dict)


class Engine:
    """One run. `run` ends with it, `cancel` may come from any thread; `only` is the one job that is wanted."""

    def __init__(self, facts: RunFacts, groups: Groups, only: str | None = None) -> None:
        self.place: Place | None = None  # the concurrency group of the run itself
        self._facts, self._groups = facts, groups
        self._run = facts.run
        self._jobs = _wanted(facts.run.workflow.jobs, only)
        self._legs: dict[str, _Legs] = {}
        self._ended: queue.Queue[JobRunner | None] = queue.Queue()
        self._cancelled = threading.Event()
        self._github = contexts.github(facts)
        self._threads: list[threading.Thread] = []
        self._number = 0

    def cancel(self) -> None:
        """End what runs and begin nothing more that does not ask for it."""
        self._cancelled.set()
        self._ended.put(None)

    def run(self) -> None:
        """All jobs; the result is in the run. Raises nothing of the workflow's."""
        run = self._run
        run.status, run.start = IN_PROGRESS, time.time()
        try:
            run.name = self._name()
            while len(self._finished()) < len(self._jobs):
                if not self._begin_some():
                    self._take(self._ended.get())
            run.conclusion = self._conclusion()
        except EvaluationError as error:
            run.conclusion, run.message = FAILURE, f"{run.workflow.path}:{error.line}: {error}"
        finally:
            run.conclusion = run.conclusion or FAILURE
            run.status, run.end = COMPLETED, time.time()
            run.finished.set()

    def _name(self) -> str:
        template = self._run.workflow.run_name
        found = template.text(Scope(self.contexts())) if template else ""
        return found.strip() or self._run.workflow.name

    def contexts(self) -> dict[str, Any]:
        """What is known before any job."""
        return {"github": self._github, "inputs": dict(self._facts.inputs), "vars": dict(self._facts.variables)}

    def _finished(self) -> list[str]:
        return [name for name, legs in self._legs.items() if legs.result]

    def _begin_some(self) -> bool:
        """Whether a job of the workflow was decided or begun, so that others may be ready now."""
        changed = False
        for name, job in self._jobs.items():
            if name not in self._legs and all(self._done(needed) for needed in job.needs):
                self._legs[name] = self._decide(job)
                changed = True
        for legs in self._legs.values():
            while legs.waiting and len(legs.running) < legs.most:
                if self._cancelled.is_set() and not legs.despite:
                    self._drop(legs)
                    changed = True
                    break
                runner = legs.waiting.pop(0)
                legs.running.append(runner)
                self._start(runner)
                changed = True
        return changed

    def _done(self, name: str) -> bool:
        return name in self._legs and bool(self._legs[name].result)

    def _start(self, runner: JobRunner) -> None:
        def call() -> None:
            try:
                self._in_turn(runner)
            finally:
                self._ended.put(runner)
            runner.close()

        self._threads.append(self._facts.machine.background(call, f"workflow {self._run.id} {runner.result.name}"))

    def join(self, seconds: float) -> None:
        """Wait until its jobs have tidied up, so long at most for each."""
        for thread in list(self._threads):
            thread.join(seconds)

    def _in_turn(self, runner: JobRunner) -> None:
        place = runner.place
        if place is None:
            with self._facts.slots:
                runner.run()
        elif self.place and place.group == self.place.group:
            runner.leave("its concurrency group is that of the whole run, which it would wait for")
        else:
            with self._groups.turn(place, runner.cancel) as mine:
                if mine:
                    with self._facts.slots:
                        runner.run()
                else:
                    runner.leave("a newer job of its concurrency group took its place")

    def _decide(self, job: Job) -> _Legs:
        """Whether a job runs, and as what."""
        legs = _Legs(job, despite=self._cancelled.is_set())
        needs = {name: {"result": self._legs[name].result, "outputs": self._legs[name].outputs} for name in job.needs}
        found = {**self.contexts(), "needs": needs}
        scope = Scope(found, self._status(job))
        try:
            if not job.condition.holds(scope):
                result = CANCELLED if self._cancelled.is_set() else SKIPPED
                self._close(legs, JobResult(job.id, self._job_name(job, scope, {}), conclusion=result), result)
                return legs
            self._expand(legs, scope)
        except (EvaluationError, MatrixError) as error:
            line = error.line if isinstance(error, EvaluationError) else job.strategy.line
            self._run.message = f"{self._run.workflow.path}:{line}: {error}"
            self._close(legs, JobResult(job.id, job.id, conclusion=FAILURE), FAILURE)
        return legs

    def _close(self, legs: _Legs, result: JobResult, conclusion: str) -> None:
        result.status, legs.result = COMPLETED, conclusion
        self._run.jobs.append(result)

    def _status(self, job: Job) -> dict[str, Callable[..., Any]]:
        results = [self._legs[name].result for name in _ancestors(job, self._jobs)]
        cancelled = self._cancelled.is_set()
        return {
            "success": lambda: not cancelled and all(result == SUCCESS for result in results),
            "failure": lambda: not cancelled and FAILURE in results,
            "cancelled": lambda: cancelled,
            "always": lambda: True,
        }

    def _expand(self, legs: _Legs, scope: Scope) -> None:
        """The jobs of a matrix. Raises EvaluationError, MatrixError."""
        job, strategy = legs.job, legs.job.strategy
        found: list[Combination] = [{}]
        if strategy.matrix is not None:
            found = combinations(resolve(strategy.matrix, scope))
        if strategy.fail_fast:
            legs.fail_fast = strategy.fail_fast.value(scope) is not False
        if strategy.max_parallel:
            legs.most = max(to_number(strategy.max_parallel.value(scope)), 1)
        for index, combination in enumerate(found):
            about = {
                "fail-fast": legs.fail_fast,
                "job-index": index,
                "job-total": len(found),
                "max-parallel": len(found) if legs.most == float("inf") else legs.most,
            }
            known = {**scope.contexts, "strategy": about, "matrix": combination}
            legs.waiting.append(self._runner(job, combination, Scope(known, scope.functions)))

    def _runner(self, job: Job, combination: Combination, scope: Scope) -> JobRunner:
        wrong = labels_problem(resolve(job.runs_on, scope))
        if wrong:
            raise EvaluationError(job.line, f"jobs.{job.id}.runs-on: {wrong}")
        result = JobResult(job.id, self._job_name(job, scope, combination), combination)
        result.environment = job.environment.text(scope) if job.environment else ""
        result.permissions = permissions(job, self._facts)
        self._run.jobs.append(result)
        self._number += 1
        folder = self._facts.directory / f"{self._run.id}-{self._number}"
        made = JobRunner(self._facts, job, result, contexts=scope.contexts, folder=folder)
        made.place = Place.of(job.concurrency, self._run.repository, scope) if job.concurrency else None
        return made

    def _job_name(self, job: Job, scope: Scope, combination: Combination) -> str:
        return job.name.text(scope) if job.name else job_name(job.id, combination)

    def _take(self, runner: JobRunner | None) -> None:
        """A job ended, or (None) all are to end."""
        if runner is None:
            for legs in self._legs.values():
                for each in legs.running:
                    each.cancel()
            return
        legs = next(each for each in self._legs.values() if runner in each.running)
        legs.running.remove(runner)
        legs.ended.append(runner)
        legs.outputs |= runner.result.outputs
        if runner.result.conclusion == FAILURE and legs.fail_fast and not runner.tolerated:
            for each in legs.running:
                each.cancel()
            self._drop(legs)
        if not legs.waiting and not legs.running:
            legs.result = _together(legs)

    def _drop(self, legs: _Legs) -> None:
        for each in legs.waiting:
            each.result.status, each.result.conclusion = COMPLETED, CANCELLED
            legs.ended.append(each)
        legs.waiting.clear()
        if not legs.running:
            legs.result = _together(legs)

    def _conclusion(self) -> str:
        results = [legs.result for legs in self._legs.values()]
        if FAILURE in results:
            return FAILURE
        if CANCELLED in results or self._cancelled.is_set():
            return CANCELLED
        return SKIPPED if all(result == SKIPPED for result in results) else SUCCESS


def _together(legs: _Legs) -> str:
    found = [SUCCESS if each.tolerated else each.result.conclusion for each in legs.ended]
    return next((result for result in (FAILURE, CANCELLED) if result in found), SUCCESS)


def _ancestors(job: Job, jobs: Mapping[str, Job]) -> set[str]:
    found: set[str] = set()
    waiting = list(job.needs)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += jobs[name].needs
    return found


def _wanted(jobs: Mapping[str, Job], only: str | None) -> dict[str, Job]:
    """All jobs, or one and those it needs."""
    if only is None:
        return dict(jobs)
    names = _ancestors(jobs[only], jobs) | {only}
    return {name: job for name, job in jobs.items() if name in names}


def permissions(job: Job, facts: RunFacts) -> Permissions:
    """What the token of a job may do; for a pull request of a fork, read at most."""
    given = job.permissions if job.permissions is not None else facts.run.workflow.permissions
    found = {**(DEFAULT_PERMISSIONS if given is None else given), "metadata": "read"}
    if facts.event.from_fork:
        found = {scope: "read" if access == "write" else access for scope, access in found.items()}
        found.pop("id-token", None)
    return {scope: to_text(access) for scope, access in found.items() if access != "none"}
