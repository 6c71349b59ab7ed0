"""Endpoints: real models answer, loaded with the execution role from another account's registry; what is refused."""

from __future__ import annotations

import json
import pickle
import time
from typing import Any

import numpy as np
import pytest
import xgboost
from botocore.exceptions import ClientError

from tests.emulator.sagemaker.conftest import SKLEARN, XGBOOST, Lab
from tests.emulator.sagemaker.hosting import (
    OTHER,
    ROWS,
    Host,
    archive,
    as_csv,
    booster,
    packed,
    processes,
    register,
    until,
)


@pytest.fixture(scope="module")
def host(lab: Lab) -> Host:
    lab.sagemaker.create_model_package_group(ModelPackageGroupName="served")
    lab.share(OTHER, "served")
    return Host(lab, OTHER)


@pytest.fixture(scope="module")
def url(lab: Lab) -> str:
    return lab.put("models/one/model.tar.gz", packed(booster()))


@pytest.fixture(scope="module")
def approved(lab: Lab, host: Host, url: str) -> str:
    return register(lab, "served", url)


@pytest.fixture(scope="module")
def model(host: Host, approved: str) -> str:
    return host.model({"ModelPackageName": approved})


@pytest.fixture(scope="module")
def endpoint(host: Host, model: str) -> str:
    return host.up(host.config(host.variant(model, 2)))


def predictions(rows: Any = ROWS, factor: float = 1.0) -> list[float]:
    return [float(value) for value in booster(factor).predict(xgboost.DMatrix(rows))]


def test_a_shared_model_package_answers_with_the_models_own_predictions(host: Host, endpoint: str) -> None:
    answer = host.invoke(endpoint, as_csv(ROWS))
    assert answer["ContentType"] == "text/csv; charset=utf-8"
    assert answer["InvokedProductionVariant"] == "AllTraffic"
    assert [float(value) for value in answer["Body"].split(",")] == predictions()


def test_it_is_up_within_two_seconds(host: Host, model: str) -> None:
    config = host.config(host.variant(model))
    began = time.monotonic()
    host.up(config)
    assert time.monotonic() - began < 4  # two where nothing else runs


def test_describe(host: Host, endpoint: str, model: str) -> None:
    found = host.describe(endpoint)
    assert found["EndpointArn"] == f"arn:aws:sagemaker:us-east-1:{OTHER}:endpoint/{endpoint}"
    (variant,) = found["ProductionVariants"]
    assert (variant["CurrentInstanceCount"], variant["DeployedImages"][0]["SpecifiedImage"]) == (2, XGBOOST)
    rows = host.sagemaker.list_endpoints(NameContains=endpoint, StatusEquals="InService")["Endpoints"]
    assert [row["EndpointName"] for row in rows] == [endpoint]
    assert host.sagemaker.describe_model(ModelName=model)["ExecutionRoleArn"] == host.role


def test_only_the_own_account_sees_it(lab: Lab, endpoint: str) -> None:
    runtime = lab.client("sagemaker-runtime")
    with pytest.raises(ClientError, match=f"Endpoint {endpoint} of account {lab.account} not found") as caught:
        runtime.invoke_endpoint(EndpointName=endpoint, Body=b"1,2,3", ContentType="text/csv")
    assert caught.value.response["Error"]["Code"] == "ValidationError"
    with pytest.raises(ClientError, match="Could not find endpoint"):
        lab.sagemaker.describe_endpoint(EndpointName=endpoint)


@pytest.mark.parametrize(
    ("content", "status", "text"),
    [
        ((b"1,2,3,4", "text/csv"), 400, "Feature size of inference data 4"),
        ((b"a,b,c", "text/csv"), 415, "Loading csv data failed"),
        ((b"{}", "application/json"), 415, "application/json is not supported"),
        ((b"1 x:2", "text/libsvm"), 415, "Loading libsvm data failed"),
    ],
)
def test_what_the_container_refuses(
    host: Host, endpoint: str, content: tuple[bytes, str], status: int, text: str
) -> None:
    with pytest.raises(ClientError, match=text) as caught:
        host.invoke(endpoint, *content)
    response: Any = caught.value.response
    assert response["Error"]["Code"] == "ModelError"
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert (response["OriginalStatusCode"], text in response["OriginalMessage"]) == (status, True)
    assert f"/aws/sagemaker/Endpoints/{endpoint}" in response["LogStreamArn"]


