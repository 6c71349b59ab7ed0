"""Subjects with ids in them, as GitHub makes them for repositories of since July 2026."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from model_cicd.sagemaker_model_cicd.settings.subjects import Job, with_ids
from model_cicd.sagemaker_model_cicd.settings.validate import validate

Parameters = dict[str, Any]
NUMBERED = "acme@123/price@456"


def complaints(parameters: Parameters, *numbered: object) -> list[tuple[str, str]]:
    parameters["github"] = {"immutableSubjects": list(numbered)}
    return [(".".join(map(str, path)), message) for path, message in validate(parameters)[1]]


@pytest.fixture
def actions(parameters: Parameters) -> Parameters:
    parameters["deployment-groups"][0]["training"] = {"runner": "github-actions", "repository": "acme/price"}
    return parameters


@pytest.mark.parametrize(
    "text",
    [
        "acme/price",
        "acme@123/price",
        "acme/price@456",
        "acme@/price@456",
        "acme@0123/price@456",
        "acme@*/price@*",
        "acme@123/price@456x",
        "acme@123/price@456\n",
        "acme@١٢٣/price@456",
        "acme@123/..@456",
        456,
    ],
)
def test_both_ids_stand_in_it_and_the_message_says_where_they_are_from(actions: Parameters, text: object) -> None:
    [(path, message)] = complaints(actions, text)
    assert path == "github.immutableSubjects.0"
    assert "gh api repos/OWNER/REPOSITORY --jq '.owner.id, .id'" in message


def test_each_is_of_a_repository_whose_workflows_have_a_role_once(actions: Parameters) -> None:
    assert complaints(actions, NUMBERED) == []
    assert complaints(actions, "acme@123/prize@456") == [
        (
            "github.immutableSubjects.0",
            "got 'acme/prize', expected a repository whose workflows have a role (did you mean 'acme/price'?)",
        )
    ]
    [(path, message)] = complaints(actions, NUMBERED, "acme@123/price@457")
    assert (path, message.split(",")[0]) == ("github.immutableSubjects.1", "got 'acme/price' again")


def test_an_owner_has_one_id(actions: Parameters) -> None:
    actions["infra-repo"] = {"host": "github", "name": "acme/platform", "runner": "github-actions"}
    assert complaints(actions, NUMBERED, "acme@123/platform@7") == []
    [(path, message)] = complaints(actions, NUMBERED, "acme@124/platform@7")
    assert (path, message) == ("github.immutableSubjects.1", "got 124 as the id of acme, expected 123 as before")


def test_two_groups_share_no_subject_with_ids_either(actions: Parameters) -> None:
    actions["deployment-groups"].append(copy.deepcopy(actions["deployment-groups"][0]) | {"name": "other"})
    message = dict(complaints(actions, NUMBERED))["deployment-groups.1.training"]
    assert message.startswith("got the subject 'repo:acme@123/price@456:ref:refs/heads/")


def test_subjects() -> None:
    job = Job("acme/price", "main", numbered=NUMBERED)
    assert job.subject() == "repo:acme@123/price@456:ref:refs/heads/main"
    assert job.subject(["repository", "repo", "ref"]) == (
        "repository:acme/price:repo:acme@123/price@456:ref:refs/heads/main"
    )
    assert with_ids([NUMBERED, "acme@123/price.x@1"], "acme/price.x") == "acme@123/price.x@1"
    assert with_ids([NUMBERED], "acme/other") is None
