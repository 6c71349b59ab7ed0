"""Asynchronous endpoints: the input is read from S3, the answer is written there, and topics are told."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rehearsal.embedded_aws import EmbeddedAws
from tests.emulator.sagemaker.conftest import ACCOUNT, XGBOOST, Lab
from tests.emulator.sagemaker.hosting import ROWS, Host, as_csv, booster, packed, until


@pytest.fixture(scope="module")
def lab(world: EmbeddedAws) -> Lab:
    return Lab(world)


@pytest.fixture(scope="module")
def host(lab: Lab) -> Host:
    return Host(lab, ACCOUNT)


@pytest.fixture(scope="module")
def model(host: Host, lab: Lab) -> str:
    url = lab.put("models/model.tar.gz", packed(booster()))
    return host.model({"Image": XGBOOST, "ModelDataUrl": url})


@pytest.fixture(scope="module")
def told(lab: Lab) -> dict[str, str]:
    """A queue behind two topics."""
    sns, sqs = lab.client("sns"), lab.client("sqs")
    queue = sqs.create_queue(QueueName="told")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topics = {name: sns.create_topic(Name=name)["TopicArn"] for name in ("good", "bad")}
    for topic in topics.values():
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return {"queue": queue, **topics}


@pytest.fixture(scope="module")
def endpoint(host: Host, lab: Lab, model: str, told: dict[str, str]) -> str:
    topics = {"SuccessTopic": told["good"], "ErrorTopic": told["bad"]}
    output = {"S3OutputPath": f"s3://{lab.bucket}/out", "S3FailurePath": f"s3://{lab.bucket}/failed"}
    config = {"OutputConfig": output | {"NotificationConfig": topics}}
    return host.up(host.config(host.variant(model), AsyncInferenceConfig=config))


def received(lab: Lab, queue: str) -> dict[str, Any]:
    sqs = lab.client("sqs")
    (message,) = until(lambda: sqs.receive_message(QueueUrl=queue).get("Messages", []), bool)
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    found: dict[str, Any] = json.loads(json.loads(message["Body"])["Message"])
    return found


def there(lab: Lab, uri: str) -> bytes:
    def look() -> bytes:
        try:
            return lab.get(uri)
        except ClientError:
            return b""

    return bytes(until(look, bool))


def test_the_answer_is_where_the_call_says(host: Host, lab: Lab, endpoint: str, told: dict[str, str]) -> None:
    source = lab.put("in/rows.csv", as_csv(ROWS[:3]))
    answer = host.runtime.invoke_endpoint_async(
        EndpointName=endpoint, InputLocation=source, ContentType="text/csv", InferenceId="mine"
    )
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert answer["InferenceId"] == "mine"
    assert answer["OutputLocation"].startswith(f"s3://{lab.bucket}/out/")
    values = [float(value) for value in there(lab, answer["OutputLocation"]).decode().split(",")]
    assert len(values) == 3 and len(set(values)) > 1
    said = received(lab, told["queue"])
    assert (said["invocationStatus"], said["inferenceId"]) == ("Completed", "mine")
    assert said["responseParameters"]["outputLocation"] == answer["OutputLocation"]


@pytest.mark.parametrize("body", [b"not,numbers,here", None])
def test_what_fails_is_told(host: Host, lab: Lab, endpoint: str, told: dict[str, str], body: bytes | None) -> None:
    source = lab.put("in/bad.csv", body) if body else f"s3://{lab.bucket}/in/nothing.csv"
    answer = host.runtime.invoke_endpoint_async(EndpointName=endpoint, InputLocation=source, ContentType="text/csv")
    assert there(lab, answer["FailureLocation"])
    said = received(lab, told["queue"])
    assert said["invocationStatus"] == "Failed" and said["failureReason"]


def test_each_kind_has_its_call(host: Host, lab: Lab, endpoint: str, model: str) -> None:
    assert host.describe(endpoint)["AsyncInferenceConfig"]["OutputConfig"]["S3OutputPath"] == f"s3://{lab.bucket}/out"
    with pytest.raises(ClientError, match="is asynchronous: expected InvokeEndpointAsync"):
        host.invoke(endpoint, as_csv(ROWS[:1]))
    plain = host.up(host.config(host.variant(model)))
    with pytest.raises(ClientError, match="is not asynchronous: expected InvokeEndpoint"):
        host.runtime.invoke_endpoint_async(EndpointName=plain, InputLocation=f"s3://{lab.bucket}/in/rows.csv")
    with pytest.raises(ClientError, match="expected the s3:// URI of an object"):
        host.runtime.invoke_endpoint_async(EndpointName=endpoint, InputLocation="https://example.com/rows.csv")


def test_who_may_not_call_it_is_denied(host: Host, lab: Lab, endpoint: str) -> None:
    role = lab.make_role("nobody")
    lab.client("iam").delete_role_policy(RoleName="nobody", PolicyName="everything")
    runtime = lab.world.client("sagemaker-runtime", account=ACCOUNT, region=lab.region, role=role)
    with pytest.raises(ClientError, match="not authorized to perform: sagemaker:InvokeEndpointAsync"):
        runtime.invoke_endpoint_async(EndpointName=endpoint, InputLocation=f"s3://{lab.bucket}/in/rows.csv")
