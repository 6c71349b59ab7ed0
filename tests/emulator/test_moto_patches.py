"""Contract tests of rehearsal.moto_patches: they fail when moto no longer has what is replaced."""

from __future__ import annotations

import datetime
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.core.utils import get_service_model
from moto.iam import policy_validation
from moto.s3 import models

Client = Callable[..., Any]


def test_moto_still_has_what_is_replaced() -> None:
    assert callable(models.FakeBucket.get_permission)
    assert callable(models.FakeBucket._log_permissions_enabled_policy)
    assert callable(models.S3Backend.complete_multipart_upload)
    assert callable(policy_validation.BaseIAMPolicyValidator._validate_version)


def test_a_conditional_deny_is_stored_and_locks_nobody_out(client: Client) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="denied")
    statement = {
        "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::denied/*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }  # fmt: skip
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    s3.put_bucket_policy(Bucket="denied", Policy=policy)
    s3.put_object(Bucket="denied", Key="k", Body=b"x")
    assert s3.get_object(Bucket="denied", Key="k")["Body"].read() == b"x"
    assert s3.delete_objects(Bucket="denied", Delete={"Objects": [{"Key": "k"}]})["Deleted"] == [{"Key": "k"}]
    assert json.loads(s3.get_bucket_policy(Bucket="denied")["Policy"]) == json.loads(policy)


def test_logging_may_be_switched_on_before_the_policy_is_there(client: Client) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="logged")
    target = {"LoggingEnabled": {"TargetBucket": "logged", "TargetPrefix": "l/"}}
    s3.put_bucket_logging(Bucket="logged", BucketLoggingStatus=target)
    assert s3.get_bucket_logging(Bucket="logged")["LoggingEnabled"]["TargetPrefix"] == "l/"


def test_iam_takes_a_policy_without_version(client: Client) -> None:
    iam = client("iam")
    policy = {"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
    for version in ({}, {"Version": "2008-10-17"}, {"Version": "2012-10-17"}):
        name = f"policy-{version.get('Version', 'none')}"
        iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(version | policy))


def test_describe_events_is_in_the_protocol_model(client: Client) -> None:
    operation = get_service_model("cloudformation").operation_model("DescribeEvents")
    assert "OperationEvents" in operation.output_shape.members


def test_an_object_uploaded_in_parts_bears_the_date_of_the_beginning(client: Client) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="in-parts")
    s3.put_bucket_versioning(Bucket="in-parts", VersioningConfiguration={"Status": "Enabled"})
    upload = s3.create_multipart_upload(Bucket="in-parts", Key="late")["UploadId"]
    assert [each["Key"] for each in s3.list_multipart_uploads(Bucket="in-parts")["Uploads"]] == ["late"]
    time.sleep(1.1)  # S3 dates objects to the second
    between = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    part = s3.upload_part(Bucket="in-parts", Key="late", UploadId=upload, PartNumber=1, Body=b"x")["ETag"]
    parts = {"Parts": [{"ETag": part, "PartNumber": 1}]}
    s3.complete_multipart_upload(Bucket="in-parts", Key="late", UploadId=upload, MultipartUpload=parts)
    (version,) = s3.list_object_versions(Bucket="in-parts")["Versions"]
    assert version["LastModified"] < between
    assert s3.head_object(Bucket="in-parts", Key="late")["LastModified"] < between


def test_percentiles_of_metrics(client: Client) -> None:
    cloudwatch, now = client("cloudwatch"), datetime.datetime.now(datetime.UTC)
    data = [{"MetricName": "M", "Value": float(value)} for value in range(1, 101)]
    cloudwatch.put_metric_data(Namespace="percentiles", MetricData=data)

    def read(stat: str) -> list[float]:
        metric = {"Namespace": "percentiles", "MetricName": "M"}
        query = {"Id": "m", "MetricStat": {"Metric": metric, "Period": 86_400, "Stat": stat}}
        found: list[float] = cloudwatch.get_metric_data(
            MetricDataQueries=[query],
            StartTime=now - datetime.timedelta(hours=1),
            EndTime=now + datetime.timedelta(hours=1),
        )["MetricDataResults"][0]["Values"]
        return found

    assert (read("p50"), read("p99"), read("p100"), read("Maximum")) == ([50], [99], [100], [100])
    with pytest.raises(ClientError, match="does not support monitoring GetMetricData: the statistic tm99"):
        read("tm99")


def test_a_bucket_shows_that_it_tells_eventbridge(client: Client) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="telling")
    assert "EventBridgeConfiguration" not in s3.get_bucket_notification_configuration(Bucket="telling")
    told: Any = {"EventBridgeConfiguration": {}}
    s3.put_bucket_notification_configuration(Bucket="telling", NotificationConfiguration=told)
    assert s3.get_bucket_notification_configuration(Bucket="telling")["EventBridgeConfiguration"] == {}
