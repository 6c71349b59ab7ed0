"""The stack of an asynchronous endpoint: a queue, and instances that come and go to none."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

SHOP = "666666666666"
TOPIC = f"arn:aws:sns:eu-west-1:{SHOP}:failed"
ASYNC = {"input": "s3://shop-data/in", "output": "s3://shop-data/answers", "maxCapacity": 4, "errorTopicArn": TOPIC}


@pytest.fixture(scope="module")
def assembly_of(synthesize: Any, parameters: Any) -> Any:
    changed = copy.deepcopy(parameters)
    changed["deployment-groups"][1]["deployEnvironments"][1] |= {"kind": "async", "async": ASYNC}
    return synthesize(changed)


@pytest.fixture(scope="module")
def template(assembly_of: Any) -> Any:
    return assembly_of.endpoint("live", "shop")


def test_it_answers_to_its_output(template: Any, one: Any) -> None:
    config = one(template, "AWS::SageMaker::EndpointConfig")["Properties"]["AsyncInferenceConfig"]
    assert config == {
        "OutputConfig": {
            "S3OutputPath": "s3://shop-data/answers/",
            "S3FailurePath": "s3://shop-data/answers/failed/",
            "NotificationConfig": {"ErrorTopic": TOPIC},
        }
    }
    endpoint = one(template, "AWS::SageMaker::Endpoint")["Properties"]
    assert "RetainAllVariantProperties" not in endpoint, "a new version starts with an instance, not with none"


def test_it_scales_from_none(template: Any, one: Any, find: Any) -> None:
    target = one(template, "AWS::ApplicationAutoScaling::ScalableTarget")["Properties"]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (0, 4)
    policies = {
        each["Properties"]["PolicyType"]: each["Properties"]
        for each in find(template, "AWS::ApplicationAutoScaling::ScalingPolicy")
    }
    tracking = policies["TargetTrackingScaling"]["TargetTrackingScalingPolicyConfiguration"]
    assert tracking["CustomizedMetricSpecification"]["MetricName"] == "ApproximateBacklogSizePerInstance"
    steps = policies["StepScaling"]["StepScalingPolicyConfiguration"]["StepAdjustments"]
    assert steps == [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 1}]
    alarm = one(template, "AWS::CloudWatch::Alarm")["Properties"]
    assert alarm["MetricName"] == "HasBacklogWithoutCapacity"
    assert alarm["AlarmActions"] == [{"Ref": "WaitingFirst"}]
    assert alarm["AlarmName"] == {"Ref": "BacklogAlarmName"}


def test_the_role_reaches_its_prefixes_and_topic(template: Any, one: Any) -> None:
    (policy,) = one(template, "AWS::IAM::Role")["Properties"]["Policies"]
    granted = {each["Sid"]: each for each in policy["PolicyDocument"]["Statement"]}
    assert granted["Tell"]["Resource"] == TOPIC
    assert json.dumps(granted["Input"]["Resource"]).endswith(':s3:::shop-data/in/*"]]}')
    assert json.dumps(granted["Output"]["Resource"]).endswith(':s3:::shop-data/answers/*"]]}')


def test_the_stage_names_the_alarm_and_callers_are_told(assembly_of: Any) -> None:
    target = assembly_of.group("live").promotion.targets[-1]
    given = json.loads(assembly_of.source("live")["live/shop.json"])["Parameters"]
    assert given["BacklogAlarmName"] == f"{target.endpoint.name}-backlog"
    texts = [
        each["Properties"]["Value"]
        for each in assembly_of.promotion("live")["Resources"].values()
        if each["Type"] == "AWS::SSM::Parameter" and "promotion/environment-" in each["Properties"]["Name"]
    ]
    assert [json.loads(each).get("kind") for each in texts] == [None, None, "async"]
