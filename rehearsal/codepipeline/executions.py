"""Executions: start, stop, retry, approve, and what they did."""

from __future__ import annotations

from rehearsal.api import ApiError, Caller, Params, invalid, unsupported
from rehearsal.codepipeline import views
from rehearsal.codepipeline.actions import PROVIDERS
from rehearsal.codepipeline.engine import Engine
from rehearsal.codepipeline.models import Approval, Execution, Pipeline, Status, Trigger, now
from rehearsal.codepipeline.pipelines import Pipelines, Triggers
from rehearsal.params import only, page

_REVISIONS = {
    "CodeCommit": ("COMMIT_ID",),
    "CodeStarSourceConnection": ("COMMIT_ID",),
    "S3": ("S3_OBJECT_VERSION_ID", "S3_OBJECT_KEY"),
}


class ExecutionOperations:
    """The operations on executions."""

    def __init__(self, pipelines: Pipelines, engine: Engine, triggers: Triggers) -> None:
        self._pipelines = pipelines
        self._engine = engine
        self._triggers = triggers

    def start_pipeline_execution(self, caller: Caller, params: Params) -> Params:
        """Start an execution, with values of pipeline variables and revisions of sources."""
        only(params, {"name", "variables", "clientRequestToken", "sourceRevisions"}, "StartPipelineExecution")
        pipeline, token = self._pipelines.at(caller.scope, params["name"]), params.get("clientRequestToken")
        trigger = self._triggers.pop(token)
        variables = {each["name"]: each["value"] for each in params.get("variables") or []}
        overrides = _overrides(pipeline, params.get("sourceRevisions") or [])
        with pipeline.condition:  # two requests with one token may come at the same time
            if token in pipeline.tokens:
                return {"pipelineExecutionId": pipeline.tokens[token]}
            trigger = trigger or Trigger("StartPipelineExecution", caller.arn)
            made = begin(self._engine, pipeline, trigger, variables, overrides, strict=True)
            if token:
                pipeline.tokens[token] = made.execution_id
        return {"pipelineExecutionId": made.execution_id}

    def stop_pipeline_execution(self, caller: Caller, params: Params) -> Params:
        """Stop an execution after its running actions, or abandon those.

        Raises ApiError PipelineExecutionNotStoppableException or DuplicatedStopRequestException.
        """
        only(params, {"pipelineName", "pipelineExecutionId", "abandon", "reason"}, "StopPipelineExecution")
        pipeline = self._pipelines.at(caller.scope, params["pipelineName"])
        with pipeline.condition:
            try:
                execution = _execution(pipeline, params["pipelineExecutionId"])
            except ApiError as error:
                raise ApiError("PipelineExecutionNotStoppableException", error.message) from None
            abandon = bool(params.get("abandon"))
            if execution.status == Status.STOPPING and not (abandon and not execution.abandoned.is_set()):
                raise ApiError("DuplicatedStopRequestException", "The execution is stopping already.")
            if not execution.running:
                text = f"The execution {execution.execution_id} has ended: {execution.status}"
                raise ApiError("PipelineExecutionNotStoppableException", text)
            self._engine.stop(pipeline, execution, abandon=abandon, reason=params.get("reason"))
        return {"pipelineExecutionId": execution.execution_id}

    def retry_stage_execution(self, caller: Caller, params: Params) -> Params:
        """Run the failed actions of a stage again, or all of them.

        Raises ApiError StageNotRetryableException or NotLatestPipelineExecutionException.
        """
        only(params, {"pipelineName", "stageName", "pipelineExecutionId", "retryMode"}, "RetryStageExecution")
        pipeline, stage = self._pipelines.at(caller.scope, params["pipelineName"]), params["stageName"]
        with pipeline.condition:
            execution = _execution(pipeline, params["pipelineExecutionId"])
            _declared_stage(pipeline, stage)
            if execution.running or execution.stages.get(stage) not in (Status.FAILED, Status.STOPPED):
                text = (
                    f"Stage {stage} of this execution is {execution.stages.get(stage, 'not started')}: nothing to retry"
                )
                raise ApiError("StageNotRetryableException", text)
            if execution.version != pipeline.version:
                text = f"The pipeline was changed since: the execution ran version {execution.version}"
                raise ApiError("StageNotRetryableException", text)
            if pipeline.gate(stage).latest is not execution and execution.mode != "PARALLEL":
                text = f"A later execution went into stage {stage}"
                raise ApiError("NotLatestPipelineExecutionException", text)
            self._engine.retry(pipeline, execution, stage, all_actions=params.get("retryMode") == "ALL_ACTIONS")
        return {"pipelineExecutionId": execution.execution_id}

    def put_approval_result(self, caller: Caller, params: Params) -> Params:
        """Approve or reject what waits under a token.

        Raises ApiError ActionNotFoundException, InvalidApprovalTokenException or ApprovalAlreadyCompletedException.
        """
        only(params, {"pipelineName", "stageName", "actionName", "result", "token"}, "PutApprovalResult")
        pipeline = self._pipelines.at(caller.scope, params["pipelineName"])
        stage = _declared_stage(pipeline, params["stageName"])
        if params["actionName"] not in [action["name"] for action in stage["actions"]]:
            raise ApiError("ActionNotFoundException", f"Stage {stage['name']} has no action {params['actionName']}")
        result = params["result"]
        with pipeline.condition:
            runs = [
                run
                for execution in pipeline.executions
                for run in execution.actions
                if (run.stage, run.name) == (stage["name"], params["actionName"])
            ]
            run = next((run for run in runs if run.token == params["token"]), None)
            if run is None:
                raise ApiError("InvalidApprovalTokenException", "Invalid approval token: nothing waits for it")
            if run.approval or run.status != Status.IN_PROGRESS:
                text = "The approval action has already been approved or rejected."
                raise ApiError("ApprovalAlreadyCompletedException", text)
            run.approval = Approval(result["status"] == "Approved", result.get("summary") or "", caller.arn)
            pipeline.condition.notify_all()
        return {"approvedAt": now()}

    def enable_stage_transition(self, caller: Caller, params: Params) -> None:
        """Let executions into a stage."""
        only(params, {"pipelineName", "stageName", "transitionType"}, "EnableStageTransition")
        self._switch(caller, params, True)

    def disable_stage_transition(self, caller: Caller, params: Params) -> None:
        """Keep executions out of a stage."""
        only(params, {"pipelineName", "stageName", "transitionType", "reason"}, "DisableStageTransition")
        self._switch(caller, params, False)

    def _switch(self, caller: Caller, params: Params, enabled: bool) -> None:
        if params["transitionType"] != "Inbound":
            raise unsupported(f"transitionType {params['transitionType']}")
        pipeline = self._pipelines.at(caller.scope, params["pipelineName"])
        stage = _declared_stage(pipeline, params["stageName"])["name"]
        with pipeline.condition:
            gate = pipeline.gate(stage)
            gate.enabled, gate.reason = enabled, params.get("reason")
            gate.changed_by, gate.changed_at = caller.arn, now()
            pipeline.condition.notify_all()

    def get_pipeline_state(self, caller: Caller, params: Params) -> Params:
        """Where every stage and action is."""
        only(params, {"name"}, "GetPipelineState")
        pipeline = self._pipelines.at(caller.scope, params["name"])
        with pipeline.condition:
            return views.state(pipeline)

    def get_pipeline_execution(self, caller: Caller, params: Params) -> Params:
        """One execution."""
        only(params, {"pipelineName", "pipelineExecutionId"}, "GetPipelineExecution")
        pipeline = self._pipelines.at(caller.scope, params["pipelineName"])
        with pipeline.condition:
            shown = _execution(pipeline, params["pipelineExecutionId"])
            return {"pipelineExecution": views.execution(pipeline, shown)}

    def list_pipeline_executions(self, caller: Caller, params: Params) -> Params:
        """The executions, newest first."""
        only(params, {"pipelineName", "maxResults", "filter", "nextToken"}, "ListPipelineExecutions")
        pipeline = self._pipelines.at(caller.scope, params["pipelineName"])
        with pipeline.condition:
            executions = list(reversed(pipeline.executions))
            stage = ((params.get("filter") or {}).get("succeededInStage") or {}).get("stageName")
            if stage:
                executions = [each for each in executions if each.stages.get(stage) == Status.SUCCEEDED]
            found, token = page(executions, params.get("nextToken"), params.get("maxResults") or 100)
            summaries = [views.execution(pipeline, each) for each in found]
        return {"pipelineExecutionSummaries": summaries, "nextToken": token}

    def list_rule_executions(self, caller: Caller, params: Params) -> Params:
        """None: pipelines with conditions are refused."""
        whole = dict(params)  # whatever filter there is
        self._pipelines.at(caller.scope, whole["pipelineName"])
        return {"ruleExecutionDetails": []}

    def list_action_types(self, caller: Caller, params: Params) -> Params:
        """The types of actions that can be used here."""
        only(params, {"actionOwnerFilter"}, "ListActionTypes")
        rows = []
        ours = params.get("actionOwnerFilter", "AWS") == "AWS"
        for (category, name), provider in PROVIDERS.items() if ours else ():
            kind = {"category": category, "owner": "AWS", "provider": name, "version": "1"}
            limits = [{"minimumCount": low, "maximumCount": high} for low, high in (provider.inputs, provider.outputs)]
            rows.append({"id": kind, "inputArtifactDetails": limits[0], "outputArtifactDetails": limits[1]})
        return {"actionTypes": rows}

    def list_action_executions(self, caller: Caller, params: Params) -> Params:
        """The runs of actions, newest first."""
        only(params, {"pipelineName", "filter", "maxResults", "nextToken"}, "ListActionExecutions")
        pipeline = self._pipelines.at(caller.scope, params["pipelineName"])
        wanted = params.get("filter") or {}
        only(wanted, {"pipelineExecutionId", "latestInPipelineExecution"}, "the filter of ListActionExecutions")
        latest = wanted.get("latestInPipelineExecution") or {}
        execution_id = wanted.get("pipelineExecutionId") or latest.get("pipelineExecutionId")
        with pipeline.condition:
            executions = [_execution(pipeline, execution_id)] if execution_id else pipeline.executions
            runs = [(each, run) for each in executions for run in each.actions]
            if latest:
                runs = list({(run.stage, run.name): (each, run) for each, run in runs}.values())
            runs.sort(key=lambda pair: pair[1].started, reverse=True)
            found, token = page(runs, params.get("nextToken"), params.get("maxResults") or 100)
            details = [views.action_execution(pipeline, each, run) for each, run in found]
        return {"actionExecutionDetails": details, "nextToken": token}


