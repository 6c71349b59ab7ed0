"""CodePipeline's metrics. https://docs.aws.amazon.com/codepipeline/latest/userguide/metrics-dimensions.html"""

from __future__ import annotations

from rehearsal import measured
from rehearsal.codepipeline.models import Pipeline
from rehearsal.ports import Platform


def failed(platform: Platform, pipeline: Pipeline) -> None:
    """Count an execution that failed. What goes wrong is only logged."""
    scope, values = (pipeline.account, pipeline.region), [("FailedPipelineExecutions", 1.0, "Count")]
    measured.put(platform, scope, "AWS/CodePipeline", {"PipelineName": pipeline.name}, values)
