"""Processing steps: a script, or an image's own program, between S3 inputs and outputs.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateProcessingJob.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from model_cicd.pipeline.expressions import (
    Boolean,
    Count,
    DataUri,
    ImageUri,
    InstanceType,
    LocalName,
    Name,
    S3Uri,
    ScriptUri,
    StepOutputName,
    Text,
)
from model_cicd.pipeline.model import Model

if TYPE_CHECKING:
    from model_cicd.pipeline.schema import Step
    from model_cicd.pipeline.scope import Scope

#: everything of a processing job lies below this directory of its container
BASE = "/opt/ml/processing"
#: where the script lies in the container
CODE = f"{BASE}/input/code"
#: the name of the input that brings the script
CODE_INPUT = "code"


class ProcessingInput(Model):
    """An input: `s3_uri` or `step_output`, seen by the script in `/opt/ml/processing/<input_name>`."""

    input_name: LocalName
    s3_uri: DataUri | None = None
    step_output: StepOutputName | None = None


class ProcessingOutput(Model):
    """An output: what the script leaves in `/opt/ml/processing/<output_name>`."""

    output_name: LocalName
    s3_uri: S3Uri | None = None


class PropertyFile(Model):
    """A JSON file of an output whose values conditions and the registered model may use."""

    property_file_name: Name
    output_name: LocalName
    file_path: str


class ProcessingConfig(Model):
    """The `processing` key."""

    image_uri: ImageUri
    instance_type: InstanceType
    instance_count: Count = 1
    volume_size_in_gb: Count = 30
    max_runtime_in_seconds: Count = 86400
    script_s3_uri: ScriptUri | None = None
    arguments: list[Text] = Field(default_factory=list, max_length=100)
    environment: dict[str, Text] = Field(default_factory=dict, max_length=100)
    inputs: list[ProcessingInput] = Field(default_factory=list, max_length=10)
    outputs: list[ProcessingOutput] = Field(default_factory=list, max_length=10)
    property_files: list[PropertyFile] = Field(default_factory=list)
    enable_network_isolation: Boolean | None = None


def compile_processing(step: Step, scope: Scope) -> dict[str, Any]:
    """The arguments of CreateProcessingJob, and the step's property files."""
    config = step.processing
    assert config is not None
    cluster = {
        "InstanceType": scope.value(config.instance_type),
        "InstanceCount": scope.value(config.instance_count),
        "VolumeSizeInGB": scope.value(config.volume_size_in_gb),
        **scope.volume_key(config.instance_type),
    }
    arguments: dict[str, Any] = {
        "ProcessingResources": {"ClusterConfig": cluster},
        "AppSpecification": _application(config, scope),
        "RoleArn": scope.role_arn,
        "StoppingCondition": {"MaxRuntimeInSeconds": scope.value(config.max_runtime_in_seconds)},
    }
    if config.environment:
        arguments["Environment"] = {name: scope.value(value) for name, value in config.environment.items()}
    inputs = [_input(each.input_name, f"{BASE}/{each.input_name}", scope.source(each)) for each in config.inputs]
    if config.script_s3_uri is not None:
        inputs.append(_input(CODE_INPUT, CODE, scope.value(config.script_s3_uri)))
    if inputs:
        arguments["ProcessingInputs"] = inputs
    if config.outputs:
        outputs = [_output(step, each, scope) for each in config.outputs]
        arguments["ProcessingOutputConfig"] = {"Outputs": outputs, "KmsKeyId": scope.kms_key}
    network = scope.network(config.enable_network_isolation)
    if network:
        arguments["NetworkConfig"] = network
    compiled: dict[str, Any] = {"Arguments": arguments}
    if config.property_files:
        compiled["PropertyFiles"] = [
            {"PropertyFileName": each.property_file_name, "OutputName": each.output_name, "FilePath": each.file_path}
            for each in config.property_files
        ]
    return compiled


def _application(config: ProcessingConfig, scope: Scope) -> dict[str, Any]:
    application: dict[str, Any] = {"ImageUri": scope.image(config.image_uri)}
    if isinstance(config.script_s3_uri, str):
        name = config.script_s3_uri.rpartition("/")[2].removeprefix("file:")
        application["ContainerEntrypoint"] = ["python3", f"{CODE}/{name}"]
    if config.arguments:
        application["ContainerArguments"] = [scope.value(each) for each in config.arguments]
    return application


def _input(name: str, path: str, uri: object) -> dict[str, Any]:
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


def _output(step: Step, output: ProcessingOutput, scope: Scope) -> dict[str, Any]:
    if output.s3_uri is None:
        uri = scope.run_prefix(step.name, output.output_name)
    else:
        uri = scope.under(output.s3_uri, step.name, output.output_name)
    return {
        "OutputName": output.output_name,
        "AppManaged": False,
        "S3Output": {"S3Uri": uri, "LocalPath": f"{BASE}/{output.output_name}", "S3UploadMode": "EndOfJob"},
    }
