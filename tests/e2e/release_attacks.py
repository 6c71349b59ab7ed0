"""What nobody may do to releases but the promotion, and what those who serve need of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.e2e.breaking import Target

Call = Callable[[Any, Target], Any]
Attempt = tuple[str, str, str, Call, str]


def _record(target: Target) -> str:
    """The record of how the version that serves was registered."""
    return f"registrations/{target.package.rpartition('/')[2]}.json"


def _exchanged(client: Any, target: Target) -> Any:
    container = {"Image": "999999999999.dkr.ecr.us-east-1.amazonaws.com/mine:1", "ModelDataUrl": "s3://mine/model"}
    return client.update_model_package(
        ModelPackageArn=target.release,
        InferenceSpecification={
            "Containers": [container],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
    )


def _register(client: Any, target: Target) -> Any:
    group = target.release.rpartition("/")[0].rpartition("/")[2]
    wanted = {**target.pending, "ModelPackageGroupName": group, "ModelApprovalStatus": "Approved"}
    return client.create_model_package(**wanted)


#: of those who train, start, approve or serve: what would change what serves
OF_EVERYBODY: dict[str, tuple[str, Call, str]] = {
    "overwrite a release": (
        "s3", lambda c, t: c.put_object(Bucket=t.release_bucket, Key=t.release_model, Body=b"x"), "s3:PutObject",
    ),
    "delete a release's model": (
        "s3", lambda c, t: c.delete_object(Bucket=t.release_bucket, Key=t.release_model), "s3:DeleteObject",
    ),
    "write a registration": (
        "s3", lambda c, t: c.put_object(Bucket=t.release_bucket, Key=_record(t), Body=b"{}"), "s3:PutObject",
    ),
    "exchange a release": ("sagemaker", _exchanged, "sagemaker:UpdateModelPackage"),
}  # fmt: skip

ATTEMPTS: list[Attempt] = [
    *(
        (who, what, service, call, action)
        for what, (service, call, action) in OF_EVERYBODY.items()
        for who in ("training", "starter", "approver", "model", "prod-cfn-exec")
    ),
    ("training", "read a release", "s3", lambda c, t: c.get_object(Bucket=t.release_bucket, Key=t.release_model),
     "s3:GetObject"),
    ("training", "register a release", "sagemaker", _register, "sagemaker:CreateModelPackage"),
    ("approver", "delete a release", "sagemaker", lambda c, t: c.delete_model_package(ModelPackageName=t.release),
     "sagemaker:DeleteModelPackage"),
    ("model", "read a registration", "s3", lambda c, t: c.get_object(Bucket=t.release_bucket, Key=_record(t)),
     "s3:GetObject"),
    ("model", "read a candidate", "s3", lambda c, t: c.get_object(Bucket=t.bucket, Key=t.model), "s3:GetObject"),
    ("prod-cfn-exec", "describe a candidate", "sagemaker", lambda c, t: c.describe_model_package(
        ModelPackageName=t.package), "sagemaker:DescribeModelPackage"),
    # the role that releases adds, and changes nothing
    ("release", "exchange a release", "sagemaker", _exchanged, "sagemaker:UpdateModelPackage"),
    ("release", "approve a candidate", "sagemaker", lambda c, t: c.update_model_package(
        ModelPackageArn=t.package, ModelApprovalStatus="Approved"), "sagemaker:UpdateModelPackage"),
    ("release", "delete a release's model", "s3", lambda c, t: c.delete_object(
        Bucket=t.release_bucket, Key=t.release_model), "s3:DeleteObject"),
    ("release", "write a registration", "s3", lambda c, t: c.put_object(
        Bucket=t.release_bucket, Key=_record(t), Body=b"{}"), "s3:PutObject"),
    ("release", "overwrite a candidate", "s3", lambda c, t: c.put_object(Bucket=t.bucket, Key=t.model, Body=b"x"),
     "s3:PutObject"),
    # and the one that records knows nothing else
    ("recorder", "overwrite a release", "s3", lambda c, t: c.put_object(
        Bucket=t.release_bucket, Key=t.release_model, Body=b"x"), "s3:PutObject"),
    ("recorder", "delete a registration", "s3", lambda c, t: c.delete_object(
        Bucket=t.release_bucket, Key=_record(t)), "s3:DeleteObject"),
    ("recorder", "read a candidate", "s3", lambda c, t: c.get_object(Bucket=t.bucket, Key=t.model), "s3:GetObject"),
]  # fmt: skip

NEEDED: list[tuple[str, str, str, Call]] = [
    ("model", "read a release", "s3", lambda c, t: c.get_object(
        Bucket=t.release_bucket, Key=t.release_model)["Body"].read()),
    ("model", "list releases", "s3", lambda c, t: c.list_objects_v2(Bucket=t.release_bucket, Prefix="models/")),
    ("prod-cfn-exec", "describe a release", "sagemaker", lambda c, t: c.describe_model_package(
        ModelPackageName=t.release)),
    ("release", "describe a candidate", "sagemaker", lambda c, t: c.describe_model_package(ModelPackageName=t.package)),
]  # fmt: skip
