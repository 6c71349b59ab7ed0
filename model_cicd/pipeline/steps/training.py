"""Training steps: an image, hyperparameters and channels."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from model_cicd.pipeline.document import Step
from model_cicd.pipeline.expressions import Expression
from model_cicd.pipeline.fields import (
    Count,
    CountFromZero,
    DataUri,
    Hyperparameter,
    ImageUri,
    InstanceType,
    LocalName,
    S3Uri,
    StepOutputName,
    String,
    Text,
    choice,
)
from model_cicd.pipeline.model import Model
from model_cicd.pipeline.needs import Needs
from model_cicd.pipeline.rights import IMAGES, READ, WRITE, JobKind, Rights
from model_cicd.pipeline.scope import Scope
from model_cicd.pipeline.steps import jobs
from model_cicd.pipeline.steps.base import StepType, properties
from model_cicd.pipeline.steps.knobs import (
    Environment,
    Experiment,
    Network,
    OutputKey,
    Runtime,
    SourceCode,
    Spot,
    Tags,
    Volume,
)

#: the one output of a Training step
MODEL_ARTIFACTS = "modelArtifacts"
#: hyperparameters that tell an image of AWS which code to run
PROGRAM, SUBMIT_DIRECTORY = "sagemaker_program", "sagemaker_submit_directory"

JOB = JobKind(name="training", api="TrainingJob", resource="training-job", logs=("TrainingJobs",))

InputMode = Annotated[str | Expression, choice("File", "Pipe", "FastFile")]


class Channel(Model):
    """An input channel: `s3_uri` or `step_output`, seen in `/opt/ml/input/data/<channel_name>`."""

    channel_name: LocalName
    s3_uri: DataUri | None = None
    step_output: StepOutputName | None = None
    content_type: String | None = None
    input_mode: InputMode | None = None
    s3_data_type: Annotated[str | Expression, choice("S3Prefix", "ManifestFile", "AugmentedManifestFile")] | None = None
    s3_data_distribution_type: Annotated[str | Expression, choice("FullyReplicated", "ShardedByS3Key")] | None = None
    attribute_names: list[String] = Field(default_factory=list, max_length=16)
    compression_type: Annotated[str | Expression, choice("None", "Gzip")] | None = None
    record_wrapper_type: Annotated[str | Expression, choice("None", "RecordIO")] | None = None
    shuffle_seed: CountFromZero | None = None


class MetricDefinition(Model):
    """A metric that is read off the job's log: `name` and the regular expression that finds it."""

    name: String
    regex: Text


class Algorithm(Runtime, Volume, OutputKey, Environment, Network, Spot):
    """What a training job and each trial of a tuning job have in common."""

    image_uri: ImageUri
    instance_type: InstanceType
    instance_count: Count = 1
    hyperparameters: dict[str, Hyperparameter] = Field(default_factory=dict, max_length=100)
    input_mode: InputMode = "File"
    input_channels: list[Channel] = Field(default_factory=list, max_length=20)
    metric_definitions: list[MetricDefinition] = Field(default_factory=list, max_length=40)
    output_path: S3Uri | None = None


class TrainingConfig(Algorithm, SourceCode, Tags, Experiment):
    """The `training` key; hyperparameters that are numbers in the YAML become text, as SageMaker wants them."""

    entrypoint: list[Text] = Field(default_factory=list, max_length=10)
    arguments: list[Text] = Field(default_factory=list, max_length=100)
    keep_alive_period_in_seconds: CountFromZero | None = None
    output_compression_type: Annotated[str | Expression, choice("GZIP", "NONE")] | None = None


def _compile(step: Step, config: TrainingConfig, scope: Scope) -> dict[str, Any]:
    """The arguments of CreateTrainingJob.

    Below the output path SageMaker adds the job's name and `output/model.tar.gz`.
    """
    arguments = algorithm(step, config, scope)
    arguments["AlgorithmSpecification"] |= jobs.listed(
        {"ContainerEntrypoint": config.entrypoint, "ContainerArguments": config.arguments}, scope
    )
    arguments["OutputDataConfig"] |= jobs.given({"CompressionType": config.output_compression_type}, scope)
    keep = {"KeepAlivePeriodInSeconds": config.keep_alive_period_in_seconds}
    arguments["ResourceConfig"] |= jobs.given(keep, scope)
    hyperparameters = {name: scope.value(value) for name, value in config.hyperparameters.items()}
    hyperparameters |= _script_mode(config, scope)
    if hyperparameters:
        arguments["HyperParameters"] = hyperparameters
    arguments |= jobs.experiment(config, scope) | jobs.tags(config, scope)
    return {"Arguments": arguments}


