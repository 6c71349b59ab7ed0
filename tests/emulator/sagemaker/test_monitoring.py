"""Monitoring: what an endpoint captured is held against a baseline, by real jobs, under their role."""

from __future__ import annotations

import datetime
import json
from typing import Any

import numpy as np
import pytest
import xgboost
from botocore.exceptions import ClientError

from tests.emulator.sagemaker.conftest import BUCKET, REGION, Lab
from tests.emulator.sagemaker.hosting import Host, as_csv, booster, packed, until

ANALYZER = f"156813124566.dkr.ecr.{REGION}.amazonaws.com/sagemaker-model-monitor-analyzer"
CAPTURED, REPORTS = f"s3://{BUCKET}/captured", f"s3://{BUCKET}/reports"
ROWS = np.random.default_rng(7).normal(size=(120, 3))
ROOT = "/opt/ml/processing"
MEMBERS = ("Completed", "CompletedWithViolations", "Failed", "Stopped")


@pytest.fixture(scope="module")
def host(lab: Lab) -> Host:
    return Host(lab, lab.account)


@pytest.fixture(scope="module")
def baseline(lab: Lab) -> str:
    """Statistics and constraints of the training data with the predictions, as a processing job suggests them."""
    said = booster().predict(xgboost.DMatrix(ROWS))
    lines = ["prediction,a,b,c"] + [
        ",".join(repr(float(value)) for value in (score, *row)) for score, row in zip(said, ROWS, strict=True)
    ]
    source = lab.put("baselining/data.csv", "\n".join(lines))
    arguments = lab.processing("", inputs={"data": source}, outputs={"out": f"s3://{BUCKET}/baseline"})
    arguments["AppSpecification"] = {"ImageUri": ANALYZER}
    arguments["Environment"] = {
        "dataset_format": json.dumps({"csv": {"header": True}}),
        "dataset_source": f"{ROOT}/data",
        "output_path": f"{ROOT}/out",
        "publish_cloudwatch_metrics": "Disabled",
    }
    job = lab.run_processing("baselining", arguments)
    assert job["ProcessingJobStatus"] == "Completed", job
    return f"s3://{BUCKET}/baseline"


@pytest.fixture(scope="module")
def endpoint(host: Host, lab: Lab) -> str:
    model = host.model({"Image": lab.xgboost, "ModelDataUrl": lab.put("models/m/model.tar.gz", packed(booster()))})
    capture = {
        "EnableCapture": True,
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": CAPTURED,
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
        "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"]},
    }
    return host.up(host.config(host.variant(model), DataCaptureConfig=capture))


def settle(lab: Lab, endpoint: str, count: int) -> list[dict[str, Any]]:
    """The captures of an endpoint once there are so many."""

    def look() -> list[dict[str, Any]]:
        return list(lab.s3.list_objects_v2(Bucket=BUCKET, Prefix=f"captured/{endpoint}/").get("Contents", []))

    found: list[dict[str, Any]] = until(look, lambda rows: len(rows) >= count)
    return found


