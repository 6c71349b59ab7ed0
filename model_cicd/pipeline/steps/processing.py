"""Processing steps: a script, or an image's own program, between S3 inputs and outputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from model_cicd.pipeline.document import Step, WithPropertyFiles
from model_cicd.pipeline.expressions import Expression
from model_cicd.pipeline.fields import (
    Count,
    DataUri,
    ImageUri,
    InstanceType,
    LocalName,
    S3Uri,
    ScriptUri,
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
    Tags,
    Volume,
)

#: everything of a processing job lies below this directory of its container
BASE = "/opt/ml/processing"
#: where the script lies in the container
CODE = f"{BASE}/input/code"
#: unpacks `sourceDir` and runs a program of it; its arguments are the command
_UNPACK_AND_RUN = (
    f"cd {CODE}; tar -xzf *.tar.gz; "
    "[ ! -f requirements.txt ] || python3 -m pip install -r requirements.txt; "
    'exec "$0" "$@"'
)
#: the name of the input that brings the script
CODE_INPUT = "code"

JOB = JobKind(name="processing", api="ProcessingJob", resource="processing-job", logs=("ProcessingJobs",))

InputMode = Annotated[str | Expression, choice("File", "Pipe")]
Distribution = Annotated[str | Expression, choice("FullyReplicated", "ShardedByS3Key")]
DataType = Annotated[str | Expression, choice("S3Prefix", "ManifestFile")]
Compression = Annotated[str | Expression, choice("None", "Gzip")]
UploadMode = Annotated[str | Expression, choice("EndOfJob", "Continuous")]


class ProcessingInput(Model):
    """An input: `s3_uri` or `step_output`, seen by the script in `/opt/ml/processing/<input_name>`."""

    input_name: LocalName
    s3_uri: DataUri | None = None
    step_output: StepOutputName | None = None
    local_path: String | None = None
    s3_input_mode: InputMode | None = None
    s3_data_distribution_type: Distribution | None = None
    s3_data_type: DataType | None = None
    s3_compression_type: Compression | None = None


class ProcessingOutput(Model):
    """An output: what the script leaves in `/opt/ml/processing/<output_name>`."""

    output_name: LocalName
    s3_uri: S3Uri | None = None
    local_path: String | None = None
    s3_upload_mode: UploadMode | None = None


class ProcessingConfig(
    WithPropertyFiles, Runtime, Volume, OutputKey, Environment, Tags, Network, Experiment, SourceCode
):
    """The `processing` key."""

    image_uri: ImageUri
    instance_type: InstanceType
    instance_count: Count = 1
    script_s3_uri: ScriptUri | None = None
    entrypoint: list[Text] = Field(default_factory=list, max_length=100)
    arguments: list[Text] = Field(default_factory=list, max_length=100)
    inputs: list[ProcessingInput] = Field(default_factory=list, max_length=10)
    outputs: list[ProcessingOutput] = Field(default_factory=list, max_length=10)


def _compile(step: Step, config: ProcessingConfig, scope: Scope) -> dict[str, Any]:
    """The arguments of CreateProcessingJob, and the step's property files."""
    inputs = [_input(each, scope) for each in config.inputs]
    code = config.source_dir if config.script_s3_uri is None else config.script_s3_uri
    if code is not None:
        inputs.append(job_input(CODE_INPUT, CODE, scope.value(code)))
    arguments = job(config, config, _application(config, scope), scope)
    if inputs:
        arguments["ProcessingInputs"] = inputs
    if config.outputs:
        outputs = [_output(step, each, scope) for each in config.outputs]
        arguments["ProcessingOutputConfig"] = output_config(config, outputs, scope)
    compiled: dict[str, Any] = {"Arguments": arguments}
    if config.property_files:
        compiled["PropertyFiles"] = [
            {"PropertyFileName": each.property_file_name, "OutputName": each.output_name, "FilePath": each.file_path}
            for each in config.property_files
        ]
    return compiled


def job(block: Model, instances: jobs.Cluster, application: dict[str, Any], scope: Scope) -> dict[str, Any]:
    """The arguments that every processing job has."""
    arguments: dict[str, Any] = {
        "ProcessingResources": {"ClusterConfig": jobs.cluster(block, instances, scope)},
        "AppSpecification": application,
        **scope.role(),
        "StoppingCondition": jobs.stopping(block, scope),
        **jobs.environment(block, scope),
    }
    network = jobs.network(block, instances, scope)
    if network:
        arguments["NetworkConfig"] = network
    return arguments | jobs.experiment(block, scope) | jobs.tags(block, scope)