def test_libsvm_and_json(host: Host, endpoint: str) -> None:
    lines = "\n".join(" ".join(f"{i}:{value!r}" for i, value in enumerate(map(float, row))) for row in ROWS[:4])
    assert [float(v) for v in host.invoke(endpoint, lines.encode(), "text/libsvm")["Body"].split(",")] == predictions(
        ROWS[:4]
    )
    answer = host.invoke(endpoint, as_csv(ROWS[:2]), Accept="application/json")
    assert json.loads(answer["Body"]) == {"predictions": [{"score": value} for value in predictions(ROWS[:2])]}


def test_a_pickled_booster_and_missing_values(host: Host, lab: Lab) -> None:
    data = lab.put("models/pickled/model.tar.gz", archive({"xgboost-model": pickle.dumps(booster())}))
    name = host.up(host.config(host.variant(host.model({"Image": XGBOOST, "ModelDataUrl": data}))))
    row = np.array([[1.0, np.nan, 2.0]])
    assert float(host.invoke(name, b"1.0,,2.0")["Body"]) == predictions(row)[0]


def test_the_logs_metrics_and_captures_of_invocations(host: Host, lab: Lab, model: str) -> None:
    host.client("s3").create_bucket(Bucket="captured")
    capture = {
        "InitialSamplingPercentage": 100, "DestinationS3Uri": "s3://captured/live",
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
        "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"]},
    }  # fmt: skip
    name = host.up(host.config(host.variant(model), DataCaptureConfig=capture))
    assert host.describe(name)["DataCaptureConfig"]["CaptureStatus"] == "Started"
    host.invoke(name, b"1,2,3", InferenceId="me-1")
    s3 = host.client("s3")
    keys = until(lambda: [each["Key"] for each in s3.list_objects_v2(Bucket="captured").get("Contents", [])], bool)
    assert keys[0].startswith(f"live/{name}/AllTraffic/20")
    line = json.loads(s3.get_object(Bucket="captured", Key=keys[0])["Body"].read())
    assert line["captureData"]["endpointInput"] == {
        "observedContentType": "text/csv",
        "mode": "INPUT",
        "data": "1,2,3",
        "encoding": "CSV",
    }
    assert line["captureData"]["endpointOutput"]["data"] == repr(predictions(np.array([[1.0, 2, 3]]))[0])
    assert line["eventMetadata"]["inferenceId"] == "me-1"
    with pytest.raises(ClientError):
        host.invoke(name, b"x,y,z")
    logs = host.client("logs")
    group = f"/aws/sagemaker/Endpoints/{name}"

    def lines() -> str:
        try:
            streams = logs.describe_log_streams(logGroupName=group)["logStreams"]
        except logs.exceptions.ResourceNotFoundException:  # nothing was logged yet
            return ""
        events = logs.get_log_events(logGroupName=group, logStreamName=streams[0]["logStreamName"])["events"]
        return "\n".join(event["message"] for event in events)

    until(lines, lambda text: "model loaded" in text and "Loading csv data failed" in text)

    def measured() -> dict[str, float]:
        dimensions = [{"Name": "EndpointName", "Value": name}, {"Name": "VariantName", "Value": "AllTraffic"}]
        now = time.time()
        found = {}
        for metric in ("Invocations", "Invocation4XXErrors", "Invocation5XXErrors"):
            points = host.client("cloudwatch").get_metric_statistics(
                Namespace="AWS/SageMaker",
                MetricName=metric,
                Dimensions=dimensions,
                StartTime=now - 300,
                EndTime=now + 300,
                Period=3600,
                Statistics=["Sum"],
            )["Datapoints"]
            found[metric] = sum(point["Sum"] for point in points)
        return found

    wanted = {"Invocations": 2.0, "Invocation4XXErrors": 1.0, "Invocation5XXErrors": 0.0}
    until(measured, lambda found: found == wanted)


