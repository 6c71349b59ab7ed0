"""AutoML steps: Autopilot tries algorithms on a table and ranks the models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from model_cicd.pipeline.document import Step
from model_cicd.pipeline.expressions import Expression
from model_cicd.pipeline.fields import Count, DataUri, Number, S3Uri, StepOutputName, String, choice
from model_cicd.pipeline.model import Model
from model_cicd.pipeline.needs import Needs
from model_cicd.pipeline.rights import READ, WRITE, JobKind, Right, Rights
from model_cicd.pipeline.scope import Scope
from model_cicd.pipeline.steps import create_model, jobs, processing, training, transform
from model_cicd.pipeline.steps.base import StepType, properties
from model_cicd.pipeline.steps.knobs import Encryption, OutputKey, Tags, VolumeKey, Vpc

#: what an AutoML job makes with its role
MADE = (processing.JOB, training.JOB, transform.JOB, create_model.JOB)
_PAGE = "https://docs.aws.amazon.com/sagemaker/latest/dg/autopilot-automate-model-development-create-experiment.html"
JOB = JobKind(
    name="AutoML",
    api="AutoMLJob",
    resource="automl-job",
    logs=("ProcessingJobs", "TrainingJobs", "TransformJobs"),
    own_name=True,
    also=(
        Right(
            sid="Autopilot",
            actions=tuple(action for kind in MADE for action in kind.actions),
            on="the jobs and models that an AutoML job makes",
            page=_PAGE,
            why="an AutoML job names what it makes after itself",
            resources=tuple(f"{kind.resource}/*" for kind in MADE),
            targets={f"{kind.plural} of Autopilot": f"sagemaker:{kind.resource}" for kind in MADE},
        ),
        Right(
            sid="Candidates",
            actions=("sagemaker:ListCandidatesForAutoMLJob",),
            on="everything",
            page=_PAGE,
            why="the action has no resource",
            resources=("*",),
        ),
    ),
)


class AutoMLChannel(Model):
    """A table: `s3_uri` or `step_output`."""

    channel_type: Annotated[str | Expression, choice("training", "validation")] = "training"
    s3_uri: DataUri | None = None
    step_output: StepOutputName | None = None
    content_type: Annotated[str | Expression, choice("text/csv;header=present", "x-application/vnd.amazon+parquet")] = (
        "text/csv;header=present"
    )
    compression_type: Annotated[str | Expression, choice("None", "Gzip")] | None = None


class AutoMLConfig(VolumeKey, OutputKey, Tags, Vpc, Encryption):
    """The `automl` key. Pipelines take the mode ENSEMBLING only."""

    target_attribute_name: String
    inputs: list[AutoMLChannel] = Field(min_length=1, max_length=2)
    problem_type: (
        Annotated[str | Expression, choice("Regression", "BinaryClassification", "MulticlassClassification")] | None
    ) = None
    objective_metric: Annotated[str | Expression, choice("Accuracy", "MSE", "F1", "F1macro", "AUC")] | None = None
    max_candidates: Count | None = None
    max_runtime_per_training_job_in_seconds: Count | None = None
    max_automl_job_runtime_in_seconds: Count | None = Field(default=None, alias="maxAutoMLJobRuntimeInSeconds")
    validation_fraction: Number | None = None
    output_path: S3Uri | None = None


def _compile(step: Step, config: AutoMLConfig, scope: Scope) -> dict[str, Any]:
    """The arguments of CreateAutoMLJob."""
    given = config.output_path
    output = scope.place("models", step.name) if given is None else scope.under(given, step.name)
    criteria = jobs.given(
        {
            "MaxCandidates": config.max_candidates,
            "MaxRuntimePerTrainingJobInSeconds": config.max_runtime_per_training_job_in_seconds,
            "MaxAutoMLJobRuntimeInSeconds": config.max_automl_job_runtime_in_seconds,
        },
        scope,
    )
    encrypted = scope.knob(config, "encrypt_inter_container_traffic", None)
    security = {
        **jobs.given({"EnableInterContainerTrafficEncryption": encrypted}, scope),
        **scope.key(config, "volume_kms_key_id", "VolumeKmsKeyId"),
        **jobs.vpc(config, scope),
    }
    settings: dict[str, Any] = {"Mode": "ENSEMBLING"}
    if config.validation_fraction is not None:
        settings["DataSplitConfig"] = {"ValidationFraction": scope.value(config.validation_fraction)}
    for key, part in (("CompletionCriteria", criteria), ("SecurityConfig", security)):
        if part:
            settings[key] = part
    arguments: dict[str, Any] = {
        "AutoMLJobConfig": settings,
        "InputDataConfig": [_channel(each, config, scope) for each in config.inputs],
        "OutputDataConfig": {"S3OutputPath": output, **scope.key(config, "output_kms_key_id", "KmsKeyId")},
        **scope.role(required=True),
        **jobs.given({"ProblemType": config.problem_type}, scope),
        **jobs.tags(config, scope),
    }
    if config.objective_metric is not None:
        arguments["AutoMLJobObjective"] = {"MetricName": scope.value(config.objective_metric)}
    return {"Arguments": arguments}


def _channel(channel: AutoMLChannel, config: AutoMLConfig, scope: Scope) -> dict[str, Any]:
    return {
        "ChannelType": scope.value(channel.channel_type),
        "ContentType": scope.value(channel.content_type),
        "TargetAttributeName": scope.value(config.target_attribute_name),
        "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": scope.source(channel)}},
        **jobs.given({"CompressionType": channel.compression_type}, scope),
    }


def _outputs(_: AutoMLConfig) -> Mapping[str, str]:
    best = "BestCandidate.InferenceContainers[0]"
    return {"modelArtifacts": f"{best}.ModelDataUrl", "image": f"{best}.Image"}


def _needs(step: Step, config: AutoMLConfig, needs: Needs) -> None:
    needs.job(JOB)
    for channel in config.inputs:
        needs.read(channel.s3_uri)
    needs.write(config.output_path, step.name)


TYPE = StepType(
    name="AutoML",
    key="automl",
    config=AutoMLConfig,
    summary="Autopilot tries algorithms on a table and ranks the models",
    documentation="https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateAutoMLJob.html",
    compile=_compile,
    outputs=_outputs,
    properties=properties(
        "AutoMLJobName AutoMLJobArn InputDataConfig OutputDataConfig RoleArn AutoMLJobObjective ProblemType "
        "AutoMLJobConfig CreationTime EndTime LastModifiedTime FailureReason PartialFailureReasons BestCandidate "
        "AutoMLJobStatus AutoMLJobSecondaryStatus GenerateCandidateDefinitionsOnly AutoMLJobArtifacts "
        "ResolvedAttributes ModelDeployConfig ModelDeployResult "
        # the service's own name for what BestCandidate has of CandidateProperties
        "BestCandidateProperties"
    ),
    rights=Rights(job=JOB, uses=(READ, WRITE)),
    needs=_needs,
    cached=True,
    retried=True,
)
