"""RegisterModel steps: a new version in a model package group."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from model_cicd.pipeline.document import Step
from model_cicd.pipeline.expressions import Expression
from model_cicd.pipeline.fields import InstanceType, S3Uri, String, Text, choice
from model_cicd.pipeline.model import Model
from model_cicd.pipeline.needs import Needs
from model_cicd.pipeline.rights import IMAGES, READ, Right, Rights
from model_cicd.pipeline.scope import Scope
from model_cicd.pipeline.steps import jobs
from model_cicd.pipeline.steps.base import StepType, properties
from model_cicd.pipeline.steps.containers import WithModelData, model_data
from model_cicd.pipeline.steps.metrics import DriftCheckBaselines, MetricsSource, ModelMetrics, compile_metrics
from model_cicd.pipeline.walk import find

_WHY = "every version in the model package groups that the pipeline names"
_PAGE = "https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-version.html"
REGISTER = Right(
    sid="Register",
    actions=("sagemaker:CreateModelPackage",),
    on="the model package group and its versions, with the approval statuses that steps give",
    page=_PAGE,
    why=_WHY,
)
REGISTERED = Right(
    sid="Registered",
    actions=("sagemaker:DescribeModelPackage", "sagemaker:DescribeModelPackageGroup"),
    on="the model package group and its versions",
    page=_PAGE,
    why=_WHY,
)
TAG_VERSIONS = Right(
    sid="TagVersions",
    actions=("sagemaker:AddTags",),
    on="versions in the model package group",
    page="https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-access.html",
    why=_WHY,
)


class MetadataProperties(Model):
    """Where the model comes from, kept with the version as its lineage."""

    commit_id: Text | None = None
    repository: Text | None = None
    generated_by: Text | None = None
    project_id: Text | None = None


class RegisterConfig(WithModelData):
    """The `register` key.

    `customer_metadata` may hold values of the run ({jsonGet: ...}, {execution: ...}, {parameter: ...}): everything is
    set when the version is created, because no role of a deployment group's training side may change it afterwards.
    """

    model_package_group_name: String | None = None
    approval_status: Annotated[str | Expression, choice("PendingManualApproval", "Approved", "Rejected")] = (
        "PendingManualApproval"
    )
    content_types: list[String] = Field(default=["text/csv"], min_length=1)
    response_types: list[String] = Field(default=["text/csv"], min_length=1)
    inference_instance_types: list[InstanceType] | None = None
    transform_instance_types: list[InstanceType] | None = None
    environment: dict[str, Text] = Field(default_factory=dict, max_length=100)
    framework: String | None = None
    framework_version: String | None = None
    nearest_model_name: String | None = None
    description: Text | None = None
    model_metrics: ModelMetrics | None = None
    drift_check_baselines: DriftCheckBaselines | None = None
    # at most 50 entries: CustomerMetadataProperties of CreateModelPackage
    customer_metadata: dict[str, Text] = Field(default_factory=dict, max_length=50)
    metadata_properties: MetadataProperties | None = None
    domain: Text | None = None
    task: Text | None = None
    sample_payload_url: S3Uri | None = None
    source_uri: Text | None = None
    skip_model_validation: Annotated[str | Expression, choice("None", "All")] | None = None


def _compile(_: Step, config: RegisterConfig, scope: Scope) -> dict[str, Any]:
    """The arguments of CreateModelPackage."""
    container: dict[str, Any] = {"Image": scope.image(config.image_uri), **model_data(config, scope)}
    if config.environment:
        container["Environment"] = {name: scope.value(value) for name, value in config.environment.items()}
    container |= jobs.given(
        {
            "Framework": config.framework,
            "FrameworkVersion": config.framework_version,
            "NearestModelName": config.nearest_model_name,
        },
        scope,
    )
    specification: dict[str, Any] = {
        "Containers": [container],
        "SupportedContentTypes": [scope.value(each) for each in config.content_types],
        "SupportedResponseMIMETypes": [scope.value(each) for each in config.response_types],
    }
    for key, types in (
        ("SupportedRealtimeInferenceInstanceTypes", config.inference_instance_types),
        ("SupportedTransformInstanceTypes", config.transform_instance_types),
    ):
        if types is not None:
            specification[key] = [scope.value(each) for each in types]
    arguments: dict[str, Any] = {
        "ModelPackageGroupName": scope.model_package_group(config.model_package_group_name),
        "ModelApprovalStatus": scope.value(config.approval_status),
        "InferenceSpecification": specification,
        **jobs.given({"ModelPackageDescription": config.description}, scope),
    }
    for key, metrics in (("ModelMetrics", config.model_metrics), ("DriftCheckBaselines", config.drift_check_baselines)):
        compiled = compile_metrics(metrics, scope)
        if compiled:
            arguments[key] = compiled
    if config.customer_metadata:
        metadata = {key: scope.value(value) for key, value in config.customer_metadata.items()}
        arguments["CustomerMetadataProperties"] = metadata
    if config.metadata_properties is not None:
        lineage = config.metadata_properties
        arguments["MetadataProperties"] = jobs.given(
            {
                "CommitId": lineage.commit_id,
                "Repository": lineage.repository,
                "GeneratedBy": lineage.generated_by,
                "ProjectId": lineage.project_id,
            },
            scope,
        )
    more = {
        "Domain": config.domain,
        "Task": config.task,
        "SamplePayloadUrl": config.sample_payload_url,
        "SourceUri": config.source_uri,
        "SkipModelValidation": config.skip_model_validation,
    }
    return {"Arguments": arguments | jobs.given(more, scope)}


def _outputs(_: RegisterConfig) -> Mapping[str, str]:
    return {"modelPackageArn": "ModelPackageArn"}


def _needs(_: Step, config: RegisterConfig, needs: Needs) -> None:
    needs.register(config.model_package_group_name, config.approval_status)
    needs.image(config.image_uri)
    needs.read(config.model_data_url)
    needs.read(config.sample_payload_url)
    for metrics in (config.model_metrics, config.drift_check_baselines):
        for _path, source in find(metrics, MetricsSource):
            needs.read(source.s3_uri)


TYPE = StepType(
    name="RegisterModel",
    key="register",
    config=RegisterConfig,
    summary="a new version in a model package group",
    documentation="https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModelPackage.html",
    compile=_compile,
    outputs=_outputs,
    properties=properties(
        "ModelPackageName ModelPackageGroupName ModelPackageVersion ModelPackageArn ModelPackageDescription "
        "CreationTime InferenceSpecification SourceAlgorithmSpecification ValidationSpecification ModelPackageStatus "
        "ModelPackageStatusDetails CertifyForMarketplace ModelApprovalStatus CreatedBy MetadataProperties ModelMetrics "
        "LastModifiedTime LastModifiedBy ApprovalDescription Domain Task SamplePayloadUrl CustomerMetadataProperties "
        "DriftCheckBaselines AdditionalInferenceSpecifications SkipModelValidation SourceUri SecurityConfig ModelCard "
        "ModelLifeCycle"
    ),
    rights=Rights(uses=(REGISTER, REGISTERED, TAG_VERSIONS, READ, IMAGES)),
    needs=_needs,
    retried=True,
)
