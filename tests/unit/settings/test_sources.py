"""Where code is and what starts trainings: hosts, connections, GitHub Actions."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from model_cicd.sagemaker_model_cicd.settings.load import load
from model_cicd.sagemaker_model_cicd.settings.subjects import Job
from model_cicd.sagemaker_model_cicd.settings.validate import validate
from model_cicd.text.errors import ProblemsError

Parameters = dict[str, Any]
ID = "12345678-1234-1234-1234-123456789012"
CONNECTION = f"arn:aws:codeconnections:us-east-1:123456789010:connection/{ID}"
GITHUB = {"host": "github", "name": "acme/price", "connectionArn": CONNECTION}


def complaints(parameters: Parameters) -> list[tuple[str, str]]:
    return [(".".join(map(str, path)), message) for path, message in validate(parameters)[1]]


def paths(parameters: Parameters) -> list[str]:
    return [path for path, _ in complaints(parameters)]


@pytest.fixture
def actions(parameters: Parameters) -> Parameters:
    """Good parameters with a workflow as trainer."""
    parameters["deployment-groups"][0]["training"] = {"runner": "github-actions", "repository": "acme/price"}
    assert complaints(parameters) == []
    return parameters


def training(parameters: Parameters) -> dict[str, Any]:
    found: dict[str, Any] = parameters["deployment-groups"][0]["training"]
    return found


@pytest.mark.parametrize(
    "repository",
    [
        GITHUB,
        GITHUB | {"connectionArn": CONNECTION.replace("codeconnections", "codestar-connections")},
        GITHUB | {"connectionArn": "ssm:/mlops/connection"},
        GITHUB | {"create": False},
        GITHUB | {"host": "gitlab", "name": "group/sub.group/deeper/price"},
        GITHUB | {"host": "bitbucket", "name": "work_space/price"},
    ],
)
def test_code_at_other_hosts_is_fetched_through_a_connection(
    parameters: Parameters, repository: dict[str, Any]
) -> None:
    parameters["model-build-repo"] = repository
    parameters["infra-repo"] = repository
    parameters["deployment-groups"][0]["training"] = {"paths": {"includes": ["training/**"], "excludes": ["**/*.md"]}}
    assert complaints(parameters) == []


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"name": "price"}, "name"),
        ({"name": "acme/price/more"}, "name"),
        ({"name": "-acme/price"}, "name"),
        ({"name": "acme/price.git"}, "name"),
        ({"name": "acme/*"}, "name"),
        ({"host": "gitlab", "name": "price"}, "name"),
        ({"host": "codecommit", "name": "acme/price", "connectionArn": None}, "name"),
        ({"host": "codecommit", "name": "price"}, "connectionArn"),
        ({"host": "gitbucket"}, "host"),
        ({"connectionArn": None}, "connectionArn"),
        ({"connectionArn": "arn:aws:codeconnections:us-east-1:123456789010:connection/*"}, "connectionArn"),
        ({"connectionArn": "ssm:connection"}, "connectionArn"),
        ({"create": True}, "create"),
        ({"seed": "declarative"}, "seed"),
    ],
)
def test_names_and_keys_that_a_host_does_not_have(parameters: Parameters, change: dict[str, Any], path: str) -> None:
    parameters["model-build-repo"] = {key: value for key, value in (GITHUB | change).items() if value is not None}
    assert paths(parameters) == [f"model-build-repo.{path}"]


def test_a_message_says_what_the_host_expects(parameters: Parameters) -> None:
    parameters["model-build-repo"] = GITHUB | {"name": "price"}
    assert complaints(parameters) == [
        (
            "model-build-repo.name",
            "got 'price', expected the repository's full name at github: owner/repository",
        )
    ]


@pytest.mark.parametrize("part", ["codeconnections:us-east-1:999999999999", "codeconnections:us-east-2:123456789010"])
def test_connections_of_other_accounts_and_regions(
    parameters: Parameters, environment: Callable[[Parameters], dict[str, str]], part: str
) -> None:
    parameters["model-build-repo"] = GITHUB | {"connectionArn": f"arn:aws:{part}:connection/{ID}"}
    with pytest.raises(ProblemsError) as caught:
        load(environment(parameters))
    [problem] = caught.value.problems
    assert problem.path == "model-build-repo.connectionArn"
    assert "expected one of the tooling account 123456789010 in us-east-1" in problem.message


def test_a_group_may_have_a_repository_of_its_own(parameters: Parameters) -> None:
    other = copy.deepcopy(parameters["deployment-groups"][0]) | {"name": "other", "modelBuildRepo": GITHUB}
    parameters["deployment-groups"].append(other)
    assert complaints(parameters) == []  # on a branch of the same name
    other["modelBuildRepo"] = GITHUB | {"name": "price"}
    assert paths(parameters) == ["deployment-groups.1.modelBuildRepo.name"]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"repository": None}, "training.repository"),
        ({"repository": "price"}, "training.repository"),
        ({"repository": "acme/*"}, "training.repository"),
        ({"environment": "*"}, "training.environment"),
        ({"environment": "prod:x"}, "training.environment"),
        ({"workflow": "acme/price/.github/workflows/*@refs/heads/main"}, "training.workflow"),
        ({"workflow": "train.yml"}, "training.workflow"),
        ({"wait": True}, "training.wait"),
        ({"timeoutMinutes": 60}, "training.timeoutMinutes"),
        ({"paths": {}}, "training.paths"),
        ({"pullRequests": True}, "training.pullRequests"),
        ({"runner": "codebuild"}, "training.repository"),
        ({"runner": "codebuild", "repository": None, "environment": "prod"}, "training.environment"),
        ({"runner": "github_actions"}, "training.runner"),
    ],
)
def test_settings_of_a_trainer_that_make_no_sense(actions: Parameters, change: dict[str, Any], path: str) -> None:
    changed = training(actions) | change
    actions["deployment-groups"][0]["training"] = {key: each for key, each in changed.items() if each is not None}
    assert paths(actions) == [f"deployment-groups.0.{path}"]


def test_pull_requests_are_refused_with_the_reason(parameters: Parameters) -> None:
    parameters["model-build-repo"] = GITHUB
    parameters["deployment-groups"][0]["training"] = {"pullRequests": True}
    [(path, message)] = complaints(parameters)
    assert path == "deployment-groups.0.training.pullRequests"
    assert "would have the training role of the group" in message


def test_what_a_workflow_has_itself(actions: Parameters) -> None:
    actions["deployment-groups"][0] |= {"schedule": "rate(1 day)", "pipelineConfig": {"steps": []}}
    assert paths(actions) == ["deployment-groups.0.schedule", "deployment-groups.0.pipelineConfig"]


def test_path_filters_and_patterns_in_branches(parameters: Parameters) -> None:
    group = parameters["deployment-groups"][0]
    group["training"] = {"paths": {"includes": ["a"]}}
    assert paths(parameters) == ["deployment-groups.0.training.paths"]  # of CodeCommit
    parameters["model-build-repo"] = GITHUB
    group["training"] = {"paths": {"includes": [f"folder{each}/**" for each in range(9)]}}
    assert paths(parameters) == ["deployment-groups.0.training.paths.includes"]
    group["training"], group["sourceBranch"] = {}, "release-{a,b}"
    assert paths(parameters) == ["deployment-groups.0.sourceBranch"]


def test_the_groups_repository_is_the_workflows(actions: Parameters) -> None:
    del training(actions)["repository"]
    actions["model-build-repo"] = {"host": "github", "name": "acme/price"}
    assert complaints(actions) == []  # and no connection, for nothing is fetched


def test_two_groups_never_share_a_subject(actions: Parameters) -> None:
    other = copy.deepcopy(actions["deployment-groups"][0]) | {"name": "other", "sourceBranch": "dev"}
    actions["deployment-groups"].append(other)
    assert complaints(actions) == []
    for group in actions["deployment-groups"]:
        group["training"] = group["training"] | {"environment": "prod"}
    [(path, message)] = complaints(actions)
    assert path == "deployment-groups.1.training"
    assert message.startswith("got the subject 'repo:acme/price:environment:prod' again")


@pytest.mark.parametrize(
    ("template", "path"),
    [
        (["context"], "github.subjectTemplate"),
        (["repo"], "github.subjectTemplate"),
        (["repository_owner", "ref"], "github.subjectTemplate"),
        (["repo", "context", "actor"], "github.subjectTemplate.2"),
        (["repo", "context", "job_workflow_ref"], "deployment-groups.0.training.workflow"),
        (["repo", "environment"], "deployment-groups.0.training.environment"),
    ],
)
def test_subjects_of_everybody_and_claims_without_a_value(actions: Parameters, template: list[str], path: str) -> None:
    actions["github"] = {"subjectTemplate": template}
    assert paths(actions) == [path]


@pytest.mark.parametrize(
    "issuer", ["http://a.example", "https://a.example/", "https://*.example", "https://a.example:8443"]
)
def test_issuers(actions: Parameters, issuer: str) -> None:
    actions["github"] = {"issuer": issuer}
    assert paths(actions) == ["github.issuer"]
    actions["github"] = {"issuer": "https://github.example.com/_services/token", "audience": "*"}
    assert paths(actions) == ["github.audience"]


def test_files_are_known_of_other_issuers_in_the_subject_alone(actions: Parameters) -> None:
    training(actions)["workflow"] = "acme/price/.github/workflows/train.yml@refs/heads/main"
    assert complaints(actions) == []
    actions["github"] = {"issuer": "https://github.example.com/_services/token"}
    assert paths(actions) == ["deployment-groups.0.training.workflow"]
    actions["github"]["subjectTemplate"] = ["repo", "context", "job_workflow_ref"]
    assert complaints(actions) == []


def test_subjects() -> None:
    job = Job("acme/price", "main")
    assert job.subject() == "repo:acme/price:ref:refs/heads/main"
    deployed = Job("acme/price", "main", "prod", "acme/ci/.github/workflows/train.yml@refs/heads/main")
    assert deployed.subject() == "repo:acme/price:environment:prod"
    assert deployed.subject(["repository_owner", "repo", "ref", "job_workflow_ref"]) == (
        "repository_owner:acme:repo:acme/price:ref:refs/heads/main:"
        "job_workflow_ref:acme/ci/.github/workflows/train.yml@refs/heads/main"
    )


def test_the_infra_repository_and_its_workflow(parameters: Parameters) -> None:
    parameters["infra-repo"] = {"host": "github", "name": "acme/infra", "runner": "github-actions"}
    assert complaints(parameters) == []
    parameters["infra-repo"] |= {"timeoutMinutes": 60}
    assert paths(parameters) == ["infra-repo.timeoutMinutes"]
    parameters["infra-repo"] = {"name": "infra", "runner": "github-actions"}
    assert paths(parameters) == ["infra-repo.host"]
    parameters["infra-repo"] = {"name": "infra", "environment": "prod"}
    assert paths(parameters) == ["infra-repo.environment"]


def test_existing_providers_are_where_workflows_have_roles(
    actions: Parameters, environment: Callable[[Parameters], dict[str, str]]
) -> None:
    actions["github"] = {"existingProviders": ["123456789015"]}
    load(environment(actions))
    actions["github"] = {"existingProviders": ["123456789010"]}
    with pytest.raises(ProblemsError) as caught:
        load(environment(actions))
    assert [each.path for each in caught.value.problems] == ["github.existingProviders[0]"]
