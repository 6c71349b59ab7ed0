"""The operations on pipelines. https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines.html"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from rehearsal.api import Caller, Operation, Params
from rehearsal.sagemaker import arns, listing
from rehearsal.sagemaker.arns import Scope
from rehearsal.sagemaker.errors import conflict, invalid, not_found, unsupported
from rehearsal.sagemaker.identity import check_role, client_of, created_by
from rehearsal.sagemaker.pipelines import definition_reader
from rehearsal.sagemaker.pipelines.state import RUNNING, Pipeline
from rehearsal.sagemaker.ports import SageMakerPlatform
from rehearsal.sagemaker.tags import Tags

KIND = "pipeline"


class Pipelines:
    """The pipelines by account, region and name. Thread-safe."""

    def __init__(self, platform: SageMakerPlatform, tags: Tags) -> None:
        self.lock = threading.RLock()
        self._platform = platform
        self._tags = tags
        self._pipelines: dict[tuple[Scope, str], Pipeline] = {}

    def operations(self) -> Mapping[str, Operation]:
        """API name -> method, of this part of the service."""
        return {
            "CreatePipeline": self.create,
            "UpdatePipeline": self.update,
            "DescribePipeline": self.describe,
            "ListPipelines": self.list,
            "DeletePipeline": self.delete,
        }

    def get(self, caller: Caller, name_or_arn: str) -> Pipeline:
        """A pipeline of the caller's account and region. Raises ApiError ResourceNotFound."""
        found = arns.locate((caller.account, caller.region), KIND, name_or_arn)
        with self.lock:
            pipeline = self._pipelines.get((found.scope, found.name))
        if pipeline is None or found.scope != (caller.account, caller.region):
            raise not_found(f"Pipeline '{arns.make(found.scope, KIND, found.name)}' does not exist.")
        return pipeline

    def create(self, caller: Caller, params: Params) -> Params:
        """Make a pipeline from a definition without problems. Raises ApiError ValidationException."""
        scope, name = (caller.account, caller.region), params["PipelineName"]
        parsed = definition_reader.parse(self._text(caller, params))
        check_role(self._platform, params["RoleArn"], caller.account)
        arn = arns.make(scope, KIND, name)
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
        with self.lock:
            if (scope, name) in self._pipelines:
                raise invalid(f"Pipeline names must be unique within an AWS account and region. '{name}' exists: {arn}")
            self._tags.register(arn, params.get("Tags"))
            self._pipelines[scope, name] = pipeline
        return {"PipelineArn": arn}

    def update(self, caller: Caller, params: Params) -> Params:
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

    def describe(self, caller: Caller, params: Params) -> Params:
        """One pipeline. Raises ApiError ValidationException."""
        if "PipelineVersionId" in params:
            raise unsupported("DescribePipeline PipelineVersionId")
        pipeline = self.get(caller, params["PipelineName"])
        described = {
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
        return {key: value for key, value in described.items() if value is not None}

    def list(self, caller: Caller, params: Params) -> Params:
        """The pipelines of the account, the newest first."""
        with self.lock:
            found = [
                pipeline for (scope, _), pipeline in self._pipelines.items() if scope == (caller.account, caller.region)
            ]
        rows = [_summary(pipeline) for pipeline in found]
        prefix = params.get("PipelineNamePrefix", "")
        rows = listing.select((row for row in rows if row["PipelineName"].startswith(prefix)), params)
        keys = {"Name": "PipelineName", "CreationTime": "CreationTime"}
        rows = listing.order(rows, params, keys, by="CreationTime", descending=True)
        return listing.page(rows, params, "PipelineSummaries")

    def delete(self, caller: Caller, params: Params) -> Params:
        """Delete a pipeline and its history; not while it runs. Raises ApiError ConflictException."""
        pipeline = self.get(caller, params["PipelineName"])
        with self.lock:
            if any(execution.status in RUNNING for execution in pipeline.executions.values()):
                raise conflict(f"Pipeline {pipeline.arn} has running executions: stop them first")
            del self._pipelines[pipeline.scope, pipeline.name]
            self._tags.forget(pipeline.arn)
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


def _summary(pipeline: Pipeline) -> Params:
    row = {
        "PipelineArn": pipeline.arn,
        "PipelineName": pipeline.name,
        "PipelineDisplayName": pipeline.display_name or pipeline.name,
        "PipelineDescription": pipeline.description,
        "RoleArn": pipeline.role,
        "CreationTime": pipeline.created,
        "LastModifiedTime": pipeline.modified,
        "LastExecutionTime": pipeline.last_run,
    }
    return {key: value for key, value in row.items() if value is not None}
