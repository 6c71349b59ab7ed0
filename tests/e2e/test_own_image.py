"""A repository with an image of its own and a model of scikit-learn, from push to prod."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from tests.e2e.by_hand import ROOT, TOOLING, Kept
from tests.e2e.other_repositories import OWN_IMAGE

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("other-repositories")]

(_ACCOUNTS,) = OWN_IMAGE.values()
BUILD, PROD = f"{_ACCOUNTS}0001", f"{_ACCOUNTS}0002"


def test_what_is_trained_registered_and_released_is_the_images_digest(other_repositories: Kept) -> None:
    assert other_repositories.report["passed"] is True
    (group,) = [each for each in other_repositories.report["groups"] if each["module"] in OWN_IMAGE]
    assert [step["name"] for step in group["steps"]] == ["TrainModel", "EvaluateModel", "CheckMSE", "RegisterModel"]
    ecr = other_repositories.client("ecr", BUILD)
    (repository,) = [
        each for each in ecr.describe_repositories()["repositories"] if each["repositoryName"].endswith("-own/model")
    ]
    (image,) = ecr.list_images(repositoryName=repository["repositoryName"])["imageIds"]
    uri = f"{repository['repositoryUri']}@{image['imageDigest']}"
    sagemaker = other_repositories.client("sagemaker", BUILD)
    groups = sagemaker.list_model_package_groups()["ModelPackageGroupSummaryList"]
    assert len(groups) == 2, "of candidates and of releases"
    for each_group in groups:
        name = each_group["ModelPackageGroupName"]
        for each in sagemaker.list_model_packages(ModelPackageGroupName=name)["ModelPackageSummaryList"]:
            package = sagemaker.describe_model_package(ModelPackageName=each["ModelPackageArn"])
            (container,) = package["InferenceSpecification"]["Containers"]
            assert container["Image"] == uri


def test_every_environment_answers_as_the_model_of_scikit_learn(other_repositories: Kept) -> None:
    data = (ROOT / "seedcode" / "model-build" / "data" / "diabetes.csv").read_text(encoding="utf-8").splitlines()
    rows = [line.rpartition(",") for line in data[1:6]]
    answers = []
    for account in (BUILD, PROD):
        (endpoint,) = other_repositories.client("sagemaker", account).list_endpoints()["Endpoints"]
        answer = other_repositories.client("sagemaker-runtime", account).invoke_endpoint(
            EndpointName=endpoint["EndpointName"], ContentType="text/csv", Body="\n".join(row[0] for row in rows)
        )
        answers.append([float(each) for each in answer["Body"].read().decode().split()])
    assert answers[0] == answers[1]
    assert all(abs(got - float(row[2])) < 150 for got, row in zip(answers[1], rows, strict=True))
    assert len(set(answers[1])) == len(rows)


def test_nobody_else_may_pull_or_push(other_repositories: Kept) -> None:
    """The repository's policy names the build and the model role of prod."""
    ecr = other_repositories.client("ecr", BUILD)
    (name,) = [
        each["repositoryName"]
        for each in ecr.describe_repositories()["repositories"]
        if each["repositoryName"].endswith("-own/model")
    ]
    statements = json.loads(ecr.get_repository_policy(repositoryName=name)["policyText"])["Statement"]
    assert [each["Sid"] for each in statements] == ["Push", f"Pull{PROD}"]
    for account in (PROD, TOOLING):  # whoever administers them
        with pytest.raises(ClientError, match="AccessDenied"):
            other_repositories.client("ecr", account).batch_get_image(
                registryId=BUILD, repositoryName=name, imageIds=[{"imageTag": "latest"}]
            )
