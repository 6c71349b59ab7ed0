"""Tests between stages in the templates: actions, builds, roles, and nothing where no environment has tests."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from model_cicd.promotion.plan import parse


@pytest.fixture(scope="module")
def tested(synthesize: Any, parameters: Any) -> Any:
    changed = copy.deepcopy(parameters)
    changed["deployment-groups"][1]["deployEnvironments"][0]["tests"] = {"suite": "golden"}
    return synthesize(changed)


@pytest.fixture(scope="module")
def template(tested: Any) -> Any:
    return tested.promotion("live")


@pytest.fixture(scope="module")
def actions(template: Any, one: Any) -> dict[str, list[dict[str, Any]]]:
    stages = one(template, "AWS::CodePipeline::Pipeline")["Properties"]["Stages"]
    return {stage["Name"]: stage["Actions"] for stage in stages}


def named(template: Any, kind: str, ending: str) -> dict[str, Any]:
    (found,) = [
        each["Properties"]
        for each in template["Resources"].values()
        if each["Type"] == kind and each["Properties"].get("Name", each["Properties"].get("RoleName")).endswith(ending)
    ]
    return dict(found)


def test_tests_come_after_the_deployment_and_what_acts_on_them_waits_beside_them(actions: Any) -> None:
    found = [(each["Name"], each["RunOrder"]) for each in actions["Deploy-approval"]]
    assert found == [("CreateChangeSet", 1), ("Describe", 2), ("ExecuteChangeSet", 3), ("Test", 4), ("Settle", 4)]
    assert [each["Name"] for each in actions["Deploy-train"]] == ["CreateChangeSet", "ExecuteChangeSet"]
    namespaces = [each["Namespace"] for stage in actions.values() for each in stage if "Namespace" in each]
    assert len(set(namespaces)) == len(namespaces)


def test_the_suites_are_handed_on_by_prepare_and_are_all_that_tests_get(actions: Any) -> None:
    (prepare,) = actions["Prepare"]
    assert prepare["OutputArtifacts"] == [{"Name": "Suites"}]
    for each in actions["Deploy-approval"][3:]:
        assert each["InputArtifacts"] == [{"Name": "Suites"}]


def test_what_settles_knows_execution_release_and_what_was_served_before(actions: Any) -> None:
    given = json.loads(actions["Deploy-approval"][4]["Configuration"]["EnvironmentVariables"])
    assert {each["name"]: each["value"] for each in given} == {
        "PIPELINE_EXECUTION_ID": "#{codepipeline.PipelineExecutionId}",
        "TESTED": "#{Prepare.Release}",
        "BEFORE": "#{Describe-approval.Before}",
    }


def test_the_next_approval_says_what_the_tests_said(actions: Any) -> None:
    text = actions["Deploy-shop"][2]["Configuration"]["CustomData"]
    assert text.endswith("Tests of approval #{Test-approval.Tests}.")
    assert len(text) < 650


def test_the_build_may_take_the_invoke_role_and_read_the_suites(template: Any, tested: Any) -> None:
    tests = tested.group("live").promotion.targets[1].tests
    role = named(template, "AWS::IAM::Role", "-tests")
    statements = {each["Sid"]: each for each in role["Policies"][0]["PolicyDocument"]["Statement"]}
    assert statements["Invoke"] == {
        "Sid": "Invoke",
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Resource": tests.invoke_role.arn,
    }
    assert "ReadSource" not in statements and statements["ReadSuites"]["Resource"].endswith("/Suites/*")
    assert sorted(statements) == [
        "ArtifactBucket", "ArtifactKey", "DescribeArtifactKey", "Invoke", "Log", "ReadSuites", "Runner",
    ]  # fmt: skip


def test_only_what_settles_deploys_and_only_there(template: Any, tested: Any) -> None:
    role = named(template, "AWS::IAM::Role", "-settle")
    taken = [
        each["Resource"]
        for each in role["Policies"][0]["PolicyDocument"]["Statement"]
        if each["Action"] == "sts:AssumeRole"
    ]
    assert taken == [tested.group("live").promotion.targets[1].bootstrap.deploy]


def test_tests_that_do_not_run_have_failed(template: Any) -> None:
    spec = json.loads(named(template, "AWS::CodeBuild::Project", "-tests")["Source"]["BuildSpec"])
    assert spec["env"]["variables"]["Verdict"] == "failed"
    assert spec["env"]["exported-variables"] == ["Verdict", "Tests"]
    assert spec["phases"]["build"]["commands"][0].endswith("|| true")


def test_the_endpoints_stack_has_the_role_that_calls_it(tested: Any) -> None:
    source = tested.source("live")
    plan = parse(json.loads(source["promotion.json"]))
    assert [each.suite for each in plan.environments] == ["", "golden", ""]
    values = json.loads(source["live/approval.json"])["Parameters"]
    tests = tested.group("live").promotion.targets[1].tests
    assert values["InvokeRoleName"] == tests.invoke_role.name
    assert values["TestsRoleArn"] == tests.project.role.arn
    (endpoint,) = [
        json.loads(text) for name, text in source.items() if name.startswith("templates/") and "InvokeRole" in text
    ]
    role = endpoint["Resources"]["InvokeRole"]["Properties"]
    (statement,) = role["Policies"][0]["PolicyDocument"]["Statement"]
    assert statement["Action"] == "sagemaker:InvokeEndpoint"
    assert "*" not in json.dumps(statement)
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Condition"] == {"ArnEquals": {"aws:PrincipalArn": {"Ref": "TestsRoleArn"}}}


def test_nothing_of_it_is_there_without_tests(assembly: Any) -> None:
    text = json.dumps(assembly.promotion("live")) + json.dumps(assembly.source("live"))
    for word in ("Suites", "Settle", "InvokeRole", '"suite"', "stage-tests"):
        assert word not in text