def definition(lab: Lab, endpoint: str, baseline: str, name: str, **more: Any) -> dict[str, Any]:
    return {
        "JobDefinitionName": name,
        "DataQualityBaselineConfig": {
            "ConstraintsResource": {"S3Uri": f"{baseline}/constraints.json"},
            "StatisticsResource": {"S3Uri": f"{baseline}/statistics.json"},
        },
        "DataQualityAppSpecification": {"ImageUri": ANALYZER},
        "DataQualityJobInput": {"EndpointInput": {"EndpointName": endpoint, "LocalPath": f"{ROOT}/endpointdata"}},
        "DataQualityJobOutputConfig": {
            "MonitoringOutputs": [{"S3Output": {"S3Uri": REPORTS, "LocalPath": f"{ROOT}/resultdata"}}]
        },
        "JobResources": {"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 20}},
        "RoleArn": lab.role,
    } | more


def at_once(name: str, kind: str = "DataQuality", **times: str) -> dict[str, Any]:
    times = {"DataAnalysisStartTime": "-PT1H", "DataAnalysisEndTime": "-PT0H"} | times
    return {
        "ScheduleConfig": {"ScheduleExpression": "NOW"} | times,
        "MonitoringJobDefinitionName": name,
        "MonitoringType": kind,
    }


def executed(lab: Lab, schedule: str) -> dict[str, Any]:
    def last() -> dict[str, Any]:
        rows = lab.sagemaker.list_monitoring_executions(MonitoringScheduleName=schedule)
        found: dict[str, Any] = rows["MonitoringExecutionSummaries"][0]
        return found

    found: dict[str, Any] = until(last, lambda row: row["MonitoringExecutionStatus"] in MEMBERS, 60)
    return found


def report(lab: Lab, execution: dict[str, Any], name: str) -> Any:
    job = lab.sagemaker.describe_processing_job(ProcessingJobName=execution["ProcessingJobArn"].rpartition("/")[2])
    place = job["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"]
    return json.loads(lab.get(f"{place}/{name}"))


def test_a_baseline_has_the_documented_form(lab: Lab, baseline: str) -> None:
    statistics = json.loads(lab.get(f"{baseline}/statistics.json"))
    constraints = json.loads(lab.get(f"{baseline}/constraints.json"))
    assert statistics["dataset"] == {"item_count": 120}
    assert [each["name"] for each in statistics["features"]] == ["prediction", "a", "b", "c"]
    numbers = statistics["features"][1]["numerical_statistics"]
    assert numbers["common"] == {"num_present": 120, "num_missing": 0}
    assert numbers["mean"] == pytest.approx(float(ROWS[:, 0].mean()))
    buckets = numbers["distribution"]["kll"]["buckets"]
    assert len(buckets) == 10
    assert sum(bucket["count"] for bucket in buckets) == 120
    first = constraints["features"][1]
    assert first == {
        "name": "a",
        "inferred_type": "Fractional",
        "completeness": 1.0,
        "num_constraints": {"is_non_negative": False},
    }
    assert constraints["monitoring_config"]["distribution_constraints"]["comparison_threshold"] == 0.1


def test_data_like_the_baseline_violates_nothing_and_drifted_data_does(
    host: Host, lab: Lab, endpoint: str, baseline: str
) -> None:
    host.invoke(endpoint, as_csv(ROWS))
    settle(lab, endpoint, 1)
    made = lab.sagemaker.create_data_quality_job_definition(**definition(lab, endpoint, baseline, "quality"))
    assert made["JobDefinitionArn"].endswith(":data-quality-job-definition/quality")
    lab.sagemaker.create_monitoring_schedule(
        MonitoringScheduleName="first", MonitoringScheduleConfig=at_once("quality")
    )
    found = executed(lab, "first")
    assert found["MonitoringExecutionStatus"] == "Completed", found
    assert report(lab, found, "constraint_violations.json") == {"violations": []}

    host.invoke(endpoint, as_csv(ROWS + np.array([3.0, 0.0, 0.0])))
    host.invoke(endpoint, as_csv(ROWS + np.array([3.0, 0.0, 0.0])))
    settle(lab, endpoint, 3)
    lab.sagemaker.create_monitoring_schedule(
        MonitoringScheduleName="second", MonitoringScheduleConfig=at_once("quality")
    )
    found = executed(lab, "second")
    assert found["MonitoringExecutionStatus"] == "CompletedWithViolations", found
    listed = report(lab, found, "constraint_violations.json")["violations"]
    of_a = [each for each in listed if each["feature_name"] == "a"]
    assert [each["constraint_check_type"] for each in of_a] == ["baseline_drift_check"]
    assert of_a[0]["description"].startswith("Baseline drift distance: 0.")
    assert not [each for each in listed if each["feature_name"] in ("b", "c")]
    job = lab.sagemaker.describe_processing_job(ProcessingJobName=found["ProcessingJobArn"].rpartition("/")[2])
    assert job["ExitMessage"] == f"CompletedWithViolations: Job completed successfully with {len(listed)} violations."
    assert job["MonitoringScheduleArn"].endswith(":monitoring-schedule/second")
    place = job["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"]
    assert place.startswith(f"{REPORTS}/{endpoint}/second/20")
    described = lab.sagemaker.describe_monitoring_schedule(MonitoringScheduleName="second")
    assert described["LastMonitoringExecutionSummary"]["MonitoringExecutionStatus"] == "CompletedWithViolations"

    cloudwatch = lab.client("cloudwatch")
    metrics = cloudwatch.list_metrics(Namespace="aws/sagemaker/Endpoints/data-metrics")["Metrics"]
    dimensions = [{"Name": "Endpoint", "Value": endpoint}, {"Name": "MonitoringSchedule", "Value": "second"}]
    names = {each["MetricName"] for each in metrics if each["Dimensions"] == dimensions}
    assert {"feature_baseline_drift_a", "feature_data_a", "feature_non_null_a"} <= names


def test_types_missing_values_and_columns_are_looked_at(host: Host, lab: Lab, endpoint: str, baseline: str) -> None:
    now = datetime.datetime.now(datetime.UTC)
    line = {
        "captureData": {
            "endpointInput": {
                "observedContentType": "text/csv",
                "mode": "INPUT",
                "data": "1.0,x,,4",
                "encoding": "CSV",
            },
            "endpointOutput": {"observedContentType": "text/csv", "mode": "OUTPUT", "data": "0.1", "encoding": "CSV"},
        },
        "eventMetadata": {"eventId": "1", "inferenceTime": now.strftime("%Y-%m-%dT%H:%M:%SZ")},
        "eventVersion": "0",
    }
    role = host.make_role("odd")
    lab.put(f"odd/{endpoint}/AllTraffic/{now:%Y/%m/%d/%H}/a.jsonl", json.dumps(line))
    model = host.model({"Image": lab.xgboost, "ModelDataUrl": lab.put("models/m/model.tar.gz", packed(booster()))})
    capture = {
        "EnableCapture": True,
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": f"s3://{BUCKET}/odd",
        "CaptureOptions": [{"CaptureMode": "Input"}],
    }
    other = host.up(host.config(host.variant(model), DataCaptureConfig=capture))
    lab.put(f"odd/{other}/AllTraffic/{now:%Y/%m/%d/%H}/a.jsonl", json.dumps(line))
    lab.sagemaker.create_data_quality_job_definition(**definition(lab, other, baseline, "odd", RoleArn=role))
    lab.sagemaker.create_monitoring_schedule(MonitoringScheduleName="odd", MonitoringScheduleConfig=at_once("odd"))
    found = executed(lab, "odd")
    listed = report(lab, found, "constraint_violations.json")["violations"]
    kinds = {(each["feature_name"], each["constraint_check_type"]) for each in listed}
    assert {("_c4", "extra_column_check"), ("b", "data_type_check"), ("c", "completeness_check")} <= kinds


def test_model_quality_merges_ground_truth(host: Host, lab: Lab, endpoint: str) -> None:
    host.invoke(endpoint, as_csv(ROWS[:2]), InferenceId="known")
    until(lambda: [row for row in _captured(lab, endpoint) if row["eventMetadata"].get("inferenceId") == "known"], bool)
    now = datetime.datetime.now(datetime.UTC)
    truth = {
        "groundTruthData": {"data": "10.0\n20.0", "encoding": "CSV"},
        "eventMetadata": {"eventId": "known"},
        "eventVersion": "0",
    }
    lab.put(f"truth/{now:%Y/%m/%d/%H}/t.jsonl", json.dumps(truth))
    limits = {"rmse": {"threshold": 1.0, "comparison_operator": "GreaterThanThreshold"}}
    uri = lab.put("limits/constraints.json", json.dumps({"version": 0.0, "regression_constraints": limits}))
    given = definition(lab, endpoint, "s3://x", "model")
    wanted = {
        key.replace("DataQuality", "ModelQuality"): value for key, value in given.items() if "Baseline" not in key
    } | {
        "ModelQualityBaselineConfig": {"ConstraintsResource": {"S3Uri": uri}},
        "ModelQualityAppSpecification": {"ImageUri": ANALYZER, "ProblemType": "Regression"},
    }
    wanted["ModelQualityJobInput"]["EndpointInput"]["InferenceAttribute"] = "0"
    wanted["ModelQualityJobInput"]["GroundTruthS3Input"] = {"S3Uri": f"s3://{BUCKET}/truth"}
    lab.sagemaker.create_model_quality_job_definition(**wanted)
    lab.sagemaker.create_monitoring_schedule(
        MonitoringScheduleName="model", MonitoringScheduleConfig=at_once("model", "ModelQuality")
    )
    found = executed(lab, "model")
    assert found["MonitoringExecutionStatus"] == "CompletedWithViolations", found
    (violation,) = report(lab, found, "constraint_violations.json")["violations"]
    assert (violation["metric_name"], violation["constraint_check_type"]) == ("rmse", "GreaterThanThreshold")
    statistics = report(lab, found, "statistics.json")
    assert statistics["dataset"] == {"item_count": 2}
    assert set(statistics["regression_metrics"]) == {"mae", "mse", "rmse", "r2"}


def _captured(lab: Lab, endpoint: str) -> list[dict[str, Any]]:
    keys = [row["Key"] for row in settle(lab, endpoint, 1)]
    return [json.loads(lab.get(f"s3://{BUCKET}/{key}")) for key in keys]


def test_a_role_without_rights_monitors_nothing(host: Host, lab: Lab, endpoint: str, baseline: str) -> None:
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "sagemaker.amazonaws.com"}}
    role = lab.client("iam").create_role(
        RoleName="bare", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )["Role"]["Arn"]
    lab.sagemaker.create_data_quality_job_definition(**definition(lab, endpoint, baseline, "bare", RoleArn=role))
    lab.sagemaker.create_monitoring_schedule(MonitoringScheduleName="bare", MonitoringScheduleConfig=at_once("bare"))
    found = executed(lab, "bare")
    assert found["MonitoringExecutionStatus"] == "Failed"
    assert "AccessDenied" in found["FailureReason"]
    assert "ProcessingJobArn" not in found


