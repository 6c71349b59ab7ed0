"""State as the API shows it."""

from __future__ import annotations

from typing import Any

from rehearsal.api import Params
from rehearsal.codepipeline.models import ActionRun, Execution, Pipeline, Status


def pipeline_summary(pipeline: Pipeline) -> Params:
    """An entry of ListPipelines."""
    declaration = pipeline.declaration
    return {
        "name": pipeline.name,
        "version": pipeline.version,
        "pipelineType": declaration.get("pipelineType", "V1"),
        "executionMode": declaration.get("executionMode", "SUPERSEDED"),
        "created": pipeline.created,
        "updated": pipeline.updated,
    }


def execution(pipeline: Pipeline, shown: Execution) -> Params:
    """An execution, as GetPipelineExecution and (with the members of its summaries) ListPipelineExecutions show it."""
    revisions = [
        {
            "name": artifact,
            "actionName": run.name,
            "revisionId": run.revision.revision_id,
            "revisionSummary": run.revision.summary,
            "revisionUrl": run.revision.url,
            "created": run.updated,
        }
        for run in _sources(shown)
        if run.revision
        for artifact in run.outputs
    ]
    return {
        "pipelineName": pipeline.name,
        "pipelineVersion": shown.version,
        "pipelineExecutionId": shown.execution_id,
        "status": shown.status,
        "statusSummary": shown.summary,
        "startTime": shown.started,
        "lastUpdateTime": shown.updated,
        "artifactRevisions": revisions,
        "sourceRevisions": revisions,
        "variables": [{"name": name, "resolvedValue": value} for name, value in shown.variables.items()],
        "trigger": {"triggerType": shown.trigger.kind, "triggerDetail": shown.trigger.detail},
        "stopTrigger": {"reason": shown.stop_reason} if shown.stop_reason else None,
        "executionMode": shown.mode,
        "executionType": "STANDARD",
    }


def state(pipeline: Pipeline) -> Params:
    """The answer of GetPipelineState. The caller holds the pipeline's lock."""
    return {
        "pipelineName": pipeline.name,
        "pipelineVersion": pipeline.version,
        "created": pipeline.created,
        "updated": pipeline.updated,
        "stageStates": [_stage(pipeline, number, stage) for number, stage in enumerate(pipeline.declaration["stages"])],
    }


def _stage(pipeline: Pipeline, number: int, stage: Params) -> Params:
    gate = pipeline.gate(stage["name"])
    inbound = [
        {"pipelineExecutionId": each.execution_id, "status": each.status, "type": "STANDARD"} for each in gate.waiting
    ]
    latest = gate.latest
    transition = {"enabled": gate.enabled, "lastChangedBy": gate.changed_by, "lastChangedAt": gate.changed_at}
    return {
        "stageName": stage["name"],
        "inboundExecution": inbound[-1] if inbound else None,
        "inboundExecutions": inbound,
        "inboundTransitionState": {**transition, "disabledReason": gate.reason} if number else None,
        "actionStates": [_action_state(pipeline, stage["name"], action) for action in stage["actions"]],
        "latestExecution": {
            "pipelineExecutionId": latest.execution_id,
            "status": latest.stages[stage["name"]],
            "type": "STANDARD",
        }
        if latest and stage["name"] in latest.stages
        else None,
    }


def _action_state(pipeline: Pipeline, stage: str, action: Params) -> Params:
    runs = [
        run for each in pipeline.executions for run in each.actions if (run.stage, run.name) == (stage, action["name"])
    ]
    run = max(runs, key=lambda each: each.started, default=None)
    if run is None:
        return {"actionName": action["name"]}
    revision = run.revision
    return {
        "actionName": run.name,
        "currentRevision": {"revisionId": revision.revision_id, "created": run.updated} if revision else None,
        "revisionUrl": revision.url if revision else None,
        "latestExecution": {
            "actionExecutionId": run.run_id,
            "status": run.status,
            "summary": run.summary,
            "lastStatusChange": run.updated,
            "token": run.token if run.status == Status.IN_PROGRESS else None,
            "lastUpdatedBy": run.updated_by,
            "externalExecutionId": run.external_id,
            "externalExecutionUrl": run.external_url,
            "errorDetails": _error(run),
        },
    }


def action_execution(pipeline: Pipeline, shown: Execution, run: ActionRun) -> Params:
    """An entry of ListActionExecutions."""
    kind = run.declaration["actionTypeId"]
    result = {
        "externalExecutionId": run.external_id,
        "externalExecutionSummary": run.summary or (run.error[1] if run.error else None),
        "externalExecutionUrl": run.external_url,
        "errorDetails": _error(run),
    }
    return {
        "pipelineExecutionId": shown.execution_id,
        "actionExecutionId": run.run_id,
        "pipelineVersion": shown.version,
        "stageName": run.stage,
        "actionName": run.name,
        "startTime": run.started,
        "lastUpdateTime": run.updated,
        "updatedBy": run.updated_by,
        "status": run.status,
        "input": {
            "actionTypeId": kind,
            "configuration": run.declaration.get("configuration") or {},
            "resolvedConfiguration": run.resolved,
            "roleArn": run.declaration.get("roleArn"),
            "region": run.region,
            "inputArtifacts": _artifacts(run.inputs),
            "namespace": run.declaration.get("namespace"),
        },
        "output": {
            "outputArtifacts": _artifacts(run.outputs),
            "executionResult": result,
            "outputVariables": run.variables,
        },
    }


def _sources(shown: Execution) -> list[ActionRun]:
    """The last run of each source action."""
    return list({run.name: run for run in shown.actions if run.revision}.values())


def _artifacts(locations: dict[str, Any]) -> list[Params]:
    return [{"name": name, "s3location": each.view()} for name, each in locations.items()]


def _error(run: ActionRun) -> Params | None:
    return {"code": run.error[0], "message": run.error[1]} if run.error else None