def output_config(block: Model, outputs: list[dict[str, Any]], scope: Scope) -> dict[str, Any]:
    """The outputs and their key."""
    return {"Outputs": outputs, **scope.key(block, "output_kms_key_id", "KmsKeyId")}


def _application(config: ProcessingConfig, scope: Scope) -> dict[str, Any]:
    application: dict[str, Any] = {"ImageUri": scope.image(config.image_uri)}
    entrypoint = [scope.value(each) for each in config.entrypoint]
    if isinstance(config.script_s3_uri, str):
        name = config.script_s3_uri.rpartition("/")[2].removeprefix("file:")
        entrypoint = [*(entrypoint or ["python3"]), f"{CODE}/{name}"]
    elif config.source_dir is not None and config.entry_point is not None:
        entrypoint = ["/bin/bash", "-e", "-c", _UNPACK_AND_RUN, *(entrypoint or ["python3"]), config.entry_point]
    if entrypoint:
        application["ContainerEntrypoint"] = entrypoint
    if config.arguments:
        application["ContainerArguments"] = [scope.value(each) for each in config.arguments]
    return application


def _input(each: ProcessingInput, scope: Scope) -> dict[str, Any]:
    path = scope.value(each.local_path) if each.local_path is not None else f"{BASE}/{each.input_name}"
    compiled = job_input(each.input_name, path, scope.source(each))
    compiled["S3Input"] |= jobs.given(
        {
            "S3DataType": each.s3_data_type,
            "S3InputMode": each.s3_input_mode,
            "S3DataDistributionType": each.s3_data_distribution_type,
            "S3CompressionType": each.s3_compression_type,
        },
        scope,
    )
    return compiled


def job_input(name: str, path: object, uri: object) -> dict[str, Any]:
    """An input of a processing job."""
    return {
        "InputName": name,
        "AppManaged": False,
        "S3Input": {
            "S3Uri": uri,
            "LocalPath": path,
            "S3DataType": "S3Prefix",
            "S3InputMode": "File",
            "S3DataDistributionType": "FullyReplicated",
            "S3CompressionType": "None",
        },
    }


def job_output(name: str, path: object, uri: object, mode: object = "EndOfJob") -> dict[str, Any]:
    """An output of a processing job."""
    return {
        "OutputName": name,
        "AppManaged": False,
        "S3Output": {"S3Uri": uri, "LocalPath": path, "S3UploadMode": mode},
    }


def _output(step: Step, output: ProcessingOutput, scope: Scope) -> dict[str, Any]:
    if output.s3_uri is None:
        uri = scope.place("runs", step.name, output.output_name)
    else:
        uri = scope.under(output.s3_uri, step.name, output.output_name)
    path = scope.value(output.local_path) if output.local_path is not None else f"{BASE}/{output.output_name}"
    return job_output(output.output_name, path, uri, scope.value(output.s3_upload_mode or "EndOfJob"))


def _outputs(config: ProcessingConfig) -> Mapping[str, str]:
    return {
        each.output_name: f"ProcessingOutputConfig.Outputs['{each.output_name}'].S3Output.S3Uri"
        for each in config.outputs
    }


def _needs(step: Step, config: ProcessingConfig, needs: Needs) -> None:
    needs.job(JOB)
    needs.image(config.image_uri)
    needs.read(config.script_s3_uri)
    needs.read(config.source_dir)
    for source in config.inputs:
        needs.read(source.s3_uri)
    for output in config.outputs:
        needs.write(output.s3_uri, step.name)


TYPE = StepType(
    name="Processing",
    key="processing",
    config=ProcessingConfig,
    summary="a script, or an image's own program, between S3 inputs and outputs",
    documentation="https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateProcessingJob.html",
    compile=_compile,
    outputs=_outputs,
    properties=properties(
        "ProcessingInputs ProcessingOutputConfig ProcessingJobName ProcessingResources StoppingCondition "
        "AppSpecification Environment NetworkConfig RoleArn ExperimentConfig ProcessingJobArn ProcessingJobStatus "
        "ExitMessage FailureReason ProcessingEndTime ProcessingStartTime LastModifiedTime CreationTime "
        "MonitoringScheduleArn AutoMLJobArn TrainingJobArn"
    ),
    rights=Rights(job=JOB, uses=(READ, WRITE, IMAGES)),
    needs=_needs,
    cached=True,
    retried=True,
)
