"""Training steps: an image, hyperparameters and channels.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from model_cicd.pipeline.expressions import (
    Boolean,
    Count,
    DataUri,
    Hyperparameter,
    ImageUri,
    InstanceType,
    LocalName,
    S3Uri,
    StepOutputName,
    String,
    Text,
)
from model_cicd.pipeline.model import Model

if TYPE_CHECKING:
    from model_cicd.pipeline.schema import Step
    from model_cicd.pipeline.scope import Scope

#: the one output of a Training step
MODEL_ARTIFACTS = "modelArtifacts"


class Channel(Model):
    """An input channel: `s3_uri` or `step_output`, seen in `/opt/ml/input/data/<channel_name>`."""

    channel_name: LocalName
    s3_uri: DataUri | None = None
    step_output: StepOutputName | None = None
    content_type: String | None = None


class TrainingConfig(Model):
    """The `training` key; hyperparameters that are numbers in the YAML become text, as SageMaker wants them."""

    image_uri: ImageUri
    instance_type: InstanceType
    instance_count: Count = 1
    volume_size_in_gb: Count = 30
    max_runtime_in_seconds: Count = 86400
    hyperparameters: dict[str, Hyperparameter] = Field(default_factory=dict, max_length=100)
    environment: dict[str, Text] = Field(default_factory=dict, max_length=100)
    input_channels: list[Channel] = Field(min_length=1, max_length=20)
    output_path: S3Uri | None = None
    enable_network_isolation: Boolean | None = None


def compile_training(step: Step, scope: Scope) -> dict[str, Any]:
    """The arguments of CreateTrainingJob.

    Below the output path SageMaker adds the job's name and `output/model.tar.gz`.
    """
    config = step.training
    assert config is not None
    given = config.output_path
    output = scope.model_prefix(step.name) if given is None else scope.under(given, step.name)
    arguments: dict[str, Any] = {
        "AlgorithmSpecification": {"TrainingImage": scope.image(config.image_uri), "TrainingInputMode": "File"},
        "OutputDataConfig": {"S3OutputPath": output, "KmsKeyId": scope.kms_key},
        "ResourceConfig": {
            "InstanceType": scope.value(config.instance_type),
            "InstanceCount": scope.value(config.instance_count),
            "VolumeSizeInGB": scope.value(config.volume_size_in_gb),
            **scope.volume_key(config.instance_type),
        },
        "RoleArn": scope.role_arn,
        "StoppingCondition": {"MaxRuntimeInSeconds": scope.value(config.max_runtime_in_seconds)},
        "InputDataConfig": [_channel(each, scope) for each in config.input_channels],
    }
    if config.hyperparameters:
        arguments["HyperParameters"] = {name: scope.value(value) for name, value in config.hyperparameters.items()}
    if config.environment:
        arguments["Environment"] = {name: scope.value(value) for name, value in config.environment.items()}
    # the same settings as in a processing job's NetworkConfig, under one other name
    for key, value in scope.network(config.enable_network_isolation).items():
        arguments[key] = value
    return {"Arguments": arguments}


def _channel(channel: Channel, scope: Scope) -> dict[str, Any]:
    compiled: dict[str, Any] = {
        "ChannelName": channel.channel_name,
        "DataSource": {
            "S3DataSource": {
                "S3DataType": "S3Prefix",
                "S3Uri": scope.source(channel),
                "S3DataDistributionType": "FullyReplicated",
            }
        },
    }
    if channel.content_type is not None:
        compiled["ContentType"] = scope.value(channel.content_type)
    return compiled
