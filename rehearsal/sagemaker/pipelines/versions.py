"""Versions of pipelines: each definition that a pipeline got.

https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-versions.html
"""

from __future__ import annotations

from rehearsal.api import Caller, Params
from rehearsal.sagemaker import listing
from rehearsal.sagemaker.pipelines.operations import Pipelines
from rehearsal.sagemaker.pipelines.state import Pipeline


class Versions:
    """The operations on versions."""

    def __init__(self, pipelines: Pipelines) -> None:
        self._pipelines = pipelines

    def list_pipeline_versions(self, caller: Caller, params: Params) -> Params:
        """The versions of a pipeline, the newest first."""
        pipeline = self._pipelines.get(caller, params["PipelineName"])
        rows = [self._row(pipeline, number) for number in pipeline.versions]
        kept = listing.select(rows, params)
        keys = {"PipelineVersionId": "PipelineVersionId"}
        ordered = listing.order(kept, params, keys, by="PipelineVersionId", descending=True)
        return listing.page(ordered, params, "PipelineVersionSummaries")

    def update_pipeline_version(self, caller: Caller, params: Params) -> Params:
        """Change what is said of a version. Raises ApiError ResourceNotFound."""
        pipeline = self._pipelines.get(caller, params["PipelineArn"])
        version = pipeline.version(params["PipelineVersionId"])
        names = ("PipelineVersionDisplayName", "PipelineVersionDescription")
        version.described.update({name: params[name] for name in names if name in params})
        return {"PipelineArn": pipeline.arn, "PipelineVersionId": params["PipelineVersionId"]}

    def _row(self, pipeline: Pipeline, number: int) -> Params:
        runs = [each.arn for each in pipeline.executions.values() if each.version == number]
        described = pipeline.versions[number].described
        last = {"LastExecutionPipelineExecutionArn": runs[-1]} if runs else {}
        return {"PipelineArn": pipeline.arn, "PipelineVersionId": number, **described, **last}
