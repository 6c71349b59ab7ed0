"""A repository with an image of its own and a model of scikit-learn, from push to prod in one rehearsal."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from botocore.exceptions import ClientError

from rehearsal.job.project import copy
from tests.e2e.by_hand import ROOT, TOOLING, Kept, kept_rehearsal

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("own-image")]

BUILD, PROD = "123456789015", "123456789017"
HERE = Path(__file__).with_name("own_image")
MODULE = "modules/sagemaker/sagemaker-model-cicd"


def manifest() -> dict[str, Any]:
    """One group that trains and serves in a build account, then serves in prod."""
    deployment: dict[str, Any] = yaml.safe_load((ROOT / "manifests" / "local" / "deployment.yaml").read_text())
    module = yaml.safe_load((ROOT / "manifests" / "local" / "models-modules.yaml").read_text())
    module["parameters"] = [each for each in module["parameters"] if each["name"] != "infra-repo"]
    for parameter in module["parameters"]:
        if parameter["name"] == "model-build-repo":
            parameter["value"]["seed"] = "./own-image"
        if parameter["name"] == "deployment-groups":
            parameter["value"] = [
                {
                    "name": "own",
                    "sourceBranch": "main",
                    "images": [{"name": "model", "path": "images/model"}],
                    "buildEnvironment": {
                        "name": "train", "account": BUILD, "region": "us-east-1", "type": "preprod",
                    },
                    "deployEnvironments": [{"name": "shop", "account": PROD, "type": "prod"}],
                }
            ]  # fmt: skip
    deployment["groups"] = [{"name": "models", "modules": [module]}]
    return deployment


@pytest.fixture(scope="module")
def rehearsed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    """The rehearsal, kept up after it passed."""
    directory = tmp_path_factory.mktemp("own-image")
    project = directory / "project"
    copy(ROOT, project)
    seed = project / MODULE / "own-image"
    shutil.copytree(HERE, seed)
    (seed / "data").mkdir()
    shutil.copy2(ROOT / "seedcode" / "model-build" / "data" / "diabetes.csv", seed / "data")
    shutil.copy2(ROOT / "seedcode" / "model-build" / "buildspec.yml", seed)
    path = project / "deployment.yaml"
    path.write_text(yaml.safe_dump(manifest()), encoding="utf-8")
    with kept_rehearsal(directory, str(path)) as running:
        yield running


def test_what_is_trained_registered_and_released_is_the_images_digest(rehearsed: Kept) -> None:
    assert rehearsed.report["passed"] is True
    (group,) = rehearsed.report["groups"]
    assert [step["name"] for step in group["steps"]] == ["TrainModel", "EvaluateModel", "CheckMSE", "RegisterModel"]
    ecr = rehearsed.client("ecr", BUILD)
    (repository,) = [
        each for each in ecr.describe_repositories()["repositories"] if each["repositoryName"].endswith("-own/model")
    ]
    (image,) = ecr.list_images(repositoryName=repository["repositoryName"])["imageIds"]
    uri = f"{repository['repositoryUri']}@{image['imageDigest']}"
    sagemaker = rehearsed.client("sagemaker", BUILD)
    groups = sagemaker.list_model_package_groups()["ModelPackageGroupSummaryList"]
    assert len(groups) == 2, "of candidates and of releases"
    for each_group in groups:
        name = each_group["ModelPackageGroupName"]
        for each in sagemaker.list_model_packages(ModelPackageGroupName=name)["ModelPackageSummaryList"]:
            package = sagemaker.describe_model_package(ModelPackageName=each["ModelPackageArn"])
            (container,) = package["InferenceSpecification"]["Containers"]
            assert container["Image"] == uri


def test_every_environment_answers_as_the_model_of_scikit_learn(rehearsed: Kept) -> None:
    data = (ROOT / "seedcode" / "model-build" / "data" / "diabetes.csv").read_text(encoding="utf-8").splitlines()
    rows = [line.rpartition(",") for line in data[1:6]]
    answers = []
    for account in (BUILD, PROD):
        (endpoint,) = rehearsed.client("sagemaker", account).list_endpoints()["Endpoints"]
        answer = rehearsed.client("sagemaker-runtime", account).invoke_endpoint(
            EndpointName=endpoint["EndpointName"], ContentType="text/csv", Body="\n".join(row[0] for row in rows)
        )
        answers.append([float(each) for each in answer["Body"].read().decode().split()])
    assert answers[0] == answers[1]
    assert all(abs(got - float(row[2])) < 150 for got, row in zip(answers[1], rows, strict=True))
    assert len(set(answers[1])) == len(rows)


def test_nobody_else_may_pull_or_push(rehearsed: Kept) -> None:
    """The repository's policy names the build and the model role of prod."""
    ecr = rehearsed.client("ecr", BUILD)
    (name,) = [
        each["repositoryName"]
        for each in ecr.describe_repositories()["repositories"]
        if each["repositoryName"].endswith("-own/model")
    ]
    statements = json.loads(ecr.get_repository_policy(repositoryName=name)["policyText"])["Statement"]
    assert [each["Sid"] for each in statements] == ["Push", f"Pull{PROD}"]
    for account in (PROD, TOOLING):  # whoever administers them
        with pytest.raises(ClientError, match="AccessDenied"):
            rehearsed.client("ecr", account).batch_get_image(
                registryId=BUILD, repositoryName=name, imageIds=[{"imageTag": "latest"}]
            )
