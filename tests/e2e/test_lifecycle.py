"""A module's life by hand on `rehearse up`: apply, apply again, redeploy by the infra pipeline, destroy, apply anew."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.breaking import registry_objects
from tests.e2e.by_hand import BIN

if TYPE_CHECKING:
    from tests.e2e.by_hand import ByHand

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("by-hand")]

TOOLING, DEV_BUILD = "123456789010", "123456789012"
MANIFEST = "manifests/local/deployment.yaml"


def seedfarmer(aws: ByHand, *arguments: str) -> str:
    return aws.run(TOOLING, "seedfarmer", *arguments, cwd=aws.directory / "project")


def status(aws: ByHand) -> str:
    return aws.run(TOOLING, str(BIN / "model-cicd"), "status", MANIFEST, cwd=aws.directory / "project")


def metadata(aws: ByHand) -> dict[str, Any]:
    printed = seedfarmer(aws, "list", "moduledata", "-d", "local", "-g", "models", "-m", "sample-ml-model-name")
    found: dict[str, Any] = json.loads(printed[printed.index("{") :])
    return found


def stacks(aws: ByHand, account: str) -> dict[str, str]:
    found = aws.client("cloudformation", account).describe_stacks()["Stacks"]
    return {
        each["StackName"]: each["StackStatus"]
        for each in found
        if each["StackName"].startswith("modelcicd-local-models")
    }


@pytest.fixture(scope="module")
def applied(by_hand: ByHand) -> ByHand:
    """The local manifest, applied; before that, status says that it is not."""
    before = status(by_hand)
    assert f"  not deployed yet: seedfarmer apply {MANIFEST}" in before
    assert "experimenation-deployment-group (module models-sample-ml-model-name" in before
    output = seedfarmer(by_hand, "apply", MANIFEST)
    assert "Modules Deployed" in output
    return by_hand


def test_metadata_for_other_modules_names_what_was_made(applied: ByHand) -> None:
    found = metadata(applied)
    group = found["DeploymentGroups"]["experimenation-deployment-group"]
    pipelines = applied.client("codepipeline", TOOLING).list_pipelines()["pipelines"]
    assert group["TrainingPipelineName"] in [each["name"] for each in pipelines]
    sagemaker = applied.client("sagemaker", DEV_BUILD)
    described = sagemaker.describe_model_package_group(ModelPackageGroupName=group["ModelPackageGroupName"])
    assert described["ModelPackageGroupArn"] == group["ModelPackageGroupArn"]
    key = applied.client("kms", DEV_BUILD).describe_key(KeyId=group["RegistryKeyArn"])["KeyMetadata"]
    assert key["KeyState"] == "Enabled"


def test_applying_again_changes_nothing(applied: ByHand) -> None:
    before = len(applied.rehearse("logs").stdout.splitlines())
    seedfarmer(applied, "apply", MANIFEST)
    assert len(applied.rehearse("logs").stdout.splitlines()) == before


def test_a_commit_to_the_infra_repository_redeploys_the_stacks(applied: ByHand) -> None:
    clone = applied.clone("cdk-infra-repo", applied.directory / "infra")
    stack = clone / "model_cicd" / "sagemaker_model_cicd" / "stacks" / "group_build.py"
    text = stack.read_text(encoding="utf-8")
    changed = text.replace("Model events of deployment group", "MODEL EVENTS of deployment group")
    assert changed != text
    pipeline = metadata(applied)["InfraPipelineName"]
    for code, loud in ((changed, True), (text, False)):  # as it was, for a pipeline that is made anew runs that code
        stack.write_text(code, encoding="utf-8")
        execution = applied.wait_for(
            pipeline, applied.push(clone, "main", "Say it louder" if loud else "And as before")
        )
        assert execution["status"] == "Succeeded", applied.rehearse("logs").stdout
        rules = applied.client("events", DEV_BUILD).list_rules()["Rules"]
        assert loud is any(each.get("Description", "").startswith("MODEL EVENTS") for each in rules)


def test_destroy_keeps_the_registry_and_a_later_apply_takes_it_back(applied: ByHand) -> None:
    group = metadata(applied)["DeploymentGroups"]["experimenation-deployment-group"]
    bucket, key = group["RegistryBucketName"], group["RegistryKeyArn"]
    with registry_objects(applied, DEV_BUILD) as s3:
        s3.put_object(Bucket=bucket, Key="models/precious", Body=b"weights")

    seedfarmer(applied, "destroy", "local")
    assert stacks(applied, TOOLING) == {}
    assert stacks(applied, DEV_BUILD) == {}
    # its content nobody can read now: the roles that could use the key are gone
    assert applied.client("s3", DEV_BUILD).head_object(Bucket=bucket, Key="models/precious")["ContentLength"] == 7
    assert applied.client("kms", DEV_BUILD).describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Enabled"
    groups = applied.client("sagemaker", DEV_BUILD).list_model_package_groups()["ModelPackageGroupSummaryList"]
    assert group["ModelPackageGroupName"] in [each["ModelPackageGroupName"] for each in groups]
    repositories = applied.client("codecommit", TOOLING).list_repositories()["repositories"]
    assert {"model-build-repo", "cdk-infra-repo"} <= {each["repositoryName"] for each in repositories}
    said = status(applied)
    assert f"  destroyed; kept on purpose: model package group {group['ModelPackageGroupName']} (" in said
    assert bucket in said
    assert "warnings" not in said

    seedfarmer(applied, "apply", MANIFEST)
    assert set(stacks(applied, DEV_BUILD).values()) <= {"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"}
    again = metadata(applied)["DeploymentGroups"]["experimenation-deployment-group"]
    assert again["RegistryKeyArn"] == key
    with registry_objects(applied, DEV_BUILD) as s3:
        assert s3.get_object(Bucket=bucket, Key="models/precious")["Body"].read() == b"weights"


def test_a_renamed_group_is_one_that_leaves_and_one_that_comes(applied: ByHand) -> None:
    left = metadata(applied)["DeploymentGroups"]["experimenation-deployment-group"]
    module = applied.directory / "project" / "manifests" / "local" / "models-modules.yaml"
    text = module.read_text(encoding="utf-8")
    module.write_text(text.replace("experimenation-deployment-group", "trials"), encoding="utf-8")
    try:
        said = status(applied)
        assert said.index("trials (module") < said.index("experimenation-deployment-group (module")
        assert "experimenation-deployment-group is not in the manifest any more and still deployed" in said
        seedfarmer(applied, "apply", MANIFEST)
    finally:
        module.write_text(text, encoding="utf-8")
    there = [*stacks(applied, TOOLING), *stacks(applied, DEV_BUILD)]
    assert [name for name in there if "experimenation" in name] == []
    assert len([name for name in there if "trials" in name]) == 3
    pipelines = applied.client("codepipeline", TOOLING).list_pipelines()["pipelines"]
    assert left["TrainingPipelineName"] not in [each["name"] for each in pipelines]
    key = applied.client("kms", DEV_BUILD).describe_key(KeyId=left["RegistryKeyArn"])["KeyMetadata"]
    assert key["KeyState"] == "Enabled"
    applied.client("s3", DEV_BUILD).head_bucket(Bucket=left["RegistryBucketName"])
