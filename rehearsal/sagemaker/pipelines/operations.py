"""The operations on pipelines. https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines.html"""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from rehearsal.api import ApiError, Caller, Params, invalid, unsupported
from rehearsal.sagemaker import arns, listing
from rehearsal.sagemaker.identity import check_role, client_of, created_by
from rehearsal.sagemaker.pipelines import definition_reader
from rehearsal.sagemaker.pipelines.state import RUNNING, Pipeline
from rehearsal.sagemaker.ports import SageMakerPlatform
from rehearsal.sagemaker.resources import Resources
from rehearsal.sagemaker.tags import Tags

_KEPT = ("PipelineDisplayName", "PipelineDescription", "RoleArn", "ParallelismConfiguration")


class Pipelines(Resources[Pipeline]):
    """The pipelines of all accounts."""

    kind = "pipeline"

    def __init__(self, platform: SageMakerPlatform, tags: Tags) -> None:
        super().__init__(tags)
        self._platform = platform

    taken = (
        "ValidationException",
        "Pipeline names must be unique within an AWS account and region. Pipeline with name ({name}) already exists.",
    )
    absent = ("ResourceNotFound", "Pipeline '{arn}' does not exist.")

    def get(self, caller: Caller, name_or_arn: str) -> Pipeline:
        """A pipeline of the caller's account and region. Raises ApiError ResourceNotFound."""
        found = arns.locate(caller.scope, self.kind, name_or_arn)
        if found.scope != caller.scope:
            raise self.error(self.absent, found.scope, found.name)
        return self.at(found.scope, found.name)

    def create_pipeline(self, caller: Caller, params: Params) -> Params:
        """Make a pipeline from a definition without problems. Raises ApiError ValidationException."""
        scope, name = caller.scope, params["PipelineName"]
        parsed = definition_reader.parse(self._text(caller, params))
        check_role(self._platform, params["RoleArn"], caller.account)
        arn = self.arn(scope, name)
        described = {"PipelineArn": arn, "PipelineName": name, "PipelineDisplayName": name, "PipelineStatus": "Active"}
        described |= {"CreationTime": listing.now(), "CreatedBy": created_by(caller)} | _given(caller, params)
        pipeline = Pipeline(arn, name, scope, parsed, described)
        return {"PipelineArn": self.register(scope, name, pipeline, params.get("Tags"))}

    def update_pipeline(self, caller: Caller, params: Params) -> Params:
        """Change what is named; running executions keep what they started with."""
        pipeline = self.get(caller, params["PipelineName"])
        parsed = None
        if "PipelineDefinition" in params or "PipelineDefinitionS3Location" in params:
            parsed = definition_reader.parse(self._text(caller, params))
        if "RoleArn" in params:
            check_role(self._platform, params["RoleArn"], caller.account)
        with self.lock:
            pipeline.definition = parsed or pipeline.definition
            pipeline.described |= _given(caller, params)
        return {"PipelineArn": pipeline.arn}

    def describe_pipeline(self, caller: Caller, params: Params) -> Params:
        """One pipeline. Raises ApiError ValidationException."""
        if "PipelineVersionId" in params:
            raise unsupported("DescribePipeline PipelineVersionId")
        pipeline = self.get(caller, params["PipelineName"])
        return pipeline.described | {"PipelineDefinition": pipeline.definition.text}

    def list_pipelines(self, caller: Caller, params: Params) -> Params:
        """The pipelines of the account, the newest first."""
        prefix = params.get("PipelineNamePrefix", "")
        rows = [each.described for each in self.of(caller.scope) if each.name.startswith(prefix)]
        return listing.answer(rows, params, "PipelineSummaries", "Pipeline")

    def delete_pipeline(self, caller: Caller, params: Params) -> Params:
        """Delete a pipeline and its history; not while it runs. Raises ApiError ConflictException."""
        pipeline = self.get(caller, params["PipelineName"])
        with self.lock:
            if any(execution.status in RUNNING for execution in pipeline.executions.values()):
                raise ApiError("ConflictException", f"Pipeline {pipeline.arn} has running executions: stop them first")
            self.pop(pipeline.scope, pipeline.name)
        return {"PipelineArn": pipeline.arn}

    def _text(self, caller: Caller, params: Params) -> str:
        if ("PipelineDefinition" in params) == ("PipelineDefinitionS3Location" in params):
            raise invalid("Exactly one of PipelineDefinition and PipelineDefinitionS3Location must be given")
        if "PipelineDefinition" in params:
            return str(params["PipelineDefinition"])
        place = params["PipelineDefinitionS3Location"]
        version = {"VersionId": place["VersionId"]} if "VersionId" in place else {}
        try:
            s3: Any = client_of(self._platform, caller, "s3")
            answer = s3.get_object(Bucket=place["Bucket"], Key=place["ObjectKey"], **version)
            return str(answer["Body"].read().decode())
        except (ClientError, UnicodeDecodeError) as error:
            where = f"s3://{place['Bucket']}/{place['ObjectKey']}"
            raise invalid(f"Unable to read the pipeline definition {where}: {error}") from None


def _given(caller: Caller, params: Params) -> Params:
    """What Describe shows of a request that creates or updates a pipeline."""
    kept = {name: params[name] for name in _KEPT if name in params}
    return kept | {"LastModifiedTime": listing.now(), "LastModifiedBy": created_by(caller)}
