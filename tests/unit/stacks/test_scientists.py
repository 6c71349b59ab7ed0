"""The policies of data scientists: start trainings, see them and what came of them, nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from . import github
from .conftest import Assembly

POLICY = "AWS::IAM::ManagedPolicy"


def statements(one: Any, template: dict[str, Any], name: str) -> dict[str, Any]:
    """By Sid; the policy is attached to nobody."""
    properties = one(template, POLICY, ManagedPolicyName=name)["Properties"]
    assert not {"Roles", "Users", "Groups"} & set(properties)
    return {each["Sid"]: each for each in properties["PolicyDocument"]["Statement"]}


@pytest.fixture(scope="module")
def live(assembly: Assembly) -> Any:
    return assembly.group("live")


def test_one_starts_exactly_the_groups_training_and_watches_it(assembly: Assembly, one: Any, live: Any) -> None:
    found = statements(one, assembly.training("live"), live.training_scientist.name)
    assert found["Train"]["Resource"] == live.training.arn
    assert found["Train"]["Action"] == [
        "codepipeline:GetPipelineExecution",
        "codepipeline:GetPipelineState",
        "codepipeline:ListActionExecutions",
        "codepipeline:ListPipelineExecutions",
        "codepipeline:StartPipelineExecution",
    ]
    assert found["Builds"] == {
        "Sid": "Builds",
        "Effect": "Allow",
        "Action": ["codebuild:BatchGetBuilds", "codebuild:ListBuildsForProject"],
        "Resource": live.training.project.arn,
    }
    log = f"arn:aws:logs:eu-west-1:111111111111:log-group:{live.training.project.log_group}:*"
    assert (found["BuildLogs"]["Action"], found["BuildLogs"]["Resource"]) == (
        ["logs:DescribeLogStreams", "logs:GetLogEvents"],
        log,
    )
    assert len(found) == 3


def test_one_sees_in_the_build_account_and_changes_nothing(assembly: Assembly, one: Any, live: Any) -> None:
    found = statements(one, assembly.build("live"), live.registry_scientist.name)
    actions = {action for each in found.values() for action in each["Action"]}
    assert {action.partition(":")[2].removeprefix("Describe").removeprefix("List") for action in actions} == {
        *("Pipeline", "PipelineExecutions", "PipelineExecution", "PipelineExecutionSteps"),
        *("PipelineDefinitionForExecution", "PipelineParametersForExecution"),
        *("ModelPackage", "ModelPackageGroup", "ModelPackages", "ProcessingJob", "TrainingJob"),
        *("LogStreams", "GetLogEvents"),
    }
    assert found["Pipeline"]["Resource"] == live.sagemaker_pipeline.arn
    assert found["Executions"]["Resource"] == f"{live.sagemaker_pipeline.arn}/execution/*"
    assert found["Models"]["Resource"] == [live.models.arn, live.models.packages_arn]


def test_they_are_published(assembly: Assembly, one: Any, live: Any) -> None:
    for template, key, policy in (
        (assembly.training("live"), "training/scientist-policy-arn", live.training_scientist),
        (assembly.build("live"), "scientist-policy-arn", live.registry_scientist),
    ):
        parameter = one(template, "AWS::SSM::Parameter", Name=live.parameter(key))["Properties"]
        assert parameter["Value"] == policy.arn
    group = one(assembly.promotion("live"), "AWS::SSM::Parameter", Name=live.parameter("promotion/group"))
    told = json.loads(group["Properties"]["Value"])
    assert told["scientistPolicyArn"] == live.registry_scientist.arn
    assert told["trainingScientistPolicyArn"] == live.training_scientist.arn


def test_where_a_workflow_trains_there_is_nothing_to_start(
    synthesize: Callable[..., Assembly], one: Any, find: Any
) -> None:
    made = synthesize(github.parameters())
    research = made.group("research")
    assert research.training_scientist is None
    assert not find(made.training("research"), POLICY)
    assert statements(one, made.build("research"), research.registry_scientist.name)
    metadata = json.loads(made.tooling["Outputs"]["metadata"]["Value"])["DeploymentGroups"]["research"]
    assert metadata["ScientistPolicyArn"] == research.registry_scientist.arn
    assert "TrainingScientistPolicyArn" not in metadata
