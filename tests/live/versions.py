"""Model package groups and versions that several probes make."""

from __future__ import annotations

from typing import Any

from model_cicd.aws.images import resolve
from tests.live.probe import Scene
from tests.live.resources import make_bucket


def group(scene: Scene, word: str) -> str:
    sagemaker, name = scene.client("sagemaker"), scene.name(word)
    sagemaker.create_model_package_group(ModelPackageGroupName=name)
    scene.undo(f"model package group {name}", sagemaker.delete_model_package_group, ModelPackageGroupName=name)
    return name


def specification(scene: Scene, bucket: str) -> dict[str, Any]:
    image = resolve("xgboost:1.7-1", scene.region)
    return {
        "Containers": [{"Image": image, "ModelDataUrl": f"s3://{bucket}/models/model.tar.gz"}],
        "SupportedContentTypes": ["text/csv"],
        "SupportedResponseMIMETypes": ["text/csv"],
    }


def model(scene: Scene) -> str:
    """A bucket with what passes for a model."""
    bucket = make_bucket(scene, "models")
    scene.client("s3").put_object(Bucket=bucket, Key="models/model.tar.gz", Body=b"a model")
    return bucket


def package(scene: Scene, group: str, bucket: str, *, status: str = "PendingManualApproval", **more: Any) -> str:
    sagemaker = scene.client("sagemaker")
    arn = sagemaker.create_model_package(
        ModelPackageGroupName=group,
        ModelApprovalStatus=status,
        InferenceSpecification=specification(scene, bucket),
        **more,
    )["ModelPackageArn"]
    scene.undo(f"model package {arn}", sagemaker.delete_model_package, ModelPackageName=arn)
    return str(arn)
