"""The operations on pipelines. https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines.html"""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from rehearsal.api import ApiError, Caller, Params
from rehearsal.sagemaker import arns, listing
from rehearsal.sagemaker.errors import conflict, invalid, not_found, unsupported
from rehearsal.sagemaker.identity import check_role, client_of, created_by
from rehearsal.sagemaker.pipelines import definition_reader
from rehearsal.sagemaker.pipelines.state import RUNNING, Pipeline
from rehearsal.sagemaker.ports import SageMakerPlatform
from rehearsal.sagemaker.resources import Resources
from rehearsal.sagemaker.tags import Tags

_SUMMARY = ("PipelineArn", "PipelineName", "PipelineDisplayName", "PipelineDescription", "RoleArn", "CreationTime",
            "LastModifiedTime", "LastExecutionTime")  # fmt: skip


class Pipelines(Resources[Pipeline]):
    """The pipelines of all accounts."""

    kind = "pipeline"

    def __init__(self, platform: SageMakerPlatform, tags: Tags) -> None:
        super().__init__(tags)
        self._platform = platform

    def taken(self, arn: str) -> ApiError:
        """In the words of pipelines."""
        name = arn.rpartition("/")[2]
        return invalid(f"Pipeline names must be unique within an AWS account and region. '{name}' exists: {arn}")

    def absent(self, arn: str) -> ApiError:
        """In the words of pipelines."""
        return not_found(f"Pipeline '{arn}' does not exist.")

    def get(self, caller: Caller, name_or_arn: str) -> Pipeline:
        """A pipeline of the caller's account and region. Raises ApiError ResourceNotFound."""
        found = arns.locate(caller.scope, self.kind, name_or_arn)
        if found.scope != caller.scope:
            raise self.absent(name_or_arn)
        return self.at(found.scope, found.name)

    def create_pipeline(self, caller: Caller, params: Params) -> Params:
        """Make a pipeline from a definition without problems. Raises ApiError ValidationException."""
        scope, name = caller.scope, params["PipelineName"]
        parsed = definition_reader.parse(self._text(caller, params))
        check_role(self._platform, params["RoleArn"], caller.account)
        arn = arns.make(scope, self.kind, name)
        pipeline = Pipeline(
            arn,
            name,
            scope,
            parsed,
            params["RoleArn"],
            listing.now(),
            created_by(caller),
            display_name=params.get("PipelineDisplayName"),
            description=params.get("PipelineDescription"),
            parallel=params.get("ParallelismConfiguration", {}),
            modified_by=created_by(caller),
        )
        return {"PipelineArn": self.add(scope, name, pipeline, params.get("Tags"))}

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
            pipeline.role = params.get("RoleArn", pipeline.role)
            pipeline.display_name = params.get("PipelineDisplayName", pipeline.display_name)
            pipeline.description = params.get("PipelineDescription", pipeline.description)
            pipeline.parallel = params.get("ParallelismConfiguration", pipeline.parallel)
            pipeline.modified, pipeline.modified_by = listing.now(), created_by(caller)
        return {"PipelineArn": pipeline.arn}

    def describe_pipeline(self, caller: Caller, params: Params) -> Params:
        """One pipeline. Raises ApiError ValidationException."""
        if "PipelineVersionId" in params:
            raise unsupported("DescribePipeline PipelineVersionId")
        return _described(self.get(caller, params["PipelineName"]))

    def list_pipelines(self, caller: Caller, params: Params) -> Params:
        """The pipelines of the account, the newest first."""
        prefix = params.get("PipelineNamePrefix", "")
        rows = [
            _described(each) | {"LastExecutionTime": each.last_run}
            for each in self.of(caller.scope)
            if each.name.startswith(prefix)
        ]
        return listing.answer(rows, params, "PipelineSummaries", "Pipeline", _SUMMARY)

    def delete_pipeline(self, caller: Caller, params: Params) -> Params:
        """Delete a pipeline and its history; not while it runs. Raises ApiError ConflictException."""
        pipeline = self.get(caller, params["PipelineName"])
        with self.lock:
            if any(execution.status in RUNNING for execution in pipeline.executions.values()):
                raise conflict(f"Pipeline {pipeline.arn} has running executions: stop them first")
            self.remove(pipeline.scope, pipeline.name)
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


def _described(pipeline: Pipeline) -> Params:
    return {
        "PipelineArn": pipeline.arn,
        "PipelineName": pipeline.name,
        "PipelineDisplayName": pipeline.display_name or pipeline.name,
        "PipelineDefinition": pipeline.definition.text,
        "PipelineDescription": pipeline.description,
        "RoleArn": pipeline.role,
        "PipelineStatus": "Active",
        "CreationTime": pipeline.created,
        "LastModifiedTime": pipeline.modified,
        "LastRunTime": pipeline.last_run,
        "CreatedBy": pipeline.created_by,
        "LastModifiedBy": pipeline.modified_by,
        "ParallelismConfiguration": pipeline.parallel or None,
    }
