"""RegisterModel steps: a new version in a model package group.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModelPackage.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from model_cicd.pipeline.expressions import ImageUri, InstanceType, Name, StepName, String, Text
from model_cicd.pipeline.model import Model

if TYPE_CHECKING:
    from model_cicd.pipeline.schema import Step
    from model_cicd.pipeline.scope import Scope


class MetricsSource(Model):
    """A property file, by the Processing step that writes it."""

    step_name: StepName
    property_file: Name


class ModelMetrics(Model):
    """Statistics shown with the model version; both are JSON."""

    model_quality: MetricsSource | None = None
    model_data_quality: MetricsSource | None = None


class RegisterConfig(Model):
    """The `register` key.

    `customer_metadata` may hold values of the run ({jsonGet: ...}, {execution: ...}, {parameter: ...}): everything is
    set when the version is created, because no role of the training side may change a version afterwards.
    """

    image_uri: ImageUri
    model_data_step: StepName
    model_package_group_name: String | None = None
    approval_status: Literal["PendingManualApproval", "Approved", "Rejected"] = "PendingManualApproval"
    content_types: list[String] = Field(min_length=1)
    response_types: list[String] = Field(min_length=1)
    inference_instance_types: list[InstanceType] | None = None
    transform_instance_types: list[InstanceType] | None = None
    description: Text | None = None
    model_metrics: ModelMetrics | None = None
    # at most 50 entries: CustomerMetadataProperties of CreateModelPackage
    customer_metadata: dict[str, Text] = Field(default_factory=dict, max_length=50)


def compile_register(step: Step, scope: Scope) -> dict[str, Any]:
    """The arguments of CreateModelPackage."""
    config = step.register_
    assert config is not None
    specification: dict[str, Any] = {
        "Containers": [
            {
                "Image": scope.image(config.image_uri),
                "ModelDataUrl": {"Get": f"Steps.{config.model_data_step}.ModelArtifacts.S3ModelArtifacts"},
            }
        ],
        "SupportedContentTypes": [scope.value(each) for each in config.content_types],
        "SupportedResponseMIMETypes": [scope.value(each) for each in config.response_types],
    }
    if config.inference_instance_types is not None:
        types = [scope.value(each) for each in config.inference_instance_types]
        specification["SupportedRealtimeInferenceInstanceTypes"] = types
    if config.transform_instance_types is not None:
        types = [scope.value(each) for each in config.transform_instance_types]
        specification["SupportedTransformInstanceTypes"] = types
    arguments: dict[str, Any] = {
        "ModelPackageGroupName": scope.model_package_group(config.model_package_group_name),
        "ModelApprovalStatus": config.approval_status,
        "InferenceSpecification": specification,
    }
    if config.description is not None:
        arguments["ModelPackageDescription"] = scope.value(config.description)
    metrics = _metrics(config.model_metrics, scope) if config.model_metrics else {}
    if metrics:
        arguments["ModelMetrics"] = metrics
    if config.customer_metadata:
        metadata = {key: scope.value(value) for key, value in config.customer_metadata.items()}
        arguments["CustomerMetadataProperties"] = metadata
    return {"Arguments": arguments}


def _metrics(metrics: ModelMetrics, scope: Scope) -> dict[str, Any]:
    sources = {"ModelQuality": metrics.model_quality, "ModelDataQuality": metrics.model_data_quality}
    return {
        key: {
            "Statistics": {
                "ContentType": "application/json",
                "S3Uri": scope.property_file_uri(source.step_name, source.property_file),
            }
        }
        for key, source in sources.items()
        if source is not None
    }
