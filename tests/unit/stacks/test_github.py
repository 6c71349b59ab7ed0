"""Code on GitHub: connections as sources of pipelines, and workflows that take roles with their tokens."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from . import github
from .conftest import Assembly
from .github import CONNECTION, ISSUER, WORKFLOW

ROLE_TYPE = "AWS::IAM::Role"
PROVIDER = f"arn:aws:iam::222222222222:oidc-provider/{ISSUER}"
PIPELINES = ("AWS::CodePipeline::Pipeline", "AWS::CodeBuild::Project", "AWS::Events::Rule", "AWS::S3::Bucket")


@pytest.fixture(scope="module")
def made(synthesize: Callable[..., Assembly]) -> Assembly:
    return synthesize(github.parameters())


def trust(one: Any, template: dict[str, Any], role: str) -> Any:
    document = one(template, ROLE_TYPE, RoleName=role)["Properties"]["AssumeRolePolicyDocument"]
    (statement,) = document["Statement"]
    return statement


def test_a_pipeline_fetches_through_the_connection(made: Assembly, one: Any) -> None:
    properties = one(made.training("live"), "AWS::CodePipeline::Pipeline")["Properties"]
    (source,) = properties["Stages"][0]["Actions"]
    assert source["ActionTypeId"] == {
        "Category": "Source",
        "Owner": "AWS",
        "Provider": "CodeStarSourceConnection",
        "Version": "1",
    }
    assert source["Configuration"] == {
        "ConnectionArn": CONNECTION,
        "FullRepositoryId": "acme/price",
        "BranchName": "main",
        "OutputArtifactFormat": "CODE_ZIP",
        "DetectChanges": "false",
    }
    push = {
        "Branches": {"Includes": ["main"]},
        "FilePaths": {"Includes": ["training/**"], "Excludes": ["**/*.md"]},
    }
    git = {"SourceActionName": source["Name"], "Push": [push]}
    assert properties["Triggers"] == [{"ProviderType": "CodeStarSourceConnection", "GitConfiguration": git}]


def test_the_trigger_starts_it_and_no_rule_but_that_of_the_schedule(made: Assembly, find: Any) -> None:
    rules = [each["Properties"] for each in find(made.training("live"), "AWS::Events::Rule")]
    assert not [each for each in rules if "codecommit" in json.dumps(each)]
    assert [each["ScheduleExpression"] for each in rules if "ScheduleExpression" in each] == ["rate(1 day)"]


def test_the_source_role_uses_one_connection_for_one_repository(made: Assembly, statements: Any) -> None:
    allowed = statements(made.training("live"), made.group("live").training.source_role.name)
    for sid, prefix in (("CodeConnections", "codeconnections"), ("CodeStarConnections", "codestar-connections")):
        assert allowed[sid]["Action"] == f"{prefix}:UseConnection"
        assert allowed[sid]["Resource"] == CONNECTION
        assert allowed[sid]["Condition"] == {"StringEquals": {f"{prefix}:FullRepositoryId": "acme/price"}}
    assert "Source" not in allowed
    assert "codecommit" not in json.dumps(made.training("live"))


def test_a_connection_that_a_parameter_holds(synthesize: Callable[..., Assembly], one: Any, statements: Any) -> None:
    parameters = github.parameters()
    parameters["model-build-repo"]["connectionArn"] = "ssm:/platform/connection"
    parameters["infra-repo"] = {"host": "gitlab", "name": "a/b/c", "connectionArn": "ssm:/platform/connection"}
    made, resolved = synthesize(parameters), "{{resolve:ssm:/platform/connection}}"
    for template, role in (
        (made.training("live"), made.group("live").training.source_role.name),
        (made.infra, made.topology.tooling.infra.source_role.name),
    ):
        (source,) = one(template, "AWS::CodePipeline::Pipeline")["Properties"]["Stages"][0]["Actions"]
        assert source["Configuration"]["ConnectionArn"] == resolved
        assert statements(template, role)["CodeConnections"]["Resource"] == resolved
    trigger = one(made.infra, "AWS::CodePipeline::Pipeline")["Properties"]["Triggers"]
    assert trigger[0]["GitConfiguration"]["Push"] == [{"Branches": {"Includes": ["main"]}}]


def test_no_repository_is_made(made: Assembly, find: Any) -> None:
    assert find(made.tooling, "AWS::CodeCommit::Repository") == []


def test_the_start_role_is_for_the_tokens_of_one_branch(made: Assembly, one: Any) -> None:
    research = made.group("research")
    assert trust(one, made.build("research"), research.start_role.name) == {
        "Effect": "Allow",
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": PROVIDER},
        "Condition": {
            "StringEquals": {
                f"{ISSUER}:aud": "sts.amazonaws.com",
                f"{ISSUER}:sub": "repo:acme/price:ref:refs/heads/dev",
            }
        },
    }


def test_environments_and_workflow_files_are_claims_in_full(made: Assembly, one: Any) -> None:
    condition = trust(one, made.build("deployed"), made.group("deployed").start_role.name)["Condition"]
    assert condition["StringEquals"][f"{ISSUER}:sub"] == "repo:acme/price:environment:lab"
    assert condition["StringEquals"][f"{ISSUER}:job_workflow_ref"] == WORKFLOW


def test_a_workflow_may_what_a_build_may(made: Assembly, assembly: Assembly, one: Any) -> None:
    def grants(of: Assembly) -> dict[str, Any]:
        role = one(of.build("research"), ROLE_TYPE, RoleName=of.group("research").start_role.name)["Properties"]
        (policy,) = role["Policies"]
        return {each["Sid"]: each for each in policy["PolicyDocument"]["Statement"]}

    runner = grants(made).pop("Runner")
    assert {sid: each for sid, each in grants(made).items() if sid != "Runner"} == grants(assembly)
    assert runner["Action"] == "s3:GetObject"
    bucket = "arn:aws:s3:::cdk-hnb659fds-assets-222222222222-eu-west-1/"
    assert runner["Resource"].startswith(bucket) and runner["Resource"].endswith(".whl")


def test_sessions_last_as_long_as_a_job_may(made: Assembly, one: Any) -> None:
    def seconds(group: str) -> Any:
        role = one(made.build(group), ROLE_TYPE, RoleName=made.group(group).start_role.name)
        return role["Properties"].get("MaxSessionDuration")

    assert (seconds("research"), seconds("live")) == (6 * 3600, None)


def test_there_is_no_pipeline_where_a_workflow_trains(made: Assembly, find: Any) -> None:
    template = made.training("research")
    assert [kind for kind in PIPELINES if find(template, kind)] == []
    assert {each["Type"] for each in template["Resources"].values()} <= {"AWS::SSM::Parameter", "AWS::CDK::Metadata"}
    names = {each["Properties"]["Name"].rpartition("/")[2] for each in find(template, "AWS::SSM::Parameter")}
    assert {"repository-name", "role-arn", "registry-bucket-name"} <= names


def test_what_a_build_would_be_told_is_a_parameter(made: Assembly, assembly: Assembly, one: Any) -> None:
    name = made.group("research").parameter("training-settings")
    value = one(made.build("research"), "AWS::SSM::Parameter", Name=name)["Properties"]["Value"]
    assert len(value.encode()) < 4096
    told = json.loads(value)
    project = one(assembly.training("research"), "AWS::CodeBuild::Project")["Properties"]
    known = {each["Name"]: each["Value"] for each in project["Environment"]["EnvironmentVariables"]}
    assert known.keys() - told.keys() == {"ASSUME_ROLE_ARN", "PIPELINE_BUCKET_NAME", "PIPELINE_KMS_ARN"}
    other = {key for key in told if told[key] != known[key]}
    assert other == {"REPOSITORY_NAME", "SAGEMAKER_PIPELINE_DESCRIPTION", "MODEL_CICD_RUNNER"}
    assert told["MODEL_CICD_RUNNER"].startswith("s3://cdk-hnb659fds-assets-222222222222-eu-west-1/")
    assert not [each for each in made.build("live")["Resources"].values() if "training-settings" in json.dumps(each)]


def test_an_account_gets_one_provider_and_stacks_wait_for_it(made: Assembly, find: Any) -> None:
    found = {name: find(template, "AWS::IAM::OIDCProvider") for name, template in made.templates.items()}
    makers = {name: each for name, each in found.items() if each}
    assert sorted(makers) == [each.stack_name for each in sorted(made.topology.providers, key=lambda e: e.stack_name)]
    assert [each.account for each in made.topology.providers] == ["111111111111", "222222222222"]
    for (provider,) in makers.values():
        assert provider["Properties"] == {"Url": f"https://{ISSUER}", "ClientIdList": ["sts.amazonaws.com"]}
    manifest = json.loads((made.directory / "manifest.json").read_text())["artifacts"]
    of = {each.account: each.stack_name for each in made.topology.providers}
    for name, provider in (
        (made.group("research").build_stack_name, of["222222222222"]),
        (made.group("deployed").build_stack_name, of["222222222222"]),
        (made.topology.tooling.infra_stack_name, of["111111111111"]),
    ):
        assert provider in manifest[name]["dependencies"]


def test_existing_providers_are_trusted_and_not_made(synthesize: Callable[..., Assembly], one: Any, find: Any) -> None:
    parameters = github.parameters()
    server = "https://github.example.com/_services/token"
    parameters["github"] = {
        "issuer": server,
        "audience": "our-aws",
        "subjectTemplate": ["repository_owner", "repo", "context"],
        "existingProviders": ["111111111111", "222222222222"],
    }
    del parameters["deployment-groups"][2]["training"]["workflow"]
    made = synthesize(parameters)
    assert not [each for each in made.templates.values() if find(each, "AWS::IAM::OIDCProvider")]
    name = server.removeprefix("https://")
    statement = trust(one, made.build("research"), made.group("research").start_role.name)
    assert statement["Principal"] == {"Federated": f"arn:aws:iam::222222222222:oidc-provider/{name}"}
    assert statement["Condition"]["StringEquals"] == {
        f"{name}:aud": "our-aws",
        f"{name}:sub": "repository_owner:acme:repo:acme/price:ref:refs/heads/dev",
    }


def test_the_platforms_workflow_may_take_seedfarmers_role_and_nothing_else(made: Assembly, one: Any, find: Any) -> None:
    workflow = made.topology.tooling.infra_workflow
    role = one(made.infra, ROLE_TYPE, RoleName=workflow.role.name)["Properties"]
    (policy,) = role["Policies"]
    assert [each["Action"] for each in policy["PolicyDocument"]["Statement"]] == ["sts:AssumeRole"]
    resource = policy["PolicyDocument"]["Statement"][0]["Resource"]
    assert resource == "arn:aws:iam::111111111111:role/seedfarmer-shop-toolchain-role"
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Condition"]["StringEquals"][f"{ISSUER}:sub"] == "repo:acme/platform:ref:refs/heads/main"
    assert [kind for kind in PIPELINES if find(made.infra, kind)] == []


def test_metadata_name_what_trains(made: Assembly) -> None:
    metadata = json.loads(made.tooling["Outputs"]["metadata"]["Value"])
    assert metadata["InfraPipelineName"] == ""
    groups = metadata["DeploymentGroups"]
    assert groups["live"]["TrainingPipelineName"] == made.group("live").training.name
    assert groups["research"]["TrainingRoleArn"] == made.group("research").start_role.arn
    assert {each["RepositoryName"] for each in groups.values()} == {"acme/price"}


def test_a_group_with_a_repository_of_its_own(synthesize: Callable[..., Assembly], one: Any, statements: Any) -> None:
    parameters = github.parameters()
    parameters["deployment-groups"][1] |= {"modelBuildRepo": {"host": "codecommit", "name": "ours"}, "training": {}}
    made = synthesize(parameters)
    template, training = made.training("live"), made.group("live").training
    allowed = statements(template, training.source_role.name)
    assert allowed["Source"]["Resource"] == "arn:aws:codecommit:eu-west-1:111111111111:ours"
    rule = one(template, "AWS::Events::Rule", Name=training.push_rule)["Properties"]
    assert rule["EventPattern"]["resources"] == ["arn:aws:codecommit:eu-west-1:111111111111:ours"]
