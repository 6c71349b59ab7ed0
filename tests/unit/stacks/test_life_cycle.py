"""What records the stages of versions: on which events, about which version, with which right."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest


@pytest.fixture(scope="module")
def staged(synthesize: Any, parameters: Any) -> Any:
    """The group `live` with `lifeCycle`."""
    changed = copy.deepcopy(parameters)
    changed["deployment-groups"][1]["lifeCycle"] = True
    return synthesize(changed)


def named(template: dict[str, Any], kind: str, key: str, value: str) -> Any:
    (found,) = [
        each["Properties"]
        for each in template["Resources"].values()
        if each["Type"] == kind and each["Properties"].get(key) == value
    ]
    return found


def test_stages_of_the_promotion_that_went_through_are_recorded(staged: Any) -> None:
    group = staged.group("live")
    recording, template = group.stage_recording, staged.promotion("live")
    rule = named(template, "AWS::Events::Rule", "Name", recording.machine.rule)
    assert rule["EventPattern"]["detail"] == {
        "pipeline": [group.promotion.pipeline.name],
        "stage": [each.stage_name for each in group.promotion.targets],
        "state": ["SUCCEEDED"],
    }
    name = recording.machine.state_machine.name
    machine = named(template, "AWS::StepFunctions::StateMachine", "StateMachineName", name)
    states = json.loads(machine["DefinitionString"])["States"]
    chosen = {each["StringEquals"]: states[each["Next"]]["Result"]["stage"] for each in states["Where"]["Choices"]}
    assert chosen == {"Deploy-train": "PreProduction", "Deploy-approval": "PreProduction", "Deploy-shop": "Production"}
    record = states["Record"]
    assert record["Credentials"] == {"RoleArn": recording.role.arn}
    assert set(record["Parameters"]) == {"ModelPackageArn.$", "ModelLifeCycle"}


def test_the_role_sets_stages_of_one_group_and_approves_nothing(staged: Any) -> None:
    recording = staged.group("live").stage_recording
    role = named(staged.build("live"), "AWS::IAM::Role", "RoleName", recording.role.name)
    ((statement,),) = [each["PolicyDocument"]["Statement"] for each in role["Policies"]]
    assert statement["Action"] == "sagemaker:UpdateModelPackage"
    assert statement["Resource"] == staged.group("live").models.packages_arn
    assert statement["Condition"] == {
        "StringEquals": {
            "sagemaker:ModelLifeCycle:Stage": ["Development", "PreProduction", "Production"],
            "sagemaker:ModelLifeCycle:StageStatus": "Deployed",
        },
        "Null": {"sagemaker:ModelApprovalStatus": "true"},
    }
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Condition"]["ArnEquals"]["aws:PrincipalArn"] == recording.machine.role.arn


def test_without_the_setting_there_is_none_of_it(staged: Any) -> None:
    assert staged.group("research").stage_recording is None
    text = json.dumps([staged.promotion("research"), staged.build("research")])
    assert "lifecycle-recorder" not in text and "ModelLifeCycle" not in text
