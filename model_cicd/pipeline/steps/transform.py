"""Transform steps: a model's answers for a whole data set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from model_cicd.pipeline.document import Step
from model_cicd.pipeline.expressions import Expression, StepOutput
from model_cicd.pipeline.fields import (
    Count,
    CountFromZero,
    DataUri,
    InstanceType,
    S3Uri,
    StepName,
    StepOutputName,
    String,
    Text,
    choice,
)
from model_cicd.pipeline.needs import Needs
from model_cicd.pipeline.rights import READ, WRITE, JobKind, Rights
from model_cicd.pipeline.scope import Scope
from model_cicd.pipeline.steps import jobs
from model_cicd.pipeline.steps.base import StepType, properties
from model_cicd.pipeline.steps.create_model import MODEL_NAME
from model_cicd.pipeline.steps.knobs import Environment, OutputKey, Tags, VolumeKey

#: the one output of a Transform step
RESULTS = "results"
JOB = JobKind(name="transform", api="TransformJob", resource="transform-job", logs=("TransformJobs",))


class TransformConfig(VolumeKey, OutputKey, Environment, Tags):
    """The `transform` key: the model is that of `model_step`, a Model step, or `model_name`."""

    model_step: StepName | None = None
    model_name: String | None = None
    instance_type: InstanceType
    instance_count: Count = 1
    s3_uri: DataUri | None = None
    step_output: StepOutputName | None = None
    s3_data_type: Annotated[str | Expression, choice("S3Prefix", "ManifestFile")] = "S3Prefix"
    content_type: String | None = None
    split_type: Annotated[str | Expression, choice("None", "Line", "RecordIO", "TFRecord")] | None = None
    compression_type: Annotated[str | Expression, choice("None", "Gzip")] | None = None
    batch_strategy: Annotated[str | Expression, choice("MultiRecord", "SingleRecord")] | None = None
    accept: String | None = None
    assemble_with: Annotated[str | Expression, choice("None", "Line")] | None = None
    output_path: S3Uri | None = None
    max_concurrent_transforms: CountFromZero | None = None
    max_payload_in_mb: CountFromZero | None = None
    invocations_timeout_in_seconds: Count | None = None
    invocations_max_retries: CountFromZero | None = None
    input_filter: Text | None = None
    output_filter: Text | None = None
    join_source: Annotated[str | Expression, choice("None", "Input")] | None = None


def _compile(step: Step, config: TransformConfig, scope: Scope) -> dict[str, Any]:
    """The arguments of CreateTransformJob."""
    model = StepOutput(config.model_step, MODEL_NAME) if config.model_step is not None else config.model_name
    given = config.output_path
    output = scope.place("runs", step.name, RESULTS) if given is None else scope.under(given, step.name, RESULTS)
    arguments: dict[str, Any] = {
        "ModelName": scope.value(model),
        "TransformInput": {
            "DataSource": {
                "S3DataSource": {"S3DataType": scope.value(config.s3_data_type), "S3Uri": scope.source(config)}
            },
            **jobs.given(
                {
                    "ContentType": config.content_type,
                    "SplitType": config.split_type,
                    "CompressionType": config.compression_type,
                },
                scope,
            ),
        },
        "TransformOutput": {
            "S3OutputPath": output,
            **jobs.given({"Accept": config.accept, "AssembleWith": config.assemble_with}, scope),
            **scope.key(config, "output_kms_key_id", "KmsKeyId"),
        },
        "TransformResources": {
            "InstanceType": scope.value(config.instance_type),
            "InstanceCount": scope.value(config.instance_count),
            **jobs.volume_key(config, config.instance_type, scope),
        },
        **jobs.given(
            {
                "BatchStrategy": config.batch_strategy,
                "MaxConcurrentTransforms": config.max_concurrent_transforms,
                "MaxPayloadInMB": config.max_payload_in_mb,
            },
            scope,
        ),
    }
    client = jobs.given(
        {
            "InvocationsTimeoutInSeconds": config.invocations_timeout_in_seconds,
            "InvocationsMaxRetries": config.invocations_max_retries,
        },
        scope,
    )
    filters = {
        "InputFilter": config.input_filter,
        "OutputFilter": config.output_filter,
        "JoinSource": config.join_source,
    }
    for key, part in (("ModelClientConfig", client), ("DataProcessing", jobs.given(filters, scope))):
        if part:
            arguments[key] = part
    return {"Arguments": arguments | jobs.environment(config, scope) | jobs.tags(config, scope)}


def _outputs(_: TransformConfig) -> Mapping[str, str]:
    return {RESULTS: "TransformOutput.S3OutputPath"}


def _needs(step: Step, config: TransformConfig, needs: Needs) -> None:
    needs.job(JOB)
    needs.read(config.s3_uri)
    needs.write(config.output_path, step.name)


TYPE = StepType(
    name="Transform",
    key="transform",
    config=TransformConfig,
    summary="a model's answers for a whole data set",
    documentation="https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTransformJob.html",
    compile=_compile,
    outputs=_outputs,
    properties=properties(
        "TransformJobName TransformJobArn TransformJobStatus FailureReason ModelName MaxConcurrentTransforms "
        "ModelClientConfig MaxPayloadInMB BatchStrategy Environment TransformInput TransformOutput DataCaptureConfig "
        "TransformResources CreationTime TransformStartTime TransformEndTime LabelingJobArn AutoMLJobArn "
        "DataProcessing ExperimentConfig"
    ),
    rights=Rights(job=JOB, uses=(READ, WRITE)),
    needs=_needs,
    cached=True,
    retried=True,
)
