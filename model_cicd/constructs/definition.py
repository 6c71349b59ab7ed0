"""A SageMaker pipeline of a finished definition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from model_cicd.constructs.resource import resource


@dataclass(frozen=True)
class Options:
    """What may be said of a pipeline besides its definition; without `max_parallel_steps`, SageMaker's limit holds."""

    display_name: str | None
    max_parallel_steps: int | None
    tags: Mapping[str, str]


def inline(text: str, unknown: str, value: str) -> dict[str, Any]:
    """The definition in the template itself; `value`, which CloudFormation knows, in each place of `unknown`."""
    first, *others = text.split(unknown)
    parts = [first, *(part for other in others for part in (value, other))]
    return {"PipelineDefinitionBody": cdk.Fn.join("", parts) if others else first}


def in_s3(bucket: str, key: str) -> dict[str, Any]:
    """The definition as an object of a bucket."""
    return {"PipelineDefinitionS3Location": {"Bucket": bucket, "Key": key}}


def pipeline(
    scope: Construct,
    id: str,
    *,
    name: str,
    description: str,
    options: Options,
    role_arn: str,
    definition: Mapping[str, Any],
    published: Mapping[str, str],
) -> sagemaker.CfnPipeline:
    """The pipeline; `published` names the files that its steps read, by what they were published from."""
    made = resource(
        sagemaker.CfnPipeline,
        scope,
        id,
        pipeline_name=name,
        pipeline_display_name=options.display_name,
        pipeline_description=description,
        parallelism_configuration=(
            {"MaxParallelExecutionSteps": options.max_parallel_steps}
            if options.max_parallel_steps is not None
            else None
        ),
        tags=[{"key": key, "value": value} for key, value in options.tags.items()] or None,
        role_arn=role_arn,
        pipeline_definition=definition,
    )
    if published:
        # Whoever cleans the bootstrap bucket up looks for object names in templates; a definition in S3 is not one.
        made.add_metadata("Files", dict(published))
    return made
