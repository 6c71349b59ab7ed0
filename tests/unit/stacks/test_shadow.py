"""Shadows in the templates: actions, the build and its role, the variant, and nothing where no environment has one."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from .test_stage_tests import named


@pytest.fixture(scope="module")
def shadowed(synthesize: Any, parameters: Any) -> Any:
    changed = copy.deepcopy(parameters)
    environments = changed["deployment-groups"][1]["deployEnvironments"]
    for each, shadow in zip(environments, ({"percentage": 20}, {"percentage": 50, "requests": 7}), strict=True):
        each.setdefault("endpoint", {})["shadow"] = shadow
    return synthesize(changed)


@pytest.fixture(scope="module")
def template(shadowed: Any) -> Any:
    return shadowed.promotion("live")


@pytest.fixture(scope="module")
def actions(template: Any, one: Any) -> dict[str, list[dict[str, Any]]]:
    stages = one(template, "AWS::CodePipeline::Pipeline")["Properties"]["Stages"]
    return {stage["Name"]: stage["Actions"] for stage in stages}


def test_nothing_is_changed_before_the_shadow_was_asked_for_and_compared(actions: Any) -> None:
    found = [(each["Name"], each["RunOrder"]) for each in actions["Deploy-shop"]]
    assert found == [
        ("ApproveShadow", 1), ("Shadow", 2), ("CreateChangeSet", 3), ("Describe", 4), ("Approve", 5),
        ("ExecuteChangeSet", 6),
    ]  # fmt: skip
    assert [each["Name"] for each in actions["Deploy-approval"]] == ["Shadow", "CreateChangeSet", "ExecuteChangeSet"]


def test_the_questions_say_what_is_asked_and_what_was_compared(actions: Any) -> None:
    first, last = (actions["Deploy-shop"][number]["Configuration"]["CustomData"] for number in (0, 4))
    assert first.startswith(
        "May version #{Prepare.Version} of live get copies of 50 % of the requests of shop (prod, account "
        "666666666666), and answer none? Digest #{Prepare.Digest}."
    )
    assert last.endswith(" Shadow #{Shadow-shop.Compared}.")
    assert max(len(first), len(last)) < 650


def test_who_answers_approvals_answers_that_of_the_shadow(template: Any, shadowed: Any) -> None:
    arns = shadowed.group("live").promotion.approval_arns
    assert [each.rpartition("/")[2] for each in arns] == ["ApproveShadow", "Approve"]
    assert all(each in json.dumps(template) for each in arns)


def test_the_build_deploys_and_looks_in_that_account_alone(template: Any, shadowed: Any) -> None:
    target = shadowed.group("live").promotion.targets[2]
    role = named(template, "AWS::IAM::Role", f"{target.shadow.project.role.name}")
    statements = {each["Sid"]: each for each in role["Policies"][0]["PolicyDocument"]["Statement"]}
    assert statements["DeployAndLook"]["Resource"] == [target.bootstrap.deploy, target.bootstrap.lookup]
    assert sorted(statements) == [
        "ArtifactBucket", "ArtifactKey", "DeployAndLook", "DescribeArtifactKey", "Log", "ReadSource", "Runner",
    ]  # fmt: skip
    project = named(template, "AWS::CodeBuild::Project", target.shadow.project.name)
    values = {each["Name"]: each["Value"] for each in project["Environment"]["EnvironmentVariables"]}
    assert values["SHADOW_REQUESTS"] == "7" and values["SHADOW_MINUTES"] == "60"
    assert project["TimeoutInMinutes"] == 300


def test_the_variant_is_there_while_the_parameter_names_a_release(shadowed: Any) -> None:
    source = shadowed.source("live")
    assert json.loads(source["live/shop.json"])["Parameters"]["ShadowModelPackageArn"] == "none"
    templates = [json.loads(text) for name, text in source.items() if "/endpoint-" in name and "Shadowed" in text]
    found = {}
    for each in templates:
        for resource in each["Resources"].values():
            if "ShadowProductionVariants" in resource["Properties"]:
                condition, variants, nothing = resource["Properties"]["ShadowProductionVariants"]["Fn::If"]
                assert (condition, nothing) == ("Shadowed", {"Ref": "AWS::NoValue"})
                found[variants[0]["InitialVariantWeight"]] = variants[0]["VariantName"]
        models = [one for one in each["Resources"].values() if one["Type"] == "AWS::SageMaker::Model"]
        assert [one.get("Condition") for one in models] == [None, "Shadowed"]
        assert models[0]["Properties"]["ExecutionRoleArn"] == models[1]["Properties"]["ExecutionRoleArn"]
        assert models[1]["Properties"]["EnableNetworkIsolation"] is True
    assert found == {0.2: "Shadow", 0.5: "Shadow"}


def test_nothing_of_it_is_there_without_a_shadow(assembly: Any) -> None:
    assert "hadow" not in json.dumps(assembly.promotion("live")) + json.dumps(assembly.source("live"))
