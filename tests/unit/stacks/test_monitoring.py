"""Monitoring in the template of an endpoint: definitions, schedules, and a role with exact rights."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

KEY = "arn:aws:kms:eu-west-1:666666666666:key/22345678-1234-1234-1234-123456789012"
CAPTURE = {"percentage": 100, "prefix": "s3://captured/shop"}


def template(synthesize: Any, parameters: Any, monitoring: Any) -> dict[str, Any]:
    changed = copy.deepcopy(parameters)
    environment = changed["deployment-groups"][1]["deployEnvironments"][1]
    environment |= {"endpoint": {"dataCapture": CAPTURE}, "monitoring": monitoring}
    found = [
        each
        for each in synthesize(changed).endpoints.values()
        if any(one["Type"] == "AWS::SageMaker::MonitoringSchedule" for one in each["Resources"].values())
    ]
    (made,) = found
    loaded: dict[str, Any] = made
    return loaded


def of_type(found: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [each["Properties"] for each in found["Resources"].values() if each["Type"] == f"AWS::SageMaker::{kind}"]


@pytest.fixture(scope="module")
def watched(synthesize: Any, parameters: Any) -> dict[str, Any]:
    return template(
        synthesize,
        parameters,
        {
            "everyHours": 6,
            "reports": "s3://reports/shop",
            "kmsKeyArn": KEY,
            "modelQuality": {"groundTruth": "s3://truth/shop", "problem": "binary-classification"},
        },
    )


def test_definitions_hold_captures_against_the_baseline_of_the_release(watched: dict[str, Any]) -> None:
    (data,) = of_type(watched, "DataQualityJobDefinition")
    (model,) = of_type(watched, "ModelQualityJobDefinition")
    baseline = json.dumps(data["DataQualityBaselineConfig"])
    assert '"Version"' in baseline
    assert "/baseline/data/constraints.json" in baseline
    assert "/baseline/data/statistics.json" in baseline
    assert "/baseline/model/constraints.json" in json.dumps(model["ModelQualityBaselineConfig"])
    assert model["ModelQualityAppSpecification"]["ProblemType"] == "BinaryClassification"
    assert model["ModelQualityJobInput"]["GroundTruthS3Input"] == {"S3Uri": "s3://truth/shop"}
    for output in (data["DataQualityJobOutputConfig"], model["ModelQualityJobOutputConfig"]):
        assert output["MonitoringOutputs"][0]["S3Output"]["S3Uri"] == "s3://reports/shop"
        assert output["KmsKeyId"] == KEY


def test_schedules_are_as_often_as_wanted(watched: dict[str, Any]) -> None:
    configs = [each["MonitoringScheduleConfig"] for each in of_type(watched, "MonitoringSchedule")]
    assert {each["MonitoringType"] for each in configs} == {"DataQuality", "ModelQuality"}
    assert {each["ScheduleConfig"]["ScheduleExpression"] for each in configs} == {"cron(0 0/6 ? * * *)"}


def test_the_role_reads_its_own_endpoints_captures_and_the_served_versions_baseline(watched: dict[str, Any]) -> None:
    roles = [each["Properties"] for each in watched["Resources"].values() if each["Type"] == "AWS::IAM::Role"]
    (role,) = (each for each in roles if each["RoleName"] == {"Ref": "MonitorRoleName"})
    statements = {each["Sid"]: each for each in role["Policies"][0]["PolicyDocument"]["Statement"]}
    captured = json.dumps(statements["Captured"]["Resource"])
    assert "captured/shop/" in captured
    assert '{"Ref": "EndpointName"}' in captured
    assert '{"Ref": "Version"}' in json.dumps(statements["Baseline"]["Resource"])
    assert json.dumps(statements["Reports"]["Resource"]).endswith(':s3:::reports/shop/*"]]}')
    assert statements["Images"]["Resource"] == {"Ref": "MonitorRepositoryArn"}
    assert not any(each["Action"] == "s3:*" or each["Resource"] == "*" for each in statements.values() if "S3" in each)


def test_without_model_quality_there_is_none_of_it(synthesize: Any, parameters: Any) -> None:
    found = template(synthesize, parameters, {"reports": "s3://reports/shop"})
    assert of_type(found, "ModelQualityJobDefinition") == []
    assert "GroundTruth" not in json.dumps(found)
    assert "ModelScheduleName" not in found["Parameters"]
    (schedule,) = of_type(found, "MonitoringSchedule")
    assert schedule["MonitoringScheduleConfig"]["ScheduleConfig"]["ScheduleExpression"] == "cron(0 * ? * * *)"
