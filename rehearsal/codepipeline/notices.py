"""The events of pipelines, stages and actions.

https://docs.aws.amazon.com/codepipeline/latest/userguide/detect-state-changes-cloudwatch-events.html
"""

from __future__ import annotations

from rehearsal.api import Params
from rehearsal.codepipeline.models import ActionRun, Execution, Pipeline
from rehearsal.ports import EventSink


class Notices:
    """Emits the state changes of executions. States are AWS's: STARTED, SUCCEEDED, FAILED, ..."""

    def __init__(self, bus: EventSink) -> None:
        self._bus = bus

    def pipeline(self, pipeline: Pipeline, execution: Execution, state: str) -> None:
        """A pipeline execution changed."""
        trigger = {"trigger-type": execution.trigger.kind, "trigger-detail": execution.trigger.detail}
        self._emit("Pipeline", pipeline, execution, {"execution-trigger": trigger, "state": state})

    def stage(self, pipeline: Pipeline, execution: Execution, stage: str, state: str) -> None:
        """A stage execution changed."""
        self._emit("Stage", pipeline, execution, {"stage": stage, "state": state})

    def action(self, pipeline: Pipeline, execution: Execution, run: ActionRun, state: str) -> None:
        """An action execution changed."""
        kind = run.declaration["actionTypeId"]
        detail: Params = {
            "stage": run.stage,
            "action": run.name,
            "action-execution-id": run.run_id,
            "state": state,
            "region": run.region,
            "type": {name: kind[name] for name in ("owner", "provider", "category", "version")},
            "input-artifacts": [{"name": name, "s3location": each.view()} for name, each in run.inputs.items()],
        }
        if state == "SUCCEEDED":
            outputs = [{"name": name, "s3location": each.view()} for name, each in run.outputs.items()]
            detail["output-artifacts"] = outputs
        if state in ("SUCCEEDED", "FAILED"):
            result = {
                "external-execution-id": run.external_id,
                "external-execution-url": run.external_url,
                "external-execution-summary": run.summary or (run.error[1] if run.error else None),
                "error-code": run.error[0] if run.error else None,
            }
            detail["execution-result"] = {name: value for name, value in result.items() if value}
        self._emit("Action", pipeline, execution, detail)

    def _emit(self, what: str, pipeline: Pipeline, execution: Execution, detail: Params) -> None:
        common = {
            "pipeline": pipeline.name,
            "execution-id": execution.execution_id,
            "start-time": execution.started,
            "version": float(execution.version),
            "pipeline-execution-attempt": float(execution.attempt),
        }
        self._bus.emit(
            account=pipeline.account,
            region=pipeline.region,
            source="aws.codepipeline",
            detail_type=f"CodePipeline {what} Execution State Change",
            detail=common | detail,
            resources=[pipeline.arn],
        )