def test_model_data_that_is_gone_fails_the_endpoint(host: Host, lab: Lab) -> None:
    url = lab.put("models/gone/model.tar.gz", packed(booster()))
    config = host.config(host.variant(host.model({"ModelPackageName": register(lab, "served", url)})))
    lab.s3.delete_object(Bucket=lab.bucket, Key="models/gone/model.tar.gz")
    name = host.endpoint(config)
    assert host.describe(name)["EndpointStatus"] in ("Creating", "Failed")
    found = host.rest(name)
    assert found["EndpointStatus"] == "Failed"
    assert "Failed to download model data" in found["FailureReason"]
    with pytest.raises(ClientError, match="not found"):
        host.invoke(name, b"1,2,3")
    with pytest.raises(ClientError, match="in status Failed"):
        host.update(name, config)
    host.sagemaker.delete_endpoint(EndpointName=name)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"no archive", "Failed to extract model data archive"),
        (archive({"xgboost-model": b"no model"}), "did not pass the ping health check"),
        (archive({}), "did not pass the ping health check"),
    ],
    ids=["no archive", "no model", "nothing in it"],
)
def test_model_data_that_is_no_model(host: Host, lab: Lab, content: bytes, text: str) -> None:
    data = lab.put("models/broken/model.tar.gz", content)
    name = host.endpoint(host.config(host.variant(host.model({"Image": XGBOOST, "ModelDataUrl": data}))))
    found = host.rest(name)
    assert (found["EndpointStatus"], text in found["FailureReason"]) == ("Failed", True), found["FailureReason"]


def test_nothing_of_a_deleted_endpoint_stays(host: Host, model: str) -> None:
    name = host.up(host.config(host.variant(model)))
    marker = f"/{name}/"
    assert list(processes(marker)) or host.lab.world.directory.joinpath("endpoints").exists()
    host.sagemaker.delete_endpoint(EndpointName=name)
    with pytest.raises(ClientError, match=f'Could not find endpoint ".*/{name}"'):
        host.describe(name)
    kept = host.lab.world.directory / "endpoints" / OTHER / "us-east-1" / name
    until(lambda: list(processes(marker)), lambda found: not found)
    until(lambda: list(kept.glob("*")), lambda found: not found)


@pytest.mark.parametrize("status", ["PendingManualApproval", "Rejected"])
def test_a_model_package_that_is_not_approved_makes_no_model(host: Host, lab: Lab, url: str, status: str) -> None:
    with pytest.raises(ClientError, match=f"its ModelApprovalStatus is {status}"):
        host.model({"ModelPackageName": register(lab, "served", url, status)})


def test_network_isolation(host: Host, approved: str) -> None:
    model = host.model({"ModelPackageName": approved}, EnableNetworkIsolation=True)
    assert host.predict(host.up(host.config(host.variant(model))), ROWS) == predictions()


def test_models_refused(host: Host, lab: Lab, approved: str, url: str) -> None:
    own = {"Image": XGBOOST, "ModelDataUrl": url}
    refused: list[tuple[dict[str, Any], dict[str, Any], str]] = [
        ({"ModelPackageName": approved, "Image": XGBOOST}, {}, "You cannot specify Image together"),
        ({"ModelPackageName": approved[:-1] + "999"}, {}, "served/999 does not exist"),
        (own | {"Image": SKLEARN}, {}, "does not support endpoints with the image"),
        (own | {"Image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/mine:1"}, {}, "cannot run the image"),
        (own | {"Environment": {"SAGEMAKER_INFERENCE_OUTPUT": "x"}}, {}, "the variable SAGEMAKER_INFERENCE_OUTPUT"),
        (own | {"Mode": "MultiModel"}, {}, "does not support CreateModel Mode MultiModel"),
        (own | {"ModelDataUrl": url + "x"}, {}, "Could not access model data"),
        (own, {"ExecutionRoleArn": f"arn:aws:iam::{OTHER}:role/nobody"}, "Could not assume role"),
        (own, {"ExecutionRoleArn": lab.role}, "Cross-account pass role is not allowed"),
        (own, {"Containers": [own]}, "and not both"),
    ]
    for container, more, text in refused:
        with pytest.raises(ClientError, match=text):
            host.model(container, **more)
    name = host.model(own)
    with pytest.raises(ClientError, match="Cannot create already existing model"):
        host.sagemaker.create_model(ModelName=name, PrimaryContainer=own, ExecutionRoleArn=host.role)
    host.sagemaker.delete_model(ModelName=name)
    with pytest.raises(ClientError, match="Could not find model"):
        host.sagemaker.describe_model(ModelName=name)


