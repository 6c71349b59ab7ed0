"""Runs the actions of a stage: fills in variables, places artifacts, calls the provider, records what came of it."""

from __future__ import annotations

import logging
from collections.abc import Callable

from botocore.exceptions import ClientError

from rehearsal.api import ApiError, Params
from rehearsal.codepipeline import artifacts
from rehearsal.codepipeline.actions import PROVIDERS
from rehearsal.codepipeline.actions.base import ActionAbandonedError, ActionFailedError, Context, Neighbours, Result
from rehearsal.codepipeline.models import ActionRun, Execution, Location, Pipeline, Status, now
from rehearsal.codepipeline.notices import Notices
from rehearsal.codepipeline.variables import UnresolvedError, resolve
from rehearsal.ports import Platform

log = logging.getLogger(__name__)
_DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError")


class ActionRunner:
    """Runs actions for the engine."""

    def __init__(self, platform: Platform, neighbours: Neighbours, notices: Notices) -> None:
        self._platform = platform
        self._neighbours = neighbours
        self._notices = notices

    def run_all(self, pipeline: Pipeline, execution: Execution, stage: str, actions: list[Params]) -> list[str]:
        """Run actions side by side and return their statuses."""
        runs = [self._begin(pipeline, execution, stage, action) for action in actions]
        threads = [
            self._platform.background(self._call(pipeline, execution, run), f"action-{run.name}") for run in runs
        ]
        for thread in threads:
            thread.join()
        return [run.status for run in runs]

    def _call(self, pipeline: Pipeline, execution: Execution, run: ActionRun) -> Callable[[], None]:
        return lambda: self._run(pipeline, execution, run)

    def _begin(self, pipeline: Pipeline, execution: Execution, stage: str, action: Params) -> ActionRun:
        role = action.get("roleArn") or execution.declaration["roleArn"]
        run = ActionRun(stage, action["name"], action, role, action.get("region") or pipeline.region)
        with pipeline.condition:
            execution.actions.append(run)
        return run

    def _run(self, pipeline: Pipeline, execution: Execution, run: ActionRun) -> None:
        context = Context(self._platform, self._neighbours, pipeline, execution, run)
        kind = run.declaration["actionTypeId"]
        provider = PROVIDERS[(kind["category"], kind["provider"])]
        try:
            self._prepare(context)
            self._notices.action(pipeline, execution, run, "STARTED")
            result = provider.run(context)
        except ActionAbandonedError:
            self._finish(context, Status.ABANDONED)
        except ActionFailedError as error:
            self._finish(context, Status.FAILED, error=(error.code, error.message))
        except UnresolvedError as error:
            self._finish(context, Status.FAILED, error=("ConfigurationError", str(error)))
        except (ClientError, ApiError) as error:
            code = error.code if isinstance(error, ApiError) else error.response["Error"]["Code"]
            kind_of = "PermissionError" if code in _DENIED else "JobFailed"
            self._finish(context, Status.FAILED, error=(kind_of, str(error)))
        except Exception as error:
            log.exception("action %s of pipeline %s failed inside the embedded AWS", run.name, pipeline.name)
            self._finish(context, Status.FAILED, error=("InternalError", f"{type(error).__name__}: {error}"))
        else:
            self._finish(context, Status.SUCCEEDED, result)

    def _prepare(self, context: Context) -> None:
        """Fill in the variables, find the input artifacts and choose where the outputs go."""
        execution, run = context.execution, context.run
        own = execution.declaration["roleArn"]
        if run.role != own:
            self._assume(context, own, run.role)
        values = {
            "codepipeline": {"PipelineExecutionId": execution.execution_id},
            "variables": execution.variables,
            **execution.outputs,
        }
        for artifact in run.declaration.get("outputArtifacts") or []:
            run.outputs[artifact["name"]] = artifacts.new_location(execution.declaration, run.region, artifact["name"])
        for artifact in run.declaration.get("inputArtifacts") or []:
            name = artifact["name"]
            run.inputs[name] = self._in_region(context, name, execution.artifacts[name])
        configuration = run.declaration.get("configuration") or {}
        run.resolved = {key: resolve(value, values) for key, value in configuration.items()}

    def _assume(self, context: Context, own: str, role: str) -> None:
        """The pipeline's role must be able to take on the action's: both sides have to allow it."""
        pipeline = context.pipeline
        sts = self._platform.client("sts", account=pipeline.account, region=pipeline.region, role=own)
        try:
            sts.assume_role(RoleArn=role, RoleSessionName=context.execution.execution_id)
        except ClientError as error:
            text = f"{own} is not authorized to perform AssumeRole on role {role}: {error.response['Error']['Message']}"
            raise ActionFailedError("PermissionError", text) from None

    def _in_region(self, context: Context, name: str, location: Location) -> Location:
        """An input artifact in the store of the action's region; it is copied there from another one."""
        if location.bucket == context.store["location"]:
            return location
        here = artifacts.new_location(context.execution.declaration, context.run.region, name)
        pipeline, role = context.pipeline, context.execution.declaration["roleArn"]
        for_read = self._platform.client("s3", account=pipeline.account, region=pipeline.region, role=role)
        for_write = self._platform.client("s3", account=pipeline.account, region=context.run.region, role=role)
        artifacts.put(for_write, context.store, here, artifacts.get(for_read, location))
        return here

    def _finish(
        self, context: Context, status: str, result: Result | None = None, error: tuple[str, str] | None = None
    ) -> None:
        execution, run = context.execution, context.run
        with context.pipeline.condition:
            run.error = error
            if result:
                run.summary, run.revision = result.summary, result.revision
                run.variables = dict(result.variables)
                execution.artifacts.update(run.outputs)
                if run.declaration.get("namespace"):
                    execution.outputs[run.declaration["namespace"]] = run.variables
            else:
                run.outputs = {}
            run.status, run.updated, execution.updated = status, now(), now()
            context.pipeline.condition.notify_all()
        self._notices.action(context.pipeline, execution, run, status.upper())
