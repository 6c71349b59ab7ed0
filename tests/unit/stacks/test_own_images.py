"""Images that a group builds itself: repositories in its build account, and the one build with docker."""

from __future__ import annotations

import copy
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from model_cicd.constructs.image_build import image_build_spec

ORGANIZATION = "o-a1b2c3d4e5"
PULL = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
PUSH = [*PULL[:2], "ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart"]


@pytest.fixture(scope="module")
def imaged(synthesize: Any, parameters: Any) -> Any:
    changed = copy.deepcopy(parameters)
    changed["deployment-groups"][1]["images"] = [
        {"name": "train-model", "path": "images/train"},
        {"name": "serve", "path": "images/serve"},
    ]
    return synthesize({**changed, "organization-id": ORGANIZATION})


def test_repositories_of_the_build_account(imaged: Any, find: Any) -> None:
    template = imaged.build("live")
    found = find(template, "AWS::ECR::Repository")
    assert [each["Properties"]["RepositoryName"] for each in found] == [
        "shop-models-training-prices-live/train-model",
        "shop-models-training-prices-live/serve",
    ]
    for each in found:
        own = each["Properties"]
        assert own["ImageTagMutability"] == "IMMUTABLE"
        assert own["ImageScanningConfiguration"] == {"ScanOnPush": True}
        assert own["EncryptionConfiguration"]["EncryptionType"] == "KMS"
        key = own["EncryptionConfiguration"]["KmsKey"]["Fn::GetAtt"][0]
        assert template["Resources"][key]["Properties"]["EnableKeyRotation"] is True
        (rule,) = json.loads(own["LifecyclePolicy"]["LifecyclePolicyText"])["rules"]
        assert rule["selection"]["tagStatus"] == "untagged", "models that serve refer to what has a tag"
        assert (each["DeletionPolicy"], each["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert not find(imaged.build("research"), "AWS::ECR::Repository")


def test_exactly_the_build_pushes_and_exactly_the_model_roles_of_other_accounts_pull(imaged: Any, find: Any) -> None:
    group = imaged.group("live")
    for each in find(imaged.build("live"), "AWS::ECR::Repository"):
        push, *pulls = each["Properties"]["RepositoryPolicyText"]["Statement"]
        assert push == {
            "Sid": "Push",
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::111111111111:root"},
            "Action": PUSH,
            "Condition": {
                "ArnEquals": {"aws:PrincipalArn": group.own_images.project.role.arn},
                "StringEquals": {"aws:PrincipalOrgID": ORGANIZATION},
            },
        }
        assert [each["Principal"] for each in pulls] == [
            {"AWS": "arn:aws:iam::555555555555:root"},
            {"AWS": "arn:aws:iam::666666666666:root"},
        ]
        for statement, consumer in zip(pulls, group.consumers, strict=True):
            assert statement["Action"] == PULL
            assert statement["Condition"] == {
                "ArnEquals": {"aws:PrincipalArn": consumer.model_execution_role.arn},
                "StringEquals": {"aws:PrincipalOrgID": ORGANIZATION},
            }


def test_the_key_gives_nobody_its_use_but_ecr(imaged: Any, find: Any, one: Any) -> None:
    template = imaged.build("live")
    alias = one(template, "AWS::KMS::Alias", AliasName=imaged.group("live").own_images.key_alias.name)
    key = template["Resources"][alias["Properties"]["TargetKeyId"]["Fn::GetAtt"][0]]
    administration, grants = key["Properties"]["KeyPolicy"]["Statement"]
    assert not {"kms:Decrypt", "kms:GenerateDataKey", "kms:CreateGrant"} & set(administration["Action"])
    assert grants["Action"] == "kms:CreateGrant"
    assert grants["Condition"] == {"Bool": {"kms:GrantIsForAWSResource": "true"}}


def test_the_roles_of_jobs_and_endpoints_may_pull_them(imaged: Any, statements: Any) -> None:
    group = imaged.group("live")
    execution = statements(imaged.build("live"), group.registry.execution_role.name)
    assert set(group.own_images.arns) <= set(execution["Images"]["Resource"])
    other = imaged.group("research")
    assert not set(group.own_images.arns) & set(
        statements(imaged.build("research"), other.registry.execution_role.name)["Images"]["Resource"]
    )
    for path, text in imaged.source("live").items():
        if path == "plan.json":
            assert json.loads(text)["image_repositories"] == list(group.own_images.arns)


def test_the_only_privileged_project_may_push_and_nothing_else(imaged: Any, find: Any, statements: Any) -> None:
    group, template = imaged.group("live"), imaged.training("live")
    privileged = [
        each["Properties"]["Name"]
        for name in imaged.templates
        for each in find(imaged.templates[name], "AWS::CodeBuild::Project")
        if each["Properties"]["Environment"].get("PrivilegedMode")
    ]
    assert privileged == [group.own_images.project.name]
    own = statements(template, group.own_images.project.role.name)
    assert own["Push"]["Action"] == PUSH
    assert own["Push"]["Resource"] == list(group.own_images.arns)
    assert set(own) == {
        "Log", "ImageToken", "Images", "Push", "ReadSource", "ArtifactBucket", "ArtifactKey", "DescribeArtifactKey",
    }  # fmt: skip
    assert own["Images"]["Action"] == PULL
    assert all(":444444444444:" not in each for each in own["Images"]["Resource"]), "base images of AWS's accounts"
    train = statements(template, group.training.project.role.name)
    assert not any(action.startswith("ecr:") for each in train.values() for action in each["Action"])


def test_images_are_built_before_the_training_which_gets_their_digests(imaged: Any, one: Any) -> None:
    group = imaged.group("live")
    stages = one(imaged.training("live"), "AWS::CodePipeline::Pipeline")["Properties"]["Stages"]
    assert [each["Name"] for each in stages] == ["Source", "Images", "Build"]
    assert stages[1]["Actions"][0]["Configuration"] == {"ProjectName": group.own_images.project.name}
    assert stages[1]["Actions"][0]["Namespace"] == "Images"
    given = stages[2]["Actions"][0]["Configuration"]["EnvironmentVariables"]
    assert json.loads(given) == [
        {"name": "MODEL_CICD_IMAGES", "value": "#{Images.MODEL_CICD_IMAGES}", "type": "PLAINTEXT"}
    ]
    project = one(imaged.training("live"), "AWS::CodeBuild::Project", Name=group.own_images.project.name)
    variables = {e["Name"]: e["Value"] for e in project["Properties"]["Environment"]["EnvironmentVariables"]}
    assert variables["IMAGES"].split() == [
        "train-model|images/train|shop-models-training-prices-live/train-model",
        "serve|images/serve|shop-models-training-prices-live/serve",
    ]
    assert variables["IMAGE_REGISTRY"] == "444444444444.dkr.ecr.eu-west-1.amazonaws.com"


def run_build(folder: Path, digest: str) -> subprocess.CompletedProcess[str]:
    """The commands of the build with programs that write down how they are called."""
    programs = folder / "programs"
    programs.mkdir(exist_ok=True)
    for name, does in {
        "docker": 'case "$1" in login) cat >/dev/null;; esac',
        "aws": f'case "$*" in *batch-get-image*) echo {digest};; *) echo secret;; esac',
    }.items():
        (programs / name).write_text(f'#!/bin/sh\necho "{name} $*" >>{folder}/calls\n{does}\n')
        (programs / name).chmod(0o755)
    (command,) = json.loads(image_build_spec())["phases"]["build"]["commands"]
    environment = {
        "PATH": f"{programs}:/usr/bin:/bin", "IMAGES": "train|images/train|prefix/train", "IMAGE_REGISTRY": "registry",
        "IMAGE_REGION": "eu-west-1", "IMAGE_ACCOUNT": "444444444444",
    }  # fmt: skip
    return subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.programs
def test_the_build_tags_by_content_and_builds_only_what_is_not_there(tmp_path: Path) -> None:
    image = tmp_path / "images" / "train"
    image.mkdir(parents=True)
    missing = run_build(tmp_path, "None")
    assert missing.returncode == 1
    assert "images train: got no images/train/Dockerfile" in missing.stderr
    (image / "Dockerfile").write_text("FROM python:3.11-slim\n")
    there = run_build(tmp_path, "sha256:abc")
    assert there.stdout.splitlines()[-1] == "MODEL_CICD_IMAGES=train=registry/prefix/train@sha256:abc"
    assert "has no USER" in there.stdout
    calls = (tmp_path / "calls").read_text()
    assert "docker build" not in calls
    run_build(tmp_path, "None")
    tag = next(
        line for line in (tmp_path / "calls").read_text().splitlines() if line.startswith("docker build")
    ).split()[3]
    aws = "683313688378.dkr.ecr.us-west-2.amazonaws.com"
    (image / "Dockerfile").write_text(f"FROM {aws}/sagemaker-scikit-learn:1.2-1\nUSER 1000\n")
    (tmp_path / "calls").unlink()
    assert "has no USER" not in run_build(tmp_path, "None").stdout
    calls = (tmp_path / "calls").read_text()
    assert f"--tag {tag}" not in calls, "another content, another tag"
    assert f"docker login --username AWS --password-stdin {aws}\n" in calls
    assert "aws ecr get-login-password --region us-west-2\n" in calls