def test_configurations_refused(host: Host, approved: str, model: str) -> None:
    isolated = host.model({"ModelPackageName": approved}, EnableNetworkIsolation=True)
    vpc = host.model({"ModelPackageName": approved}, VpcConfig={"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]})
    capture = {
        "InitialSamplingPercentage": 10,
        "DestinationS3Uri": "s3://b/c",
        "CaptureOptions": [{"CaptureMode": "Input"}],
    }
    key = {"KmsKeyId": "alias/mine"}
    shadow = host.variant(model, VariantName="Shadow")
    inf1 = host.variant(model, InstanceType="ml.inf1.xlarge")
    refused: list[tuple[list[dict[str, Any]], dict[str, Any], str]] = [
        ([host.serverless(vpc)], {}, "VPC configuration is not supported for serverless"),
        ([host.serverless(isolated)], {}, "Network isolation is not supported for serverless"),
        ([host.serverless(model)], {"DataCaptureConfig": capture}, "Data capture is not supported for serverless"),
        ([host.serverless(model) | {"InstanceType": "ml.m5.large"}], {}, "InstanceType cannot be specified together"),
        ([host.serverless(model, MemorySizeInMB=1500)], {}, "must be one of 1024"),
        ([host.serverless(model, MemorySizeInMB=8192)], {}, "MemorySizeInMB"),
        ([host.serverless(model, MaxConcurrency=201)], {}, "MaxConcurrency"),
        ([host.variant(model, InstanceType="ml.m5d.large")], key, "KmsKeyId cannot be used with instance type ml.m5d"),
        ([host.variant(model, InstanceType="ml.g5.xlarge")], key, "KmsKeyId cannot be used with instance type ml.g5"),
        ([host.variant(model, InstanceType="ml.m5.tiny")], {}, "InstanceType"),
        ([host.variant(model), host.variant(model)], {}, "Duplicate variant name: AllTraffic"),
        ([host.variant("nothing")], {}, 'Could not find model ".*model/nothing"'),
        ([{"VariantName": "a", "ModelName": model}], {}, "InstanceType is required"),
        ([host.variant(model)], {"EnableNetworkIsolation": True}, "set it of the model"),
        ([host.variant(model, AcceleratorType="ml.eia2.medium")], {}, "does not support .*AcceleratorType"),
        (
            [host.variant(model)],
            {"AsyncInferenceConfig": {"OutputConfig": {}}},
            "AsyncInferenceConfig S3OutputPath None",
        ),
        ([host.serverless(model)], {"AsyncInferenceConfig": {"OutputConfig": {"S3OutputPath": "s3://a"}}}, "one produ"),
        ([host.variant(model)], {"ShadowProductionVariants": [host.variant(model)]}, "Duplicate variant name"),
        ([host.variant(model)], {"ShadowProductionVariants": [shadow, shadow]}, "you can only specify one variant"),
        ([host.serverless(model)], {"ShadowProductionVariants": [shadow]}, "Shadow variants are not supported for ser"),
        ([inf1], {"ShadowProductionVariants": [shadow]}, "Shadow variants are not supported with ml.inf1.xlarge"),
        (
            [host.variant(model)],
            {
                "ShadowProductionVariants": [shadow],
                "AsyncInferenceConfig": {"OutputConfig": {"S3OutputPath": "s3://a"}},
            },
            "Shadow variants are not supported for asynchronous",
        ),
    ]
    for variants, more, text in refused:
        with pytest.raises(ClientError, match=text):
            host.config(*variants, **more)
    for instance_type in ("ml.m5.large", "ml.t2.medium", "ml.c6i.xlarge"):
        host.config(host.variant(model, InstanceType=instance_type), **key)


@pytest.mark.parametrize(("weight", "copies"), [(1, 6), (0, 0)])
def test_a_shadow_gets_copies_of_requests_and_answers_nobody(
    host: Host, lab: Lab, model: str, weight: float, copies: int
) -> None:
    """Its metrics and its captures are its own; a model that is gone from the fleet counts nothing."""
    other = host.model({"Image": XGBOOST, "ModelDataUrl": lab.put("models/other.tar.gz", packed(booster(7)))})
    shadow = host.variant(other, VariantName="Shadow", InitialVariantWeight=weight)
    name = host.up(host.config(host.variant(model), ShadowProductionVariants=[shadow]))
    (described,) = host.describe(name)["ShadowProductionVariants"]
    assert (described["VariantName"], described["CurrentWeight"]) == ("Shadow", weight)
    for row in ROWS[:5]:
        assert host.predict(name, row[None]) == predictions(row[None])
    with pytest.raises(ClientError, match="Received client error"):
        host.invoke(name, b"x,y,z")
    with pytest.raises(ClientError, match="Variant Shadow not found"):
        host.invoke(name, b"1,2,3", TargetVariant="Shadow")

    def measured(variant: str) -> tuple[float, float]:
        dimensions = [{"Name": "EndpointName", "Value": name}, {"Name": "VariantName", "Value": variant}]
        queries = [
            {
                "Id": metric.lower(),
                "MetricStat": {
                    "Metric": {"Namespace": "AWS/SageMaker", "MetricName": metric, "Dimensions": dimensions},
                    "Period": 60,
                    "Stat": "Sum",
                },
            }
            for metric in ("Invocations", "Invocation4XXErrors")
        ]
        now = time.time()
        found = host.client("cloudwatch").get_metric_data(
            MetricDataQueries=queries, StartTime=now - 300, EndTime=now + 300
        )
        first, second = (sum(each["Values"]) for each in found["MetricDataResults"])
        return first, second

    until(lambda: measured("AllTraffic"), lambda seen: seen == (6, 1))
    until(lambda: measured("Shadow"), lambda seen: seen == (copies, min(copies, 1)))
    host.update(name, host.config(host.variant(model)))
    assert "ShadowProductionVariants" not in host.rest(name)
    assert host.predict(name, ROWS[:1]) == predictions(ROWS[:1])


def test_a_serverless_endpoint(host: Host, model: str) -> None:
    name = host.up(host.config(host.serverless(model)))
    assert host.predict(name, ROWS[:3]) == predictions(ROWS[:3])
    (variant,) = host.describe(name)["ProductionVariants"]
    assert variant["CurrentServerlessConfig"] == {"MemorySizeInMB": 2048, "MaxConcurrency": 5}


def test_the_key_of_the_volumes_must_be_usable(host: Host, model: str) -> None:
    kms = host.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    host.up(host.config(host.variant(model), KmsKeyId=key))
    grants = kms.list_grants(KeyId=key)["Grants"]
    assert [grant["GranteePrincipal"] for grant in grants] == [host.role]
    kms.disable_key(KeyId=key.rpartition("/")[2])
    with pytest.raises(ClientError, match="its state is Disabled"):
        host.endpoint(host.config(host.variant(model), KmsKeyId=key))


def test_what_is_not_there_is_refused_by_name(host: Host, endpoint: str) -> None:
    with pytest.raises(ClientError, match="does not support X-Amzn-SageMaker-Target-Model"):
        host.invoke(endpoint, b"1,2,3", TargetModel="other.tar.gz")
    with pytest.raises(ClientError, match="is not asynchronous: expected InvokeEndpoint"):
        host.runtime.invoke_endpoint_async(EndpointName=endpoint, InputLocation="s3://b/k")
    with pytest.raises(ClientError, match="Variant other not found"):
        host.invoke(endpoint, b"1,2,3", TargetVariant="other")


def test_tags(host: Host, model: str) -> None:
    tags = [{"Key": "team", "Value": "fruit"}]
    name = host.up(host.config(host.variant(model), Tags=tags), Tags=tags)
    arn = host.describe(name)["EndpointArn"]
    assert host.sagemaker.list_tags(ResourceArn=arn)["Tags"] == tags
