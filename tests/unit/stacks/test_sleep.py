"""Environments that sleep: what is away meanwhile, who puts them asleep and wakes them, and when."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

NIGHT = {"from": "19:30", "until": "06:05", "days": ["fri", "mon"]}
TOPIC = "arn:aws:sns:eu-west-1:666666666666:idle"
SCALING = {"minCapacity": 1, "maxCapacity": 2, "targetInvocationsPerInstance": 100}


@pytest.fixture(scope="module")
def sleeping(synthesize: Any, parameters: Any) -> Any:
    """The group `live` whose environment `approval` sleeps at night, with scaling, alarms and a canary."""
    changed = copy.deepcopy(parameters)
    approval, shop = changed["deployment-groups"][1]["deployEnvironments"]
    approval["endpoint"] = {
        "asleep": NIGHT,
        "idleDays": 7,
        "autoscaling": SCALING,
        "deployment": {"strategy": "all-at-once"},
    }
    told = {"deployment": {"alarms": {"notify": f"{TOPIC}-not"}}}
    shop["endpoint"] = {"idleDays": 3, "idleNotify": TOPIC, **told}
    return synthesize(changed)


def of(made: Any) -> Any:
    """The environment `approval` in the topology."""
    return next(each for each in made.group("live").promotion.targets if each.environment.name == "approval")


def conditions(template: dict[str, Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, each in template["Resources"].items():
        found.setdefault(each.get("Condition", ""), []).append(name)
    return found


def test_what_costs_is_away_and_the_release_stays(sleeping: Any) -> None:
    template = sleeping.endpoint("live", "approval")
    assert template["Parameters"]["Asleep"]["Default"] == "false"
    assert template["Parameters"]["Asleep"]["AllowedValues"] == ["false", "true"]
    assert template["Conditions"] == {"Awake": {"Fn::Equals": [{"Ref": "Asleep"}, "false"]}}
    kinds = sorted(template["Resources"][name]["Type"] for name in conditions(template)["Awake"])
    assert kinds == [
        "AWS::ApplicationAutoScaling::ScalableTarget",
        "AWS::ApplicationAutoScaling::ScalingPolicy",
        "AWS::CloudWatch::Alarm",
        "AWS::SageMaker::Endpoint",
    ]
    stay = {template["Resources"][name]["Type"] for name in conditions(template)[""]}
    assert {"AWS::SageMaker::Model", "AWS::SageMaker::EndpointConfig", "AWS::IAM::Role"} <= stay
    assert template["Outputs"]["EndpointName"]["Value"] == {"Ref": "EndpointName"}


def test_prod_has_the_alarm_and_no_parameter(sleeping: Any) -> None:
    template = sleeping.endpoint("live", "shop")
    assert "Asleep" not in template["Parameters"] and "Conditions" not in template
    alarms = [each for each in template["Resources"].values() if each["Type"] == "AWS::CloudWatch::Alarm"]
    (properties,) = (each["Properties"] for each in alarms if each["Properties"]["MetricName"] == "Invocations")
    assert (properties["MetricName"], properties["Period"], properties["EvaluationPeriods"]) == (
        "Invocations",
        86400,
        3,
    )
    assert (properties["Threshold"], properties["TreatMissingData"]) == (1, "breaching")
    assert properties["ComparisonOperator"] == "LessThanThreshold"
    assert properties["AlarmActions"] == [{"Ref": "IdleTopicArn"}]
    assert json.loads(sleeping.source("live")["live/shop.json"])["Parameters"]["IdleTopicArn"] == TOPIC


def test_alarms_that_roll_back_tell_their_own_topic(sleeping: Any) -> None:
    template = sleeping.endpoint("live", "shop")
    told = {
        each["Properties"]["MetricName"]: each["Properties"]["AlarmActions"]
        for each in template["Resources"].values()
        if each["Type"] == "AWS::CloudWatch::Alarm"
    }
    topic = [{"Ref": "AlarmTopicArn"}]
    assert told == {
        "Invocation5XXErrors": topic, "ModelLatency": topic, "Invocations": [{"Ref": "IdleTopicArn"}],
    }  # fmt: skip
    values = json.loads(sleeping.source("live")["live/shop.json"])["Parameters"]
    assert values["AlarmTopicArn"] == f"{TOPIC}-not"


def test_an_alarm_without_a_topic_tells_nobody(sleeping: Any) -> None:
    template = sleeping.endpoint("live", "approval")
    alarms = [each for each in template["Resources"].values() if each["Type"] == "AWS::CloudWatch::Alarm"]
    assert alarms and not any("AlarmActions" in each["Properties"] for each in alarms)
    assert "IdleTopicArn" not in template["Parameters"]


def test_a_promotion_wakes(sleeping: Any) -> None:
    configuration = json.loads(sleeping.source("live")["live/approval.json"])
    assert configuration["Parameters"]["Asleep"] == "false"
    assert "Asleep" not in json.loads(sleeping.source("live")["live/shop.json"])["Parameters"]


def test_two_rules_by_the_clock_set_one_parameter_of_one_stack(sleeping: Any) -> None:
    template = sleeping.promotion("live")
    target = of(sleeping)
    times = target.sleep_times
    rules = {
        each["Properties"]["Name"]: each["Properties"]
        for each in template["Resources"].values()
        if each["Type"] == "AWS::Events::Rule" and "ScheduleExpression" in each["Properties"]
    }
    assert {name: (each["ScheduleExpression"], each["Targets"][0]["Input"]) for name, each in rules.items()} == {
        times.machine.rule: ("cron(30 19 ? * MON,FRI *)", '{"asleep": "true"}'),
        times.wake_rule: ("cron(5 6 ? * MON,FRI *)", '{"asleep": "false"}'),
    }
    (machine,) = [
        each["Properties"]
        for each in template["Resources"].values()
        if each["Type"] == "AWS::StepFunctions::StateMachine"
        and each["Properties"]["StateMachineName"] == times.machine.state_machine.name
    ]
    (update,) = json.loads(machine["DefinitionString"])["States"].values()
    assert update["Credentials"] == {"RoleArn": target.bootstrap.deploy}
    given = update["Parameters"]
    assert (given["StackName"], given["UsePreviousTemplate"]) == (target.stack_name, True)
    kept = {each["ParameterKey"] for each in given["Parameters"] if each.get("UsePreviousValue")}
    assert kept == set(sleeping.endpoint("live", "approval")["Parameters"]) - {"Asleep"}
    assert [each for each in given["Parameters"] if "UsePreviousValue" not in each] == [
        {"ParameterKey": "Asleep", "ParameterValue.$": "$.asleep"}
    ]


def test_who_puts_asleep_takes_one_role_and_has_no_other_right_on_a_resource(sleeping: Any) -> None:
    target = of(sleeping)
    (role,) = [
        each["Properties"]
        for each in sleeping.promotion("live")["Resources"].values()
        if each["Type"] == "AWS::IAM::Role" and each["Properties"]["RoleName"] == target.sleep_times.machine.role.name
    ]
    (policy,) = role["Policies"]
    own = [each for each in policy["PolicyDocument"]["Statement"] if each["Resource"] != "*"]
    assert [(each["Action"], each["Resource"]) for each in own] == [("sts:AssumeRole", target.bootstrap.deploy)]


def test_without_times_there_is_no_clock(synthesize: Any, parameters: Any) -> None:
    changed = copy.deepcopy(parameters)
    changed["deployment-groups"][1]["deployEnvironments"][0]["endpoint"] = {"asleep": {}}
    made = synthesize(changed)
    assert of(made).sleep_times is None
    assert "Asleep" in made.endpoint("live", "approval")["Parameters"]
