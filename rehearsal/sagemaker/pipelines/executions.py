"""The operations on executions of pipelines."""

from __future__ import annotations

import secrets
import string
import threading

from rehearsal.api import ApiError, Caller, Params, unsupported
from rehearsal.sagemaker import arns, listing
from rehearsal.sagemaker.events import Events
from rehearsal.sagemaker.identity import created_by
from rehearsal.sagemaker.pipelines import parameters
from rehearsal.sagemaker.pipelines.executor import Executor
from rehearsal.sagemaker.pipelines.expressions import evaluate
from rehearsal.sagemaker.pipelines.operations import Pipelines
from rehearsal.sagemaker.pipelines.scope import ExecutionScope
from rehearsal.sagemaker.pipelines.state import Execution
from rehearsal.sagemaker.steps.base import StepServices

_ALPHABET = string.ascii_lowercase + string.digits


class Executions:
    """Starts, shows, stops and retries executions."""

    def __init__(self, services: StepServices, pipelines: Pipelines, events: Events) -> None:
        self._services = services
        self._pipelines = pipelines
        self._events = events
        self._lock = threading.Lock()
        self._executors: dict[str, Executor] = {}

    def start_pipeline_execution(self, caller: Caller, params: Params) -> Params:
        """Start an execution; the same ClientRequestToken gives the same one."""
        if "SelectiveExecutionConfig" in params:
            raise unsupported("StartPipelineExecution SelectiveExecutionConfig")
        token = params.get("ClientRequestToken", "")
        pipeline = self._pipelines.get(caller, params["PipelineName"])
        with self._pipelines.lock:
            if token and token in pipeline.tokens:
                return {"PipelineExecutionArn": pipeline.tokens[token]}
            execution = self.prepare(caller, params)
            if token:
                pipeline.tokens[token] = execution.arn
        self.begin(execution)
        return {"PipelineExecutionArn": execution.arn}

    def prepare(self, caller: Caller, params: Params) -> Execution:
        """An execution that has not begun. Raises ApiError for parameters that do not fit the pipeline's."""
        pipeline = self._pipelines.get(caller, params["PipelineName"])
        with self._pipelines.lock:
            given = params.get("PipelineParameters", [])
            version = params.get("PipelineVersionId", len(pipeline.versions))
            definition = pipeline.version(version).definition
            values = parameters.bind(definition.parameters, given)
            number = "".join(secrets.choice(_ALPHABET) for _ in range(12))
            arn = f"{pipeline.arn}/execution/{number}"
            moment = listing.now()
            execution = Execution(
                arn=arn,
                id=number,
                scope=pipeline.scope,
                pipeline_name=pipeline.name,
                pipeline_arn=pipeline.arn,
                definition=definition,
                version=version,
                role=pipeline.described["RoleArn"],
                given=given,
                values=values,
                display_name=params.get("PipelineExecutionDisplayName", f"execution-{int(moment.timestamp() * 1000)}"),
                description=params.get("PipelineExecutionDescription"),
                parallel=params.get("ParallelismConfiguration")
                or pipeline.described.get("ParallelismConfiguration", {}),
                caller=created_by(caller),
                cache=pipeline.cache,
                start=moment,
            )
            pipeline.executions[number] = execution
            pipeline.described |= {"LastRunTime": moment, "LastExecutionTime": moment}
        return execution

    def begin(self, execution: Execution) -> None:
        """Run it, or what is left of it, in the background."""
        executor = Executor(self._services, self._events, execution)
        with self._lock:
            self._executors[execution.arn] = executor
        executor.start()

    def _get(self, caller: Caller, params: Params) -> Execution:
        arn = params["PipelineExecutionArn"]
        name, _, number = arns.locate(caller.scope, "pipeline", arn).name.partition("/execution/")
        pipeline_arn = arn.partition("/execution/")[0]
        execution = self._pipelines.get(caller, pipeline_arn).executions.get(number)
        if execution is None:
            raise ApiError("ResourceNotFound", f"Pipeline execution '{arn}' of pipeline {name} does not exist.")
        return execution

    def describe_pipeline_execution(self, caller: Caller, params: Params) -> Params:
        """One execution."""
        execution = self._get(caller, params)
        experiment = execution.definition.experiment
        scope = ExecutionScope(self._services.platform, execution)
        return _described(execution) | {"PipelineExperimentConfig": experiment and evaluate(experiment, scope)}

    def describe_pipeline_definition_for_execution(self, caller: Caller, params: Params) -> Params:
        """The definition it started with."""
        execution = self._get(caller, params)
        return {"PipelineDefinition": execution.definition.text, "CreationTime": execution.start}

    def list_pipeline_executions(self, caller: Caller, params: Params) -> Params:
        """A pipeline's executions, the newest first."""
        pipeline = self._pipelines.get(caller, params["PipelineName"])
        rows = [_described(execution) for execution in list(pipeline.executions.values())]
        rows = listing.select(rows, params, time="StartTime")
        keys = {"CreationTime": "StartTime", "PipelineExecutionArn": "PipelineExecutionArn"}
        rows = listing.order(rows, params, keys, by="CreationTime", descending=True)
        return listing.page(rows, params, "PipelineExecutionSummaries")

    def list_pipeline_execution_steps(self, caller: Caller, params: Params) -> Params:
        """The steps that were started, the latest first; steps of a side not taken are not among them."""
        execution = self._get(caller, params)
        with execution.changed:
            rows = [run.row() for run in execution.steps.values()]
        rows = listing.order(rows, params, {"": "StartTime"}, by="", descending=True)
        return listing.page(rows, params, "PipelineExecutionSteps")

    def list_pipeline_parameters_for_execution(self, caller: Caller, params: Params) -> Params:
        """The parameters it was started with; those left at their default are in the definition."""
        return listing.page(self._get(caller, params).given, params, "PipelineParameters")

    def stop_pipeline_execution(self, caller: Caller, params: Params) -> Params:
        """Stop a running execution. Raises ApiError ConflictException."""
        execution = self._get(caller, params)
        with execution.changed:
            if execution.status != "Executing":
                text = f"is {execution.status}: only Executing can be stopped"
                raise ApiError("ConflictException", f"Pipeline execution {execution.arn} {text}")
            self._executors[execution.arn].stop()
        return {"PipelineExecutionArn": execution.arn}

    def retry_pipeline_execution(self, caller: Caller, params: Params) -> Params:
        """Run a failed or stopped execution again, without the steps that succeeded.

        Raises ApiError ConflictException.
        """
        execution = self._get(caller, params)
        with execution.changed:
            if execution.status not in ("Failed", "Stopped"):
                text = f"is {execution.status}: only Failed and Stopped can be retried"
                raise ApiError("ConflictException", f"Pipeline execution {execution.arn} {text}")
            execution.parallel = params.get("ParallelismConfiguration", execution.parallel)
            execution.failure, execution.end = None, None
            execution.finished.clear()
            for name in [name for name, run in execution.steps.items() if run.status != "Succeeded"]:
                del execution.steps[name]
            self.begin(execution)
        return {"PipelineExecutionArn": execution.arn}

    def update_pipeline_execution(self, caller: Caller, params: Params) -> Params:
        """Change how it is called and how much runs at once."""
        execution = self._get(caller, params)
        with execution.changed:
            execution.display_name = params.get("PipelineExecutionDisplayName", execution.display_name)
            execution.description = params.get("PipelineExecutionDescription", execution.description)
            execution.parallel = params.get("ParallelismConfiguration", execution.parallel)
            execution.modified = listing.now()
            execution.changed.notify_all()
        return {"PipelineExecutionArn": execution.arn}


def _described(execution: Execution) -> Params:
    return {
        "PipelineArn": execution.pipeline_arn,
        "PipelineExecutionArn": execution.arn,
        "PipelineVersionId": execution.version,
        "PipelineExecutionDisplayName": execution.display_name,
        "PipelineExecutionStatus": execution.status,
        "PipelineExecutionDescription": execution.description,
        "FailureReason": execution.failure,
        "PipelineExecutionFailureReason": execution.failure,
        "StartTime": execution.start,
        "CreationTime": execution.start,
        "LastModifiedTime": execution.modified,
        "CreatedBy": execution.caller,
        "LastModifiedBy": execution.caller,
        "ParallelismConfiguration": execution.parallel or None,
    }