def begin(
    engine: Engine,
    pipeline: Pipeline,
    trigger: Trigger,
    variables: dict[str, str],
    overrides: dict[str, Params],
    *,
    strict: bool = False,
) -> Execution:
    """Start an execution with the values of its variables.

    A variable without a value makes the call fail when `strict` (somebody called the API), else the execution.
    Raises ApiError ValidationException.
    """
    declared = {each["name"]: each.get("defaultValue") for each in pipeline.declaration.get("variables") or []}
    unknown = sorted(set(variables) - set(declared))
    if unknown:
        text = f"The pipeline {pipeline.name} has no variable {', '.join(unknown)}: declared are {sorted(declared)}"
        raise invalid(text)
    values = {name: variables.get(name) or default for name, default in declared.items()}
    missing = sorted(name for name, value in values.items() if not value)
    if missing:
        text = f"The pipeline {pipeline.name} needs values of the variables {', '.join(missing)}"
        if strict:
            raise invalid(text)
        return engine.refuse(pipeline, trigger, text)
    return engine.start(pipeline, trigger, {name: value for name, value in values.items() if value}, overrides)


def _overrides(pipeline: Pipeline, revisions: list[Params]) -> dict[str, Params]:
    sources = {action["name"]: action for action in pipeline.declaration["stages"][0]["actions"]}
    for revision in revisions:
        action = sources.get(revision["actionName"])
        if action is None:
            text = f"sourceRevisions: the pipeline has no source action {revision['actionName']}: {sorted(sources)}"
            raise invalid(text)
        kinds = _REVISIONS.get(action["actionTypeId"]["provider"], ())
        if revision["revisionType"] not in kinds:
            text = (
                f"sourceRevisions: {revision['actionName']} takes {' or '.join(kinds)}, got {revision['revisionType']}"
            )
            raise invalid(text)
    return {revision["actionName"]: revision for revision in revisions}


def _execution(pipeline: Pipeline, execution_id: str) -> Execution:
    found = next((each for each in pipeline.executions if each.execution_id == execution_id), None)
    if found is None:
        text = f"Pipeline {pipeline.name} has no execution {execution_id}"
        raise ApiError("PipelineExecutionNotFoundException", text)
    return found


def _declared_stage(pipeline: Pipeline, name: str) -> Params:
    found: Params | None = next((each for each in pipeline.declaration["stages"] if each["name"] == name), None)
    if found is None:
        raise ApiError("StageNotFoundException", f"Pipeline {pipeline.name} has no stage {name}")
    return found