def _script_mode(config: TrainingConfig, scope: Scope) -> dict[str, Any]:
    """How AWS's framework images are told what to run: hyperparameters, whose texts they read as JSON.

    https://docs.aws.amazon.com/sagemaker/latest/dg/docker-containers-adapt-your-own.html
    """
    if config.source_dir is None or config.entry_point is None:
        return {}
    source = scope.value(config.source_dir)
    return {
        PROGRAM: json.dumps(config.entry_point),
        SUBMIT_DIRECTORY: json.dumps(source) if isinstance(source, str) else source,
    }


def algorithm(step: Step, config: Algorithm, scope: Scope, *, role_required: bool = False) -> dict[str, Any]:
    """The arguments that a training job and the trials of a tuning job have in common."""
    given = config.output_path
    output = scope.place("models", step.name) if given is None else scope.under(given, step.name)
    specification: dict[str, Any] = {
        "TrainingImage": scope.image(config.image_uri),
        "TrainingInputMode": scope.value(config.input_mode),
    }
    if config.metric_definitions:
        specification["MetricDefinitions"] = [
            jobs.given({"Name": each.name, "Regex": each.regex}, scope) for each in config.metric_definitions
        ]
    arguments: dict[str, Any] = {
        "AlgorithmSpecification": specification,
        "OutputDataConfig": {"S3OutputPath": output, **scope.key(config, "output_kms_key_id", "KmsKeyId")},
        "ResourceConfig": jobs.cluster(config, config, scope),
        **scope.role(required=role_required),
        **jobs.spot(config, step.name, scope),
    }
    if config.input_channels:
        arguments["InputDataConfig"] = [_channel(each, scope) for each in config.input_channels]
    return arguments | jobs.environment(config, scope) | jobs.network(config, config, scope)


def _channel(channel: Channel, scope: Scope) -> dict[str, Any]:
    source: dict[str, Any] = {
        "S3DataType": scope.value(channel.s3_data_type or "S3Prefix"),
        "S3Uri": scope.source(channel),
        "S3DataDistributionType": scope.value(channel.s3_data_distribution_type or "FullyReplicated"),
        **jobs.listed({"AttributeNames": channel.attribute_names}, scope),
    }
    compiled: dict[str, Any] = {"ChannelName": channel.channel_name, "DataSource": {"S3DataSource": source}}
    compiled |= jobs.given(
        {
            "ContentType": channel.content_type,
            "CompressionType": channel.compression_type,
            "RecordWrapperType": channel.record_wrapper_type,
            "InputMode": channel.input_mode,
        },
        scope,
    )
    if channel.shuffle_seed is not None:
        compiled["ShuffleConfig"] = {"Seed": scope.value(channel.shuffle_seed)}
    return compiled


def _outputs(_: TrainingConfig) -> Mapping[str, str]:
    return {MODEL_ARTIFACTS: "ModelArtifacts.S3ModelArtifacts"}


def algorithm_needs(step: Step, config: Algorithm, needs: Needs) -> None:
    """What a training job or the trials of a tuning job need permission for."""
    needs.image(config.image_uri)
    for channel in config.input_channels:
        needs.read(channel.s3_uri)
    needs.write(config.output_path, step.name)
    defaults = needs.config.pipeline.defaults
    spot = config.spot or (defaults.spot if defaults else None)
    if spot is not None and spot.enabled and spot.checkpoint:
        # read too, when an interrupted job goes on; a place of its own lies with the pipeline's outputs
        given = None if isinstance(spot.checkpoint, bool) else spot.checkpoint
        needs.write(given)
        needs.read(given)


def _needs(step: Step, config: TrainingConfig, needs: Needs) -> None:
    needs.job(JOB)
    needs.read(config.source_dir)
    algorithm_needs(step, config, needs)


TYPE = StepType(
    name="Training",
    key="training",
    config=TrainingConfig,
    summary="an image with hyperparameters and input channels makes a model",
    documentation="https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html",
    compile=_compile,
    outputs=_outputs,
    properties=properties(
        "TrainingJobName TrainingJobArn TuningJobArn LabelingJobArn AutoMLJobArn ModelArtifacts TrainingJobStatus "
        "SecondaryStatus FailureReason HyperParameters AlgorithmSpecification RoleArn InputDataConfig OutputDataConfig "
        "ResourceConfig WarmPoolStatus VpcConfig StoppingCondition CreationTime TrainingStartTime TrainingEndTime "
        "LastModifiedTime SecondaryStatusTransitions FinalMetricDataList EnableNetworkIsolation "
        "EnableInterContainerTrafficEncryption EnableManagedSpotTraining CheckpointConfig TrainingTimeInSeconds "
        "BillableTimeInSeconds DebugHookConfig ExperimentConfig DebugRuleConfigurations TensorBoardOutputConfig "
        "DebugRuleEvaluationStatuses ProfilerConfig ProfilerRuleConfigurations ProfilerRuleEvaluationStatuses "
        "ProfilingStatus Environment RetryStrategy RemoteDebugConfig InfraCheckConfig"
    ),
    rights=Rights(job=JOB, uses=(READ, WRITE, IMAGES)),
    needs=_needs,
    cached=True,
    retried=True,
)
