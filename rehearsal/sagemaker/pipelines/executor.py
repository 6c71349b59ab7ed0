"""Runs executions: every step as soon as what it waits for is done, independent ones in parallel."""

from __future__ import annotations

import copy
import logging
import threading
from typing import Any

from rehearsal.api import Params
from rehearsal.sagemaker.events import Events
from rehearsal.sagemaker.jobs.failure import shorten
from rehearsal.sagemaker.listing import now
from rehearsal.sagemaker.pipelines import caching, experiments, retries, stubs
from rehearsal.sagemaker.pipelines.definition import Step
from rehearsal.sagemaker.pipelines.expressions import ExpressionError, evaluate
from rehearsal.sagemaker.pipelines.retries import Retrier
from rehearsal.sagemaker.pipelines.scope import ExecutionScope
from rehearsal.sagemaker.pipelines.state import Execution, StepRun
from rehearsal.sagemaker.steps import STEP_TYPES
from rehearsal.sagemaker.steps.base import Context, StepFailed, StepServices, StepStopped

log = logging.getLogger(__name__)

_PARALLEL = 50  # steps of one execution, when nobody says otherwise
STEP_FAILURE = "Step failure: One or multiple steps failed."


class Executor:
    """Runs one execution in threads of its own. After a failure nothing new starts and what runs is stopped."""

    def __init__(self, services: StepServices, events: Events, execution: Execution) -> None:
        self._services = services
        self._platform = services.platform
        self._events = events
        self._execution = execution
        self._scope = ExecutionScope(services.platform, execution)
        self._running: dict[str, threading.Event] = {}

    def start(self) -> None:
        """Begin, or go on with what is left, in the background; `execution.finished` is set at the end."""
        self._status("Executing", None)
        self._platform.background(self._run, f"pipeline execution {self._execution.id}")

    def stop(self) -> None:
        """Start nothing more and end what runs."""
        with self._execution.changed:
            self._status("Stopping", self._execution.status)
            self._stop_running()

    def _run(self) -> None:
        execution = self._execution
        try:
            experiments.make(self._platform, execution)
        except experiments.ExperimentError as error:
            execution.failure = shorten(str(error))
        with execution.changed:
            while True:
                if execution.status == "Executing" and not self._failed():
                    self._start_ready()
                if not self._running:
                    break
                execution.changed.wait()
            execution.end = now()
            if execution.status == "Stopping":
                self._status("Stopped", "Stopping")
            elif self._failed():
                execution.failure = execution.failure or STEP_FAILURE
                self._status("Failed", "Executing")
            else:
                self._status("Succeeded", "Executing")
        execution.finished.set()

    def _failed(self) -> bool:
        return self._execution.failure is not None or any(
            run.status == "Failed" for run in self._execution.steps.values()
        )

    def _start_ready(self) -> None:
        execution = self._execution
        for step in execution.definition.steps.values():
            if len(self._running) >= execution.parallel.get("MaxParallelExecutionSteps", _PARALLEL):
                return
            if step.name not in execution.steps and self._ready(step):
                self._start(step)

    def _ready(self, step: Step) -> bool:
        """What it waits for succeeded, and it is not on the side of a condition that was not taken."""
        if not all(self._succeeded(name) for name in step.after):
            return False
        if step.branch is None:
            return True
        return bool(self._execution.steps[step.branch.condition].properties["Outcome"] == str(step.branch.outcome))

    def _succeeded(self, name: str) -> bool:
        return name in self._execution.steps and self._execution.steps[name].status == "Succeeded"

    def _start(self, step: Step) -> None:
        run = StepRun(step.name, step.type, step.display_name, step.description)
        self._execution.steps[step.name] = run
        stopping = self._running[step.name] = threading.Event()
        self._step_event(run, None)
        self._platform.background(lambda: self._run_step(step, run, stopping), f"step {step.name}")

    def _run_step(self, step: Step, run: StepRun, stopping: threading.Event) -> None:
        status, failure = "Failed", "InternalServerError: the embedded AWS failed at this step; its log has the cause"
        try:
            self._set(run, "Executing")
            run.properties = self._perform(step, run, stopping)
            status, failure = "Succeeded", ""
        except StepStopped:
            status, failure = "Stopped", ""
        except (StepFailed, ExpressionError) as error:
            failure = str(error)
        except Exception:
            log.exception("step %s of %s", step.name, self._execution.arn)
        finally:
            with self._execution.changed:
                run.end = now()
                run.failure = shorten(failure) or None
                self._set(run, status)
                del self._running[step.name]
                if status == "Failed":
                    self._stop_running()
                self._execution.changed.notify_all()

    def _perform(self, step: Step, run: StepRun, stopping: threading.Event) -> Params:
        stub = self._platform.step_options.stubs.get(step.name)
        if stub == "Failed":
            raise StepFailed("ClientError: this step was not run: a stub says that it fails")
        if stub:
            return stubs.perform(self._context(step, run, {}, stopping), run)
        step_type = STEP_TYPES[step.type]
        arguments = evaluate(step_type.prepared(step.arguments), self._scope)
        key = caching.key(step_type.key_values(step.document, arguments))
        execution = self._execution
        if step.expires is not None:
            hit = execution.cache.find(execution.pipeline_arn, step.name, key, step.expires)
            if hit:
                run.cached_from, run.metadata = hit.execution_arn, copy.deepcopy(hit.metadata)
                return hit.properties
        properties = self._attempts(step, run, self._context(step, run, arguments, stopping))
        if step_type.cache_attributes:
            hit = caching.Hit(execution.arn, copy.deepcopy(run.metadata), properties)
            execution.cache.keep(execution.pipeline_arn, step.name, key, hit)
        return properties

    def _context(self, step: Step, run: StepRun, arguments: Params, stopping: threading.Event) -> Context:
        show, started = run.metadata.update, run.jobs.append
        return Context(self._services, self._execution, step.name, arguments, self._resolve, show, started, stopping)

    def _attempts(self, step: Step, run: StepRun, context: Context) -> Params:
        """Run the step, and again as its retry policies say. Raises StepFailed and StepStopped."""
        options = self._platform.step_options
        faults = iter(options.faults.get(step.name, ()))
        retrier = Retrier(step.retries)
        while True:
            try:
                fault = next(faults, None)
                if fault:
                    raise StepFailed(retries.words(fault), fault)
                return STEP_TYPES[step.type].run(context)
            except StepFailed as error:
                wait = retrier.wait(error.kind)
                if wait is None:
                    raise
                log.info("step %s: %s; again in %g s", step.name, error, wait * options.retry_wait_factor)
                if context.stopping.wait(wait * options.retry_wait_factor):
                    raise StepStopped from None
                run.attempt += 1

    def _resolve(self, value: Any) -> Any:
        return evaluate(value, self._scope)

    def _stop_running(self) -> None:
        for name, stopping in self._running.items():
            if not stopping.is_set():
                stopping.set()
                self._set(self._execution.steps[name], "Stopping")

    def _set(self, run: StepRun, status: str) -> None:
        with self._execution.changed:
            if run.status == "Stopping" and status == "Executing":
                return
            before, run.status = run.status, status
            self._execution.modified = now()
            self._step_event(run, before)

    def _step_event(self, run: StepRun, before: str | None) -> None:
        execution = self._execution
        cached = {"sourcePipelineExecutionArn": run.cached_from} if run.cached_from else None
        self._events.step(
            execution.scope,
            {
                "metadata": _camel(run.metadata),
                "stepStartTime": run.start,
                "stepEndTime": run.end,
                "stepName": run.name,
                "stepType": run.type,
                "previousStepStatus": before,
                "currentStepStatus": run.status,
                "failureReason": run.failure,
                "cacheHitResult": cached,
                "pipelineArn": execution.pipeline_arn,
                "pipelineExecutionArn": execution.arn,
            },
        )

    def _status(self, status: str, before: str | None) -> None:
        execution = self._execution
        execution.status, execution.modified = status, now()
        self._events.execution(
            execution.scope,
            {
                "pipelineExecutionDisplayName": execution.display_name,
                "currentPipelineExecutionStatus": status,
                "previousPipelineExecutionStatus": before,
                "executionStartTime": execution.start,
                "executionEndTime": execution.end,
                "pipelineExecutionDescription": execution.description,
                "pipelineArn": execution.pipeline_arn,
                "pipelineExecutionArn": execution.arn,
            },
        )


def _camel(value: Any) -> Any:
    if isinstance(value, dict):
        return {key[:1].lower() + key[1:]: _camel(part) for key, part in value.items()}
    return value