def test_without_data_an_execution_fails_as_on_aws(lab: Lab, endpoint: str, baseline: str) -> None:
    lab.sagemaker.create_data_quality_job_definition(**definition(lab, endpoint, baseline, "none"))
    times = {"DataAnalysisStartTime": "-P2DT1H", "DataAnalysisEndTime": "-P2D"}
    config = at_once("none", **times)
    lab.sagemaker.create_monitoring_schedule(MonitoringScheduleName="none", MonitoringScheduleConfig=config)
    found = executed(lab, "none")
    assert (found["MonitoringExecutionStatus"], found["FailureReason"]) == ("Failed", "Job inputs had no data")


def test_schedules_are_kept_stopped_started_changed_and_deleted(lab: Lab, endpoint: str, baseline: str) -> None:
    sagemaker = lab.sagemaker
    sagemaker.create_data_quality_job_definition(**definition(lab, endpoint, baseline, "kept"))
    config = {
        "ScheduleConfig": {"ScheduleExpression": "cron(0 * ? * * *)"},
        "MonitoringJobDefinitionName": "kept",
        "MonitoringType": "DataQuality",
    }
    sagemaker.create_monitoring_schedule(MonitoringScheduleName="kept", MonitoringScheduleConfig=config)
    described = sagemaker.describe_monitoring_schedule(MonitoringScheduleName="kept")
    assert described["MonitoringScheduleStatus"] == "Scheduled"
    assert described["EndpointName"] == endpoint
    assert sagemaker.list_monitoring_executions(MonitoringScheduleName="kept")["MonitoringExecutionSummaries"] == []
    sagemaker.stop_monitoring_schedule(MonitoringScheduleName="kept")
    rows = sagemaker.list_monitoring_schedules(EndpointName=endpoint, StatusEquals="Stopped")
    assert [row["MonitoringScheduleName"] for row in rows["MonitoringScheduleSummaries"]] == ["kept"]
    sagemaker.start_monitoring_schedule(MonitoringScheduleName="kept")
    daily = config | {"ScheduleConfig": {"ScheduleExpression": "cron(0 12 ? * * *)"}}
    sagemaker.update_monitoring_schedule(MonitoringScheduleName="kept", MonitoringScheduleConfig=daily)
    described = sagemaker.describe_monitoring_schedule(MonitoringScheduleName="kept")
    assert described["MonitoringScheduleConfig"]["ScheduleConfig"] == {"ScheduleExpression": "cron(0 12 ? * * *)"}
    sagemaker.delete_monitoring_schedule(MonitoringScheduleName="kept")
    with pytest.raises(ClientError, match="Monitoring Schedule not found"):
        sagemaker.describe_monitoring_schedule(MonitoringScheduleName="kept")
    sagemaker.delete_data_quality_job_definition(JobDefinitionName="kept")
    with pytest.raises(ClientError, match="Could not find job definition"):
        sagemaker.describe_data_quality_job_definition(JobDefinitionName="kept")


@pytest.mark.parametrize(
    ("times", "text"),
    [
        ({"ScheduleExpression": "rate(1 hour)"}, "got 'rate\\(1 hour\\)', expected NOW, cron"),
        ({"ScheduleExpression": "NOW"}, "DataAnalysisStartTime and DataAnalysisEndTime are required"),
        (
            {"ScheduleExpression": "NOW", "DataAnalysisStartTime": "-P3D", "DataAnalysisEndTime": "-PT0H"},
            "at most 24 hours",
        ),
    ],
)
def test_schedules_that_aws_refuses(lab: Lab, endpoint: str, baseline: str, times: Any, text: str) -> None:
    config = {"ScheduleConfig": times, "MonitoringJobDefinitionName": "quality", "MonitoringType": "DataQuality"}
    with pytest.raises(ClientError, match=text):
        lab.sagemaker.create_monitoring_schedule(MonitoringScheduleName="no", MonitoringScheduleConfig=config)
