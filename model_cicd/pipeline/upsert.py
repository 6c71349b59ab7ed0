"""Creating or updating a SageMaker pipeline, and starting it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from model_cicd.aws import sessions as aws
from model_cicd.pipeline.run_settings import RunSettings

# SageMaker refuses longer ones
_MAX_DESCRIPTION = 3072


def upsert(sagemaker: Any, definition: Mapping[str, Any], settings: RunSettings) -> tuple[str, str]:
    """The pipeline's ARN and what was done: `created`, `updated` or `unchanged`."""
    from botocore.exceptions import ClientError

    text, environment = json.dumps(definition, indent=1), settings.environment
    wanted = {"PipelineName": environment.pipeline_name, "PipelineDefinition": text, "RoleArn": environment.role_arn}
    if settings.description:
        wanted["PipelineDescription"] = settings.description[:_MAX_DESCRIPTION]
    try:
        present = sagemaker.describe_pipeline(PipelineName=environment.pipeline_name)
    except ClientError as error:
        if aws.code(error) != "ResourceNotFound":
            raise
        return str(sagemaker.create_pipeline(**wanted)["PipelineArn"]), "created"
    if all(present.get(key) == value for key, value in wanted.items()):
        return str(present["PipelineArn"]), "unchanged"
    return str(sagemaker.update_pipeline(**wanted)["PipelineArn"]), "updated"


def start(sagemaker: Any, parameters: Mapping[str, str], settings: RunSettings) -> str:
    """The ARN of a new execution."""
    origin = [part for part in (settings.repository, settings.branch, settings.commit, settings.reason) if part]
    extra = {"PipelineExecutionDescription": " ".join(origin)[:_MAX_DESCRIPTION]} if origin else {}
    started = sagemaker.start_pipeline_execution(
        PipelineName=settings.environment.pipeline_name,
        PipelineParameters=[{"Name": name, "Value": value} for name, value in sorted(parameters.items())],
        **extra,
    )
    return str(started["PipelineExecutionArn"])
