from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from rehearsal.embedded_aws import EmbeddedAws

from .conftest import ENVIRONMENT, REGION, Builder, service_role

SPEC = "version: 0.2\nphases:\n  build:\n    commands: ['true']\n"
CREDENTIAL = {"credential": "c", "credentialProvider": "SECRETS_MANAGER"}


def refused(call: Any, **arguments: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as raised:
        call(**arguments)
    error = raised.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_project_is_shown_with_arn_and_defaults(builder: Builder) -> None:
    name = builder.project(SPEC, tags=[{"key": "team", "value": "ml"}], description="what it is")
    answer = builder.api.batch_get_projects(names=[name, "missing"])
    assert answer["projectsNotFound"] == ["missing"]
    (project,) = answer["projects"]
    assert project["arn"] == f"arn:aws:codebuild:us-east-1:111111111111:project/{name}"
    assert project["timeoutInMinutes"] == 60
    assert project["queuedTimeoutInMinutes"] == 480
    assert project["cache"] == {"type": "NO_CACHE"}
    assert project["encryptionKey"] == "arn:aws:kms:us-east-1:111111111111:alias/aws/s3"
    assert project["tags"] == [{"key": "team", "value": "ml"}]
    assert project["description"] == "what it is"
    assert project["badge"] == {"badgeEnabled": False}
    assert project["created"] <= project["lastModified"]


def test_projects_are_of_one_account_and_region(builder: Builder, world: EmbeddedAws) -> None:
    name = builder.project(SPEC)
    assert name in builder.api.list_projects()["projects"]
    for account, region in (("222222222222", REGION), ("111111111111", "eu-west-1")):
        other = world.client("codebuild", account=account, region=region)
        assert name not in other.list_projects()["projects"]
        code, text = refused(other.start_build, projectName=name)
        assert code == "ResourceNotFoundException"
        assert f"arn:aws:codebuild:{region}:{account}:project/{name}" in text


def test_a_name_can_be_used_once(builder: Builder) -> None:
    name = builder.project(SPEC)
    code, _ = refused(builder.project, buildspec=SPEC, name=name)
    assert code == "ResourceAlreadyExistsException"
    builder.api.delete_project(name=name)
    builder.api.delete_project(name=name)  # as on AWS, without an error
    assert builder.project(SPEC, name=name) == name


def test_update_changes_what_is_given_only(builder: Builder) -> None:
    name = builder.project(SPEC, description="before", timeoutInMinutes=30)
    before = builder.api.batch_get_projects(names=[name])["projects"][0]
    builder.api.update_project(name=name, description="after")
    after = builder.api.batch_get_projects(names=[name])["projects"][0]
    assert (after["description"], after["timeoutInMinutes"]) == ("after", 30)
    assert after["created"] == before["created"]
    assert after["lastModified"] > before["lastModified"]
    assert refused(builder.api.update_project, name="missing")[0] == "ResourceNotFoundException"
    assert "badgeEnabled" in refused(builder.api.update_project, name=name, badgeEnabled=True)[1]


def test_lists_are_sorted_and_paged(builder: Builder) -> None:
    made = {builder.project(SPEC, name=f"paged-{number:03}") for number in range(105)}
    pages = list(builder.api.get_paginator("list_projects").paginate(sortBy="NAME", sortOrder="DESCENDING"))
    names = [name for page in pages for name in page["projects"]]
    assert len(pages) > 1
    assert made <= set(names)
    assert names == sorted(names, reverse=True)


@pytest.mark.parametrize(
    ("members", "named"),
    [
        ({"badgeEnabled": True}, "badgeEnabled"),
        ({"fileSystemLocations": [{"type": "EFS", "mountPoint": "/x"}]}, "fileSystemLocations"),
        ({"buildBatchConfig": {"serviceRole": "arn:aws:iam::111111111111:role/x"}}, "buildBatchConfig"),
        ({"autoRetryLimit": 2}, "autoRetryLimit"),
        ({"cache": {"type": "S3", "location": "b/p"}}, "cache.type 'S3'"),
        ({"logsConfig": {"s3Logs": {"status": "ENABLED", "location": "b/p"}}}, "logsConfig.s3Logs"),
        ({"source": {"type": "GITHUB", "location": "https://x"}}, "source.type 'GITHUB'"),
        ({"source": {"type": "S3", "location": "b/k", "insecureSsl": True}}, "source.insecureSsl"),
        ({"source": {"type": "S3", "location": "b/k", "reportBuildStatus": True}}, "source.reportBuildStatus"),
        (
            {"source": {"type": "CODECOMMIT", "location": "x", "gitSubmodulesConfig": {"fetchSubmodules": True}}},
            "gitSubmodulesConfig.fetchSubmodules",
        ),
        (
            {"secondarySources": [{"type": "BITBUCKET", "location": "x", "sourceIdentifier": "a"}]},
            "secondarySources[0].type 'BITBUCKET'",
        ),
        ({"artifacts": {"type": "S3", "location": "b", "bucketOwnerAccess": "FULL"}}, "artifacts.bucketOwnerAccess"),
        ({"environment": ENVIRONMENT | {"type": "WINDOWS_CONTAINER"}}, "environment.type 'WINDOWS_CONTAINER'"),
        ({"environment": ENVIRONMENT | {"certificate": "b/k.pem"}}, "environment.certificate"),
        ({"environment": ENVIRONMENT | {"fleet": {"fleetArn": "arn:x"}}}, "environment.fleet"),
        ({"environment": ENVIRONMENT | {"registryCredential": CREDENTIAL}}, "environment.registryCredential"),
        ({"environment": ENVIRONMENT | {"image": "mine/tools:1"}}, "environment.image 'mine/tools:1'"),
    ],
)
def test_what_is_not_supported_is_refused_by_name(builder: Builder, members: dict[str, Any], named: str) -> None:
    source = members.pop("source", None)
    arguments = {"source": source} if source else {}
    code, text = refused(builder.project, buildspec=SPEC, **members, **arguments)
    assert code == "InvalidInputException"
    assert named in text
    assert "does not support" in text


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"name": "not a name"}, "Value 'not a name' at 'name' failed to satisfy constraint"),
        ({"source": {"type": "S3"}}, "location is required"),
        ({"source": {"type": "NO_SOURCE"}}, "buildspec is required"),
        ({"artifacts": {"type": "S3"}}, "artifact location must be specified"),
        ({"source": {"type": "CODEPIPELINE"}}, "cannot be combined with artifacts type NO_ARTIFACTS"),
        ({"queuedTimeoutInMinutes": 481}, "Value '481' at 'queuedTimeoutInMinutes' failed to satisfy constraint"),
        ({"serviceRole": "build"}, "is not a role ARN"),
        ({"serviceRole": "arn:aws:iam::111111111111:role/missing"}, "not authorized to perform: sts:AssumeRole"),
    ],
)
def test_bad_values_are_refused(builder: Builder, members: dict[str, Any], said: str) -> None:
    code, text = refused(builder.project, buildspec=SPEC, **members)
    assert code == "InvalidInputException"
    assert said in text


def test_a_role_of_another_account_cannot_be_passed(builder: Builder) -> None:
    code, text = refused(builder.project, buildspec=SPEC, serviceRole="arn:aws:iam::222222222222:role/build")
    assert code == "AccessDeniedException"
    assert "Cross-account pass role is not allowed" in text


def test_a_role_that_does_not_trust_codebuild_is_refused(builder: Builder, world: EmbeddedAws) -> None:
    role = service_role(world, name="lambda-only", service="lambda")
    code, text = refused(builder.project, buildspec=SPEC, serviceRole=role)
    assert (code, text) == (
        "InvalidInputException",
        f"CodeBuild is not authorized to perform: sts:AssumeRole on {role}",
    )


def test_operations_it_does_not_have_are_refused(builder: Builder) -> None:
    code, text = refused(builder.api.create_webhook, projectName="some")
    assert code == "UnknownOperationException"
    assert "CreateWebhook" in text
