"""What runs: an execution goes through its stages, one thread each; gates between stages keep AWS's order.

https://docs.aws.amazon.com/codepipeline/latest/userguide/concepts-how-it-works.html
"""

from __future__ import annotations

import itertools
import logging

from rehearsal.api import Params
from rehearsal.codepipeline import metrics
from rehearsal.codepipeline.actions.base import Neighbours
from rehearsal.codepipeline.models import Execution, Pipeline, Status, Trigger, now
from rehearsal.codepipeline.notices import Notices
from rehearsal.codepipeline.runner import ActionRunner
from rehearsal.ports import EventSink, Platform

log = logging.getLogger(__name__)


class Engine:
    """Starts, stops and retries executions."""

    def __init__(self, platform: Platform, bus: EventSink, neighbours: Neighbours) -> None:
        self._platform = platform
        self._notices = Notices(bus)
        self._runner = ActionRunner(platform, neighbours, self._notices)

    def start(
        self, pipeline: Pipeline, trigger: Trigger, variables: dict[str, str], overrides: dict[str, Params]
    ) -> Execution:
        """Start an execution of the current structure in the background."""
        with pipeline.condition:
            execution = Execution(pipeline.declaration, pipeline.version, trigger, variables, overrides)
            pipeline.executions.append(execution)
            # it waits for its first stage from now on, so that executions keep the order in which they were started
            self._arrive(pipeline, execution, execution.declaration["stages"][0]["name"])
        self._notices.pipeline(pipeline, execution, "STARTED")
        self._background(pipeline, execution, 0, set())
        return execution

    def refuse(self, pipeline: Pipeline, trigger: Trigger, reason: str) -> Execution:
        """An execution that fails before it starts (a variable without a value)."""
        with pipeline.condition:
            execution = Execution(pipeline.declaration, pipeline.version, trigger, {}, {})
            pipeline.executions.append(execution)
        self._end(pipeline, execution, Status.FAILED, reason)
        return execution

    def stop(self, pipeline: Pipeline, execution: Execution, *, abandon: bool, reason: str | None) -> None:
        """Stop after the running actions, or at once when they are abandoned."""
        with pipeline.condition:
            execution.stop_requested, execution.stop_reason = True, reason
            execution.status, execution.updated = Status.STOPPING, now()
            for stage, status in execution.stages.items():
                if status == Status.IN_PROGRESS:
                    execution.stages[stage] = Status.STOPPING
            if abandon:
                execution.abandoned.set()
            pipeline.condition.notify_all()
        self._notices.pipeline(pipeline, execution, "STOPPING")

    def retry(self, pipeline: Pipeline, execution: Execution, stage: str, *, all_actions: bool) -> None:
        """Run a failed or stopped stage again, in the same execution, and what follows it."""
        stages = [each["name"] for each in execution.declaration["stages"]]
        index = stages.index(stage)
        done: set[str] = set()
        with pipeline.condition:
            if not all_actions:
                for action in execution.declaration["stages"][index]["actions"]:
                    latest = execution.latest(stage, action["name"])
                    if latest and latest.status == Status.SUCCEEDED:
                        done.add(action["name"])
            execution.status, execution.summary, execution.attempt = Status.IN_PROGRESS, None, execution.attempt + 1
            execution.stop_requested, execution.stop_reason, execution.updated = False, None, now()
            execution.abandoned.clear()
            self._arrive(pipeline, execution, stage)
        self._notices.pipeline(pipeline, execution, "RESUMED")
        self._background(pipeline, execution, index, done)

    def _background(self, pipeline: Pipeline, execution: Execution, index: int, done: set[str]) -> None:
        name = f"pipeline-{pipeline.name}-{execution.execution_id}"
        self._platform.background(lambda: self._run(pipeline, execution, index, done), name)

    def _run(self, pipeline: Pipeline, execution: Execution, index: int, done: set[str]) -> None:
        try:
            for number, stage in enumerate(execution.declaration["stages"][index:]):
                if number:
                    self._arrive(pipeline, execution, stage["name"])
                if not self._enter(pipeline, execution, stage["name"]):
                    return
                try:
                    status = self._stage(pipeline, execution, stage, done if number == 0 else set(), number == 0)
                finally:
                    self._leave(pipeline, execution, stage["name"])
                if status != Status.SUCCEEDED:
                    self._end(pipeline, execution, status)
                    return
            self._end(pipeline, execution, Status.SUCCEEDED)
        except Exception:
            if self._platform.closed.is_set():
                return
            self._end(pipeline, execution, Status.FAILED, "the embedded AWS failed inside; its log has the cause")
            raise

    def _arrive(self, pipeline: Pipeline, execution: Execution, stage: str) -> None:
        """Wait in line for a stage; in SUPERSEDED mode whoever waited there is overtaken."""
        with pipeline.condition:
            gate = pipeline.gate(stage)
            if execution.mode == "SUPERSEDED":
                order = {id(each): number for number, each in enumerate(pipeline.executions)}
                for older in list(gate.waiting):
                    if order[id(older)] < order[id(execution)]:
                        gate.waiting.remove(older)
                        older.status = Status.SUPERSEDED
            gate.waiting.append(execution)
            pipeline.condition.notify_all()

    def _enter(self, pipeline: Pipeline, execution: Execution, stage: str) -> bool:
        """Wait until the stage is free and its transition enabled; False when the execution ended meanwhile."""
        with pipeline.condition:
            gate = pipeline.gate(stage)
            while not self._platform.closed.is_set():
                superseded = execution.status == Status.SUPERSEDED
                if superseded or execution.stop_requested:
                    if execution in gate.waiting:
                        gate.waiting.remove(execution)
                    self._end(pipeline, execution, Status.SUPERSEDED if superseded else Status.STOPPED)
                    return False
                free = execution.mode == "PARALLEL" or (gate.occupant is None and gate.waiting[0] is execution)
                if gate.enabled and free:
                    gate.waiting.remove(execution)
                    gate.occupant = gate.latest = execution
                    return True
                pipeline.condition.wait(1)
            return False

    def _leave(self, pipeline: Pipeline, execution: Execution, stage: str) -> None:
        with pipeline.condition:
            gate = pipeline.gate(stage)
            if gate.occupant is execution:
                gate.occupant = None
            pipeline.condition.notify_all()

    def _stage(self, pipeline: Pipeline, execution: Execution, stage: Params, done: set[str], first: bool) -> str:
        """Run the actions by their runOrder, those of one order side by side; those in `done` are skipped."""
        name = stage["name"]
        with pipeline.condition:
            execution.stages[name] = Status.IN_PROGRESS
        self._notices.stage(pipeline, execution, name, "RESUMED" if first and execution.attempt > 1 else "STARTED")
        actions = sorted(stage["actions"], key=lambda each: each.get("runOrder") or 1)
        status = Status.SUCCEEDED
        for _, group in itertools.groupby(actions, key=lambda each: each.get("runOrder") or 1):
            todo = [action for action in group if action["name"] not in done]
            if execution.stop_requested and todo:
                status = Status.STOPPED
                break
            statuses = self._runner.run_all(pipeline, execution, name, todo)
            if Status.FAILED in statuses:
                status = Status.FAILED
                break
            if Status.ABANDONED in statuses:
                status = Status.STOPPED
                break
        with pipeline.condition:
            execution.stages[name] = status
            execution.updated = now()
        self._notices.stage(pipeline, execution, name, status.upper())
        return status

    def _end(self, pipeline: Pipeline, execution: Execution, status: str, summary: str | None = None) -> None:
        with pipeline.condition:
            if execution.stop_requested and status == Status.SUCCEEDED:
                status = Status.STOPPED  # stopped while its last actions ran
            execution.status, execution.updated = status, now()
            execution.summary = summary or execution.stop_reason or execution.summary
            pipeline.condition.notify_all()
        if status == Status.FAILED:
            metrics.failed(self._platform, pipeline)
        self._notices.pipeline(pipeline, execution, status.upper())
