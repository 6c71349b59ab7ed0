"""Pipelines, their versions and tags."""

from __future__ import annotations

import copy

from rehearsal.api import ApiError, Caller, Params
from rehearsal.codepipeline import validation, views
from rehearsal.codepipeline.engine import Engine
from rehearsal.codepipeline.executions import begin
from rehearsal.codepipeline.models import Pipeline, Trigger, now
from rehearsal.codepipeline.pipelines import Pipelines
from rehearsal.params import only, page
from rehearsal.roles import trusts_service
from rehearsal.tagging import Tagging


class DefinitionOperations:
    """The operations on pipelines. https://docs.aws.amazon.com/codepipeline/latest/APIReference/Welcome.html"""

    def __init__(self, pipelines: Pipelines, engine: Engine) -> None:
        self._pipelines = pipelines
        self._engine = engine
        self.tagging = Tagging(self.tags, pages=("nextToken", "maxResults"))

    def create_pipeline(self, caller: Caller, params: Params) -> Params:
        """Make a pipeline. As on AWS its first execution starts at once."""
        only(params, {"pipeline", "tags"}, "CreatePipeline")
        declaration = _complete(params["pipeline"], 1)
        validation.check(declaration, caller.region)
        _check_role(declaration, caller)
        tags = self.tagging.read(params.get("tags"))
        pipeline = Pipeline(caller.account, caller.region, declaration["name"], {1: declaration}, tags)
        self._pipelines.add(caller.scope, pipeline.name, pipeline)
        begin(self._engine, pipeline, Trigger("CreatePipeline", caller.arn), {}, {})
        return {"pipeline": declaration, "tags": self.tagging.shown(tags) or None}

    def update_pipeline(self, caller: Caller, params: Params) -> Params:
        """Put a new version; executions that run keep the structure they were started with."""
        only(params, {"pipeline"}, "UpdatePipeline")
        pipeline = self._pipelines.at(caller.scope, params["pipeline"]["name"])
        with pipeline.condition:
            declaration = _complete(params["pipeline"], pipeline.version + 1)
            validation.check(declaration, caller.region)
            _check_role(declaration, caller)
            pipeline.versions[pipeline.version + 1] = declaration
            pipeline.updated = now()
        return {"pipeline": declaration}

    def get_pipeline(self, caller: Caller, params: Params) -> Params:
        """The structure, the current one or that of a version. Raises ApiError PipelineVersionNotFoundException."""
        only(params, {"name", "version"}, "GetPipeline")
        pipeline = self._pipelines.at(caller.scope, params["name"])
        version = params.get("version") or pipeline.version
        if version not in pipeline.versions:
            text = f"Version {version} of pipeline {pipeline.name} does not exist"
            raise ApiError("PipelineVersionNotFoundException", text)
        metadata = {"pipelineArn": pipeline.arn, "created": pipeline.created, "updated": pipeline.updated}
        return {"pipeline": pipeline.versions[version], "metadata": metadata}

    def list_pipelines(self, caller: Caller, params: Params) -> Params:
        """All pipelines."""
        only(params, {"nextToken", "maxResults"}, "ListPipelines")
        pipelines = sorted(self._pipelines.of(caller.scope), key=lambda each: each.name)
        found, token = page(pipelines, params.get("nextToken"), params.get("maxResults"))
        return {"pipelines": [views.pipeline_summary(each) for each in found], "nextToken": token}

    def delete_pipeline(self, caller: Caller, params: Params) -> None:
        """Delete a pipeline and abandon what runs of it; one that does not exist is no error."""
        only(params, {"name"}, "DeletePipeline")
        pipeline = self._pipelines.pop(caller.scope, params["name"])
        if pipeline is None:
            return
        for execution in list(pipeline.executions):
            if execution.running:
                self._engine.stop(pipeline, execution, abandon=True, reason="the pipeline was deleted")

    def tags(self, caller: Caller, arn: str) -> dict[str, str]:
        """The tags of a pipeline by ARN. Raises ApiError InvalidArnException or ResourceNotFoundException."""
        prefix = f"arn:{caller.partition}:codepipeline:{caller.region}:{caller.account}:"
        name = arn.removeprefix(prefix)
        if not arn.startswith(prefix):
            raise ApiError("InvalidArnException", f"{arn!r} is no pipeline of this account and region")
        try:
            return self._pipelines.at(caller.scope, name).tags
        except ApiError as error:
            raise ApiError("ResourceNotFoundException", error.message) from None


def _check_role(declaration: Params, caller: Caller) -> None:
    role = declaration["roleArn"]
    arn = f"arn:{caller.partition}:codepipeline:{caller.region}:{caller.account}:{declaration['name']}"
    if not trusts_service(role, "codepipeline.amazonaws.com", source=arn, account=caller.account):
        text = f"CodePipeline is not authorized to perform AssumeRole on role {role}"
        raise ApiError("InvalidStructureException", text)


def _complete(declaration: Params, version: int) -> Params:
    """The structure with AWS's defaults written out."""
    made = copy.deepcopy(declaration)
    made["version"] = version
    made.setdefault("pipelineType", "V1")
    made.setdefault("executionMode", "SUPERSEDED")
    for stage in made.get("stages") or []:
        for action in stage.get("actions") or []:
            action.setdefault("runOrder", 1)
            for member in ("inputArtifacts", "outputArtifacts"):
                action[member] = action.get(member) or []
            action["configuration"] = action.get("configuration") or {}
    return made
