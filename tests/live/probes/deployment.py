"""CloudFormation and CodeCommit."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

from tests.live.probe import Fact, Scene, probe
from tests.live.resources import make_bucket


def _ended(scene: Scene, name: str) -> str:
    stacks = scene.client("cloudformation")

    def status() -> str | None:
        found = str(stacks.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"])
        return None if found.endswith("IN_PROGRESS") else found

    return scene.wait(status, f"the stack {name}")


def _deleted(scene: Scene, name: str, identity: str) -> None:
    stacks = scene.client("cloudformation")
    stacks.delete_stack(StackName=name)
    scene.wait(
        lambda: (
            True
            if stacks.describe_stacks(StackName=identity)["Stacks"][0]["StackStatus"] == "DELETE_COMPLETE"
            else None
        ),
        f"the end of {name}",
    )


@probe(
    Fact(
        "first-commit-of-more-than-100-files",
        "CloudFormation makes the first commit of a CodeCommit repository out of a zip with more than 100 files",
        "model_cicd/constructs/repository.py",
        "CREATE_COMPLETE",
    )
)
def first_commit(scene: Scene) -> str:
    bucket, name = make_bucket(scene, "seed"), scene.name("seed")
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for number in range(300):
            archive.writestr(f"folder/{number:03}.txt", "text\n")
    scene.client("s3").put_object(Bucket=bucket, Key="seed.zip", Body=held.getvalue())
    code = {"BranchName": "main", "S3": {"Bucket": bucket, "Key": "seed.zip"}}
    resource = {
        "Type": "AWS::CodeCommit::Repository",
        "Properties": {"RepositoryName": name, "Code": code},
    }
    return _made(scene, name, {"Resources": {"Repository": resource}})


def _made(scene: Scene, name: str, template: dict[str, Any]) -> str:
    stacks = scene.client("cloudformation")
    identity = stacks.create_stack(StackName=name, TemplateBody=json.dumps(template))["StackId"]
    scene.undo(f"stack {name}", _deleted, scene, name, identity)
    return _ended(scene, name)


@probe(
    Fact(
        "retained-resources-are-imported",
        "a bucket and a model package group that a deleted stack retained are imported into a new stack of that name",
        "docs/adr/0004-destroy-and-readoption.md",
        "IMPORT_COMPLETE",
    )
)
def retained(scene: Scene) -> str:
    stacks, name = scene.client("cloudformation"), scene.name("kept")
    bucket = {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain", "Properties": {"BucketName": name}}
    group = {
        "Type": "AWS::SageMaker::ModelPackageGroup",
        "DeletionPolicy": "Retain",
        "Properties": {"ModelPackageGroupName": name},
    }
    template = {"Resources": {"Bucket": bucket, "Group": group}}
    s3, sagemaker = scene.client("s3"), scene.client("sagemaker")
    identity = stacks.create_stack(StackName=name, TemplateBody=json.dumps(template))["StackId"]
    scene.undo(f"bucket {name}", s3.delete_bucket, Bucket=name)
    scene.undo(f"group {name}", sagemaker.delete_model_package_group, ModelPackageGroupName=name)
    first = _ended(scene, name)
    arn = sagemaker.describe_model_package_group(ModelPackageGroupName=name)["ModelPackageGroupArn"]
    _deleted(scene, name, identity)
    if first != "CREATE_COMPLETE":
        return first
    made = stacks.create_change_set(
        StackName=name,
        ChangeSetName="import",
        ChangeSetType="IMPORT",
        TemplateBody=json.dumps(template),
        ResourcesToImport=[
            {"ResourceType": bucket["Type"], "LogicalResourceId": "Bucket", "ResourceIdentifier": {"BucketName": name}},
            {
                "ResourceType": group["Type"],
                "LogicalResourceId": "Group",
                "ResourceIdentifier": {"ModelPackageGroupArn": arn},
            },
        ],
    )
    scene.undo(f"stack {name}", _deleted, scene, name, made["StackId"])

    def planned() -> str | None:
        found = stacks.describe_change_set(StackName=name, ChangeSetName="import")
        return None if found["Status"].endswith(("PENDING", "IN_PROGRESS")) else str(found["Status"])

    if scene.wait(planned, "the change set") != "CREATE_COMPLETE":
        return str(stacks.describe_change_set(StackName=name, ChangeSetName="import").get("StatusReason"))
    stacks.execute_change_set(StackName=name, ChangeSetName="import")
    return _ended(scene, name)
