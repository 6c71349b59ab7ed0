"""Runs one job: its machine, its steps, what its actions do afterwards, its outputs."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rehearsal.workflows.actions.registry import use
from rehearsal.workflows.concurrency import Place
from rehearsal.workflows.job_session import JobError, JobSession
from rehearsal.workflows.log_commands import StepLog
from rehearsal.workflows.model import Job
from rehearsal.workflows.ports import RunFacts
from rehearsal.workflows.results import (
    CANCELLED,
    COMPLETED,
    FAILURE,
    IN_PROGRESS,
    SUCCESS,
    JobResult,
    StepResult,
)
from rehearsal.workflows.steps import Steps, minutes_of
from rehearsal.workflows.templates import EvaluationError

log = logging.getLogger(__name__)
_MINUTES = 360.0  # that a job may take, at most


class JobRunner:
    """One job of a run. `run` in a thread of its own, `cancel` from any."""

    def __init__(
        self, facts: RunFacts, job: Job, result: JobResult, *, contexts: Mapping[str, Any], folder: Path
    ) -> None:
        self.result = result
        self.tolerated = False  # whether its failure is none for the run
        self.place: Place | None = None  # its concurrency group
        self._facts, self._job = facts, job
        self._contexts, self._folder = contexts, folder
        self._session: JobSession | None = None
        self._cancelled = False

    def cancel(self) -> None:
        """End it; steps with always() and cancelled() still run."""
        self._cancelled = True
        if self._session:
            self._session.cancel()

    def leave(self, reason: str) -> None:
        """Not run it at all."""
        self._note(reason)
        self.result.status, self.result.conclusion = COMPLETED, CANCELLED

    def close(self) -> None:
        """Tidy up, when everybody knows of its end."""
        if self._session:
            self._session.close()

    def run(self) -> None:
        """The whole job. Raises nothing: what fails is in the result."""
        result = self.result
        result.status, result.start = IN_PROGRESS, time.time()
        try:
            with self._facts.machine.spans.span("workflow job", f"{self._facts.run.name} {result.name}"):
                result.conclusion = self._run()
        except Exception as error:
            log.exception("job %s failed inside the workflow runner", result.name)
            self._note(f"the job failed inside the rehearsal: {error!r}")
            result.conclusion = FAILURE
        finally:
            result.status, result.end = COMPLETED, time.time()

    def _run(self) -> str:
        session = JobSession(self._facts, self._job, self.result, before=self._contexts, folder=self._folder)
        self._session = session
        if self._cancelled:
            session.cancel()
        try:
            return self._in_session(session)
        finally:
            session.end()

    def _in_session(self, session: JobSession) -> str:
        job, result, workflow = self._job, self.result, self._facts.run.workflow
        setup = self._begin("Set up job")
        setup_log = self._log(session, setup)
        steps = Steps(session, use, defaults=(job.defaults, workflow.defaults))
        try:
            session.open(setup_log.line)
            scope = session.scope({}, {})
            session.env |= {name: value.text(scope) for name, value in workflow.env.items()}
            session.env |= {name: value.text(scope) for name, value in job.env.items()}
            minutes = min(minutes_of(job.timeout, scope), _MINUTES)
            self.tolerated = bool(job.continue_on_error and job.continue_on_error.value(scope) is True)
        except (JobError, EvaluationError) as error:
            return self._failed(setup, setup_log, error)
        self._end(setup, SUCCESS)
        steps.deadline = time.monotonic() + minutes * 60
        for step in job.steps:
            found = StepResult(len(result.steps), "")
            result.steps.append(found)
            steps.run(step, found, self._log(session, found))
            if time.monotonic() > steps.deadline and not session.cancelled.is_set():
                self._note(f"the job has exceeded its maximum execution time of {minutes:g} minutes")
                session.cancelled.set()
                steps.status = FAILURE
        self._posts(session, steps)
        return self._finish(session, steps)

    def _posts(self, session: JobSession, steps: Steps) -> None:
        for name, call in reversed(steps.posts):
            found = self._begin(name)
            post_log = self._log(session, found)
            try:
                call(post_log)
                self._end(found, SUCCESS)
            except Exception as error:
                post_log.annotate("error", str(error))
                self._end(found, FAILURE)
                steps.status = FAILURE if steps.status == SUCCESS else steps.status

    def _finish(self, session: JobSession, steps: Steps) -> str:
        done = self._begin("Complete job")
        done_log = self._log(session, done)
        try:
            scope = steps.scope()
            for name, template in self._job.outputs.items():
                value = template.text(scope)
                if session.masks.hidden_in(value):
                    done_log.annotate("warning", f"Skip output '{name}' since it may contain secret.")
                elif value:
                    self.result.outputs[name] = value
            if self._job.environment_url:
                self.result.environment_url = self._job.environment_url.text(scope)
        except (EvaluationError, JobError) as error:
            return self._failed(done, done_log, error)
        self._end(done, SUCCESS)
        timed_out = steps.status == FAILURE
        return CANCELLED if session.cancelled.is_set() and not timed_out else steps.status

    def _begin(self, name: str) -> StepResult:
        found = StepResult(len(self.result.steps), name, IN_PROGRESS, start=time.time())
        self.result.steps.append(found)
        return found

    def _end(self, found: StepResult, conclusion: str) -> None:
        found.status, found.outcome, found.conclusion, found.end = COMPLETED, conclusion, conclusion, time.time()

    def _failed(self, found: StepResult, found_log: StepLog, error: Exception) -> str:
        line = f"{self._facts.run.workflow.path}:{error.line}: " if isinstance(error, EvaluationError) else ""
        found_log.annotate("error", f"{line}{error}")
        self._end(found, FAILURE)
        return FAILURE

    def _log(self, session: JobSession, found: StepResult) -> StepLog:
        on_line = self._facts.on_line
        say = (lambda text: on_line(self.result.name, text)) if on_line else None
        return StepLog(found, session.masks, say)

    def _note(self, message: str) -> None:
        found = self.result.steps[-1] if self.result.steps else self._begin("Set up job")
        found.add(f"##[error]{message}")
        if found.status != COMPLETED:
            self._end(found, FAILURE)
