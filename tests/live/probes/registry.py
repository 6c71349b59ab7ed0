"""SageMaker's model registry and pipelines: what costs nothing to ask of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from model_cicd.aws.images import resolve
from tests.live import versions
from tests.live.probe import Fact, Scene, code, probe
from tests.live.resources import account_trust, allow, document, make_bucket, make_role, service_trust, session


@probe(
    Fact(
        "group-policy-takes-conditions",
        "the resource policy of a model package group may have conditions on the principal's ARN and organization",
        "model_cicd/constructs/registry.py",
        "accepted",
    )
)
def group_policy(scene: Scene) -> str:
    sagemaker, name = scene.client("sagemaker"), versions.group(scene, "policy")
    described = sagemaker.describe_model_package_group(ModelPackageGroupName=name)
    packages = described["ModelPackageGroupArn"].replace(":model-package-group/", ":model-package/") + "/*"
    other = scene.accounts[1] if len(scene.accounts) > 1 else scene.accounts[0]
    statement = {
        "Sid": "probe",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:{scene.partition}:iam::{other}:root"},
        "Action": ["sagemaker:DescribeModelPackage", "sagemaker:CreateModel"],
        "Resource": packages,
        "Condition": {
            "ArnLike": {"aws:PrincipalArn": f"arn:{scene.partition}:iam::{other}:role/cdk-*-cfn-exec-role-*"}
        },
    }
    policy = document(statement)
    return code(sagemaker.put_model_package_group_policy, ModelPackageGroupName=name, ResourcePolicy=policy)


@probe(
    Fact(
        "group-policy-names-who-exists",
        "the resource policy of a model package group is refused when it names a role that is not there",
        "docs/adr/0023-one-validator.md",
        "refused: ValidationException",
    )
)
def group_policy_of_nobody(scene: Scene) -> str:
    sagemaker, name = scene.client("sagemaker"), versions.group(scene, "nobody")
    arn = sagemaker.describe_model_package_group(ModelPackageGroupName=name)["ModelPackageGroupArn"]
    nobody = {"AWS": f"arn:{scene.partition}:iam::{scene.accounts[0]}:role/{scene.name('nobody')}"}
    policy = document(allow("sagemaker:DescribeModelPackageGroup", arn, Principal=nobody))
    return code(sagemaker.put_model_package_group_policy, ModelPackageGroupName=name, ResourcePolicy=policy)


@probe(
    Fact(
        "metadata-values-have-256-characters",
        "a value of `CustomerMetadataProperties` has at most 256 characters",
        "model_cicd/promotion/registration.py",
        "256: accepted, 257: refused: ValidationException",
    )
)
def metadata_values(scene: Scene) -> str:
    sagemaker, group, bucket = scene.client("sagemaker"), versions.group(scene, "metadata"), versions.model(scene)
    seen = []
    for length in (256, 257):
        try:
            versions.package(scene, group, bucket, CustomerMetadataProperties={"Probe": "x" * length})
            seen.append(f"{length}: accepted")
        except sagemaker.exceptions.ClientError as error:
            seen.append(f"{length}: refused: {error.response['Error']['Code']}")
    return ", ".join(seen)


@probe(
    Fact(
        "pipeline-names-have-256-characters",
        "the name of a SageMaker pipeline has at most 256 characters",
        "model_cicd/aws/naming.py",
        "256: accepted, 257: refused: ValidationException",
    )
)
def pipeline_names(scene: Scene) -> str:
    return f"256: {_pipeline(scene, 256)}, 257: {_pipeline(scene, 257, expected=code)}"


def _pipeline(
    scene: Scene,
    length: int = 0,
    steps: list[dict[str, Any]] | None = None,
    expected: Callable[..., str] | None = None,
) -> str:
    """Whether a pipeline with a name of so many characters and with these steps is accepted."""
    sagemaker = scene.client("sagemaker")
    role = make_role(scene, f"pipeline-{length}", service_trust("sagemaker.amazonaws.com", scene.accounts[0]))
    name = scene.name("pipeline").ljust(length, "x")
    fail = {"Name": "Stop", "Type": "Fail", "Arguments": {"ErrorMessage": "probe"}}
    definition = json.dumps({"Version": "2020-12-01", "Steps": steps or [fail]})
    said = (expected or scene.accepted)(
        sagemaker.create_pipeline,
        PipelineName=name,
        PipelineDefinition=definition,
        ClientRequestToken=f"{scene.mark}-{length}".ljust(32, "0"),
        RoleArn=role,
    )
    if said == "accepted":
        token = f"{scene.mark}-{length}".ljust(33, "0")
        scene.undo(f"pipeline {name}", sagemaker.delete_pipeline, PipelineName=name, ClientRequestToken=token)
    return said


@probe(
    Fact(
        "registering-needs-no-right-on-the-bucket",
        "who calls `CreateModelPackage` needs no right on the bucket that the model is in",
        "docs/adr/0020-releases.md",
        "accepted",
        embedded="it looks for the model with the caller's rights, to be on the safe side",
    )
)
def registering(scene: Scene) -> str:
    group, bucket = versions.group(scene, "register"), versions.model(scene)
    arn = f"arn:{scene.partition}:sagemaker:{scene.region}:{scene.accounts[0]}"
    role = make_role(
        scene,
        "register",
        account_trust(scene.partition, scene.accounts[0]),
        allow("sagemaker:CreateModelPackage", f"{arn}:model-package/{group}/*"),
        allow("sagemaker:CreateModelPackage", f"{arn}:model-package-group/{group}"),
    )
    client, own = session(scene, role, "sagemaker"), scene.client("sagemaker")
    said = scene.accepted(
        client.create_model_package,
        ModelPackageGroupName=group,
        ModelApprovalStatus="PendingManualApproval",
        InferenceSpecification=versions.specification(scene, bucket),
    )
    for each in own.list_model_packages(ModelPackageGroupName=group)["ModelPackageSummaryList"]:
        scene.undo("model package", own.delete_model_package, ModelPackageName=each["ModelPackageArn"])
    return said


@probe(
    Fact(
        "version-is-younger-than-its-model",
        "`CreationTime` of a fresh version is not before the last write of its model in S3",
        "docs/adr/0020-releases.md",
        "not before",
    )
)
def creation_time(scene: Scene) -> str:
    group, bucket = versions.group(scene, "time"), versions.model(scene)
    arn = versions.package(scene, group, bucket)
    made = scene.client("sagemaker").describe_model_package(ModelPackageName=arn)["CreationTime"]
    written = scene.client("s3").head_object(Bucket=bucket, Key="models/model.tar.gz")["LastModified"]
    # S3 answers whole seconds
    return "not before" if made.timestamp() >= int(written.timestamp()) else f"before: {made} and {written}"


@probe(
    Fact(
        "json-get-in-metadata",
        "`CreatePipeline` takes `Std:JsonGet` outside of conditions, in the metadata of a model version",
        "docs/pipeline.md",
        "accepted",
    )
)
def json_get(scene: Scene) -> str:
    bucket = make_bucket(scene, "pipeline")
    role = f"arn:{scene.partition}:iam::{scene.accounts[0]}:role/probe"
    image = resolve("xgboost:1.7-1", scene.region)
    output = {"OutputName": "report", "AppManaged": False, "S3Output": {
        "S3Uri": f"s3://{bucket}/report", "LocalPath": "/opt/ml/processing/report", "S3UploadMode": "EndOfJob",
    }}  # fmt: skip
    cluster = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10}
    evaluate = {
        "Name": "Evaluate",
        "Type": "Processing",
        "Arguments": {
            "ProcessingResources": {"ClusterConfig": cluster},
            "AppSpecification": {"ImageUri": image, "ContainerEntrypoint": ["true"]},
            "RoleArn": role,
            "ProcessingOutputConfig": {"Outputs": [output]},
        },
        "PropertyFiles": [{"PropertyFileName": "Report", "OutputName": "report", "FilePath": "report.json"}],
    }
    value = {"Std:JsonGet": {"PropertyFile": {"Get": "Steps.Evaluate.PropertyFiles.Report"}, "Path": "mse"}}
    register = {
        "Name": "Register",
        "Type": "RegisterModel",
        "Arguments": {
            "ModelPackageGroupName": scene.name("group"),
            "InferenceSpecification": versions.specification(scene, bucket),
            "CustomerMetadataProperties": {"Mse": value},
        },
        "DependsOn": ["Evaluate"],
    }
    return _pipeline(scene, steps=[evaluate, register])
