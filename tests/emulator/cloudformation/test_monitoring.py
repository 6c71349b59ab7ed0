"""AWS::SageMaker::...QualityJobDefinition and MonitoringSchedule: made, changed, replaced and deleted by stacks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rehearsal.embedded_aws import EmbeddedAws
from tests.emulator.cloudformation.conftest import Stacks
from tests.emulator.sagemaker.conftest import BUCKET, Lab
from tests.emulator.sagemaker.hosting import Host, booster, packed
from tests.emulator.sagemaker.test_monitoring import definition

Client = Callable[..., Any]
BASELINE = f"s3://{BUCKET}/baseline"


@pytest.fixture(scope="module")
def watched(world: EmbeddedAws) -> tuple[Lab, str]:
    lab = Lab(world)
    host = Host(lab, lab.account)
    model = host.model({"Image": lab.xgboost, "ModelDataUrl": lab.put("models/m/model.tar.gz", packed(booster()))})
    capture = {
        "EnableCapture": True,
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": f"s3://{BUCKET}/captured",
        "CaptureOptions": [{"CaptureMode": "Input"}],
    }
    return lab, host.up(host.config(host.variant(model), DataCaptureConfig=capture))


def template(lab: Lab, endpoint: str, expression: str, reports: str = "reports") -> dict[str, Any]:
    data = {key: value for key, value in definition(lab, endpoint, BASELINE, "-").items() if key != "JobDefinitionName"}
    data["DataQualityJobOutputConfig"]["MonitoringOutputs"][0]["S3Output"]["S3Uri"] = f"s3://{BUCKET}/{reports}"
    model = {
        key.replace("DataQuality", "ModelQuality"): value
        for key, value in definition(lab, endpoint, BASELINE, "-").items()
        if "Baseline" not in key and key != "JobDefinitionName"
    }
    model["ModelQualityAppSpecification"] |= {"ProblemType": "Regression"}
    model["ModelQualityJobInput"]["GroundTruthS3Input"] = {"S3Uri": f"s3://{BUCKET}/truth"}
    config = {
        "MonitoringJobDefinitionName": {"Fn::Select": [1, {"Fn::Split": ["/", {"Ref": "Data"}]}]},
        "MonitoringType": "DataQuality",
        "ScheduleConfig": {"ScheduleExpression": expression},
    }
    return {
        "Resources": {
            "Data": {"Type": "AWS::SageMaker::DataQualityJobDefinition", "Properties": data},
            "Model": {"Type": "AWS::SageMaker::ModelQualityJobDefinition", "Properties": model},
            "Schedule": {
                "Type": "AWS::SageMaker::MonitoringSchedule",
                "Properties": {"MonitoringScheduleName": "stacked", "MonitoringScheduleConfig": config},
            },
        },
        "Outputs": {"Data": {"Value": {"Fn::GetAtt": ["Data", "JobDefinitionArn"]}}},
    }


def test_a_stack_monitors_an_endpoint(stacks: Stacks, watched: tuple[Lab, str]) -> None:
    lab, endpoint = watched
    sagemaker = lab.sagemaker
    stack = stacks.create(template(lab, endpoint, "cron(0 * ? * * *)"))
    assert stack["StackStatus"] == "CREATE_COMPLETE", stacks.reasons(stack["StackId"])
    name = stack["StackName"]
    described = sagemaker.describe_monitoring_schedule(MonitoringScheduleName="stacked")
    first = described["MonitoringScheduleConfig"]["MonitoringJobDefinitionName"]
    data = sagemaker.describe_data_quality_job_definition(JobDefinitionName=first)
    assert data["DataQualityJobInput"]["EndpointInput"]["EndpointName"] == endpoint
    assert data["JobResources"]["ClusterConfig"]["InstanceCount"] == 1
    assert len(sagemaker.list_model_quality_job_definitions()["JobDefinitionSummaries"]) == 1

    changed = template(lab, endpoint, "cron(0 12 ? * * *)", reports="elsewhere")
    assert stacks.update(name, changed)["StackStatus"] == "UPDATE_COMPLETE", stacks.reasons(name)
    config = sagemaker.describe_monitoring_schedule(MonitoringScheduleName="stacked")["MonitoringScheduleConfig"]
    assert config["ScheduleConfig"] == {"ScheduleExpression": "cron(0 12 ? * * *)"}
    assert config["MonitoringJobDefinitionName"] != first
    with pytest.raises(ClientError, match="Could not find"):
        sagemaker.describe_data_quality_job_definition(JobDefinitionName=first)

    assert stacks.delete(name)["StackStatus"] == "DELETE_COMPLETE"
    assert sagemaker.list_monitoring_schedules()["MonitoringScheduleSummaries"] == []
    assert sagemaker.list_data_quality_job_definitions()["JobDefinitionSummaries"] == []
