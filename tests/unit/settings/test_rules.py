"""What must hold between settings."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from model_cicd.sagemaker_model_cicd.settings.validate import validate

Parameters = dict[str, Any]


def complaints(parameters: Parameters) -> list[tuple[str, str]]:
    return [(".".join(map(str, path)), message) for path, message in validate(parameters)[1]]


@pytest.fixture
def two(parameters: Parameters) -> Parameters:
    """Two groups that share nothing but accounts."""
    other = copy.deepcopy(parameters["deployment-groups"][0])
    parameters["deployment-groups"].append(other | {"name": "dev-group", "sourceBranch": "dev"})
    assert complaints(parameters) == []
    return parameters


def test_groups_may_share_accounts_but_not_names(two: Parameters) -> None:
    two["deployment-groups"][1]["name"] = "Prod-Group"
    assert complaints(two) == [
        (
            "deployment-groups.1.name",
            "got the group name 'Prod-Group' again, first at deployment-groups[0].name "
            "(there 'prod-group'; IAM and S3 do not tell case apart); expected a name of its own",
        )
    ]


def test_data_scientists_are_of_the_build_account(parameters: Parameters) -> None:
    group = parameters["deployment-groups"][0]
    account = group["buildEnvironment"]["account"]
    group["dataScientists"] = [f"arn:aws:iam::{account}:role/team/scientists", "arn:aws:iam::999999999999:role/x"]
    assert complaints(parameters) == [
        (
            "deployment-groups.0.dataScientists.1",
            f"got a role of account 999999999999, expected one of the build account {account}",
        )
    ]
    group["pipelineConfig"] = {"steps": []}
    assert ("deployment-groups.0.dataScientists", "got it beside pipelineConfig, expected it for a group whose "
            "repository has the pipeline") in complaints(parameters)  # fmt: skip
    del group["pipelineConfig"]
    group["dataScientists"] = ["scientists"]
    [(path, message)] = complaints(parameters)
    assert path == "deployment-groups.0.dataScientists.0"
    assert message.startswith("got 'scientists', expected the ARN of a role such as")


def test_a_pipeline_of_the_manifest_is_compared_with_nothing(parameters: Parameters) -> None:
    group = parameters["deployment-groups"][0]
    group["compareWithServing"] = True
    assert complaints(parameters) == []
    group["pipelineConfig"] = {"steps": []}
    said = "got true beside pipelineConfig, expected it for a group whose repository has the pipeline"
    assert ("deployment-groups.0.compareWithServing", said) in complaints(parameters)


def test_two_groups_on_one_branch(two: Parameters) -> None:
    two["deployment-groups"][1]["sourceBranch"] = "main"
    [(path, message)] = complaints(two)
    assert path == "deployment-groups.1.sourceBranch"
    assert message.startswith("got the branch 'main' again, first at deployment-groups[0].sourceBranch")


def test_branches_differ_by_case(two: Parameters) -> None:
    two["deployment-groups"][1]["sourceBranch"] = "Main"
    assert complaints(two) == []


def test_repeated_environment_in_a_group(parameters: Parameters) -> None:
    parameters["deployment-groups"][0]["deployEnvironments"][1]["name"] = "approval"
    [(path, message)] = complaints(parameters)
    assert path == "deployment-groups.0.deployEnvironments.1.name"
    assert "got the environment name 'approval' again" in message


def test_a_deploy_environment_named_like_the_build_environment_is_the_same_account(parameters: Parameters) -> None:
    deploy = parameters["deployment-groups"][0]["deployEnvironments"]
    deploy[0]["name"] = "train"
    [(path, message)] = complaints(parameters)
    assert path == "deployment-groups.0.deployEnvironments.0.name"
    assert "the build environment's name, with another account" in message
    deploy[0]["account"] = "123456789015"
    assert complaints(parameters) == []


def test_preprod_and_prod_may_be_one_account(parameters: Parameters) -> None:
    parameters["deployment-groups"][0]["deployEnvironments"][1]["account"] = "123456789016"
    assert complaints(parameters) == []


@pytest.mark.parametrize("kind", ["dev", "preprod"])
def test_prod_only_where_the_build_environment_is_not_dev(parameters: Parameters, kind: str) -> None:
    parameters["deployment-groups"][0]["buildEnvironment"]["type"] = kind
    found = complaints(parameters)
    assert [path for path, _ in found] == (["deployment-groups.0.deployEnvironments.1.type"] if kind == "dev" else [])


def test_prod_comes_last(parameters: Parameters) -> None:
    deploy = parameters["deployment-groups"][0]["deployEnvironments"]
    deploy.reverse()
    assert complaints(parameters) == [
        (
            "deployment-groups.0.deployEnvironments.1.type",
            "got 'preprod' after the prod environment 'live' (deployment-groups[0].deployEnvironments[0]), expected "
            "prod: a version goes to the environments in this order",
        )
    ]


def test_several_prod_environments_come_last(parameters: Parameters) -> None:
    deploy = parameters["deployment-groups"][0]["deployEnvironments"]
    deploy.append({"name": "other", "account": "123456789018", "type": "prod"})
    assert complaints(parameters) == []
    deploy.append({"name": "late", "account": "123456789019", "type": "dev"})
    [(path, message)] = complaints(parameters)
    assert path == "deployment-groups.0.deployEnvironments.3.type"
    assert message.startswith("got 'dev' after the prod environment 'live'")


def test_a_build_environment_of_type_prod_comes_last_as_well(parameters: Parameters) -> None:
    group = parameters["deployment-groups"][0]
    group["buildEnvironment"]["type"] = "prod"
    [(path, message)] = complaints(parameters)
    assert path == "deployment-groups.0.deployEnvironments.0.type"
    assert "after the prod environment 'train' (deployment-groups[0].buildEnvironment)" in message
    assert message.endswith("list the build environment among deployEnvironments, where it belongs in their order")
    group["deployEnvironments"].append({"name": "train", "account": "123456789015", "type": "prod"})
    assert complaints(parameters) == []


def test_settings_of_a_build_environment_that_serves(parameters: Parameters) -> None:
    own = parameters["deployment-groups"][0]["buildEnvironment"]
    own |= {"endpoint": {"instanceCount": 2}, "requireApproval": True}
    assert complaints(parameters) == []
    own["endpoint"] = {"volumeKey": True, "instanceType": "ml.g5.xlarge"}
    assert [path for path, _ in complaints(parameters)] == ["deployment-groups.0.buildEnvironment.endpoint.volumeKey"]


def test_settings_of_a_build_environment_that_does_not_serve(parameters: Parameters) -> None:
    group = parameters["deployment-groups"][0]
    group["deployEnvironments"][0]["account"] = group["buildEnvironment"]["account"]
    group["buildEnvironment"] |= {"endpoint": {"instanceCount": 2}, "requireApproval": False}
    assert complaints(parameters) == [
        (
            f"deployment-groups.0.buildEnvironment.{key}",
            f"got {key} of a build environment that does not serve, because deployment-groups[0].deployEnvironments[0] "
            "is in its account; expected it there",
        )
        for key in ("endpoint", "requireApproval")
    ]


def test_environment_names_differ_by_more_than_case(parameters: Parameters) -> None:
    parameters["deployment-groups"][0]["deployEnvironments"][1]["name"] = "Approval"
    [(path, message)] = complaints(parameters)
    assert path == "deployment-groups.0.deployEnvironments.1.name"
    assert "(there 'approval'; IAM and S3 do not tell case apart)" in message


def test_a_deploy_environment_in_another_region(parameters: Parameters) -> None:
    deploy = parameters["deployment-groups"][0]["deployEnvironments"]
    deploy[0]["region"] = "us-east-1"
    deploy[1]["region"] = "eu-west-1"
    [(path, message)] = complaints(parameters)
    assert path == "deployment-groups.0.deployEnvironments.1.region"
    assert message.startswith("got 'eu-west-1', expected the build environment's region 'us-east-1'")


def test_groups_in_two_partitions(two: Parameters) -> None:
    two["deployment-groups"][1]["buildEnvironment"]["region"] = "us-gov-west-1"
    assert [path for path, _ in complaints(two)] == ["deployment-groups.1.buildEnvironment.region"]


def test_one_repository_for_both_purposes(parameters: Parameters) -> None:
    parameters["model-build-repo"]["name"] = "infra"
    assert [path for path, _ in complaints(parameters)] == ["model-build-repo.name"]
    parameters["model-build-repo"]["create"] = parameters["infra-repo"]["create"] = False
    assert complaints(parameters) == []


def test_subnets_and_security_groups_come_together(parameters: Parameters) -> None:
    parameters["deployment-groups"][0]["networkConfig"] = {"subnetIds": ["subnet-01234567"]}
    [(path, message)] = complaints(parameters)
    assert path == "deployment-groups.0.networkConfig.subnetIds"
    assert message == "got subnetIds without securityGroupIds, expected both or neither"


def test_rules_speak_although_types_are_wrong_elsewhere(two: Parameters) -> None:
    two["deployment-groups"][0]["buildEnvironment"]["account"] = 5
    two["deployment-groups"][1]["sourceBranch"] = "main"
    two["deployment-groups"].append("nonsense")
    assert {path for path, _ in complaints(two)} == {
        "deployment-groups.0.buildEnvironment.account",
        "deployment-groups.1.sourceBranch",
        "deployment-groups.2",
    }


def test_deploy_accounts_once_more(parameters: Parameters) -> None:
    parameters |= {"build-account-ids": ["123456789015"], "deploy-account-ids": ["123456789016", "123456789017"]}
    assert complaints(parameters) == []
    parameters["deploy-account-ids"].append("123456789099")
    [(path, message)] = complaints(parameters)
    assert path == "deploy-account-ids.2"
    assert message.startswith("got '123456789099', which no group deploys to")


def test_deploy_accounts_limit_nothing_without_the_build_accounts(parameters: Parameters) -> None:
    parameters["deploy-account-ids"] = ["123456789016"]
    assert [path for path, _ in complaints(parameters)] == ["deploy-account-ids"]


@pytest.mark.parametrize(
    ("region", "missing"),
    [
        ("eu-south-2", "CodeCommit"),
        ("ap-southeast-6", "CodeCommit"),
        ("ca-west-1", "CodeCommit and no CodeBuild and no CodePipeline"),
        ("cn-north-1", "CodePipeline's CloudFormation action"),
    ],
)
def test_a_region_without_a_service(parameters: Parameters, region: str, missing: str) -> None:
    parameters["deployment-groups"][0]["buildEnvironment"]["region"] = region
    [(path, message)] = complaints(parameters)
    assert path == "deployment-groups.0.buildEnvironment.region"
    assert message.startswith(
        f"got {region!r}, which has no {missing}; expected a region with it, because the repository"
    )


@pytest.mark.parametrize("region", ["us-east-1", "af-south-1", "il-central-1", "us-gov-west-1"])
def test_a_region_with_every_service(parameters: Parameters, region: str) -> None:
    parameters["deployment-groups"][0]["buildEnvironment"]["region"] = region
    assert complaints(parameters) == []


def test_packages_come_from_one_place(parameters: Parameters) -> None:
    parameters["builds"] = {"pythonIndexUrl": "https://packages.example.com/", "pythonIndexParameter": "/packages"}
    assert complaints(parameters) == [
        ("builds.pythonIndexParameter", "got pythonIndexParameter beside pythonIndexUrl, expected one of them")
    ]


def test_a_token_is_for_a_registry_and_for_builds_that_there_are(parameters: Parameters) -> None:
    parameters["builds"] = {"npmTokenParameter": "/packages/npm-token"}
    del parameters["infra-repo"]
    assert complaints(parameters) == [
        (
            "builds.npmTokenParameter",
            "got npmTokenParameter without npmRegistryUrl, expected the registry that the token is for",
        ),
        (
            "builds.npmTokenParameter",
            "got npmTokenParameter without builds of an infra pipeline, which alone get the token",
        ),
    ]


def test_a_group_that_moved_names_the_account_before(parameters: Parameters) -> None:
    own = parameters["deployment-groups"][0]["buildEnvironment"]
    own["movedFrom"] = own["account"]
    assert complaints(parameters) == [
        (
            "deployment-groups.0.buildEnvironment.movedFrom",
            f"got '{own['account']}', where the group builds; expected the account that it built in before",
        )
    ]
    own["movedFrom"] = "111122223333"
    # the module's role has to reach the old account, too
    assert complaints(parameters | {"build-account-ids": [own["account"], "111122223333"]}) == []
