from __future__ import annotations

import json
import time
from typing import Any

from rehearsal.embedded_aws import EmbeddedAws
from tests.emulator.roles import open_to

from .conftest import ACCOUNT, REGION, Builder

SPEC = "version: 0.2\nphases:\n  build:\n    commands: ['false']\n"


def received(sqs: Any, queue: str, number: int) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    deadline = time.monotonic() + 30
    while len(events) < number and time.monotonic() < deadline:
        answer = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=0)
        for message in answer.get("Messages", []):
            events.append(json.loads(message["Body"]))
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        time.sleep(0.1)
    return sorted(events, key=lambda event: str(event["time"]))


def test_builds_and_phases_are_told_to_eventbridge(builder: Builder, world: EmbeddedAws) -> None:
    sqs = world.client("sqs", account=ACCOUNT, region=REGION)
    events = world.client("events", account=ACCOUNT, region=REGION)
    name = builder.project(SPEC)
    queue = sqs.create_queue(
        QueueName="build-events",
        Attributes=open_to("events.amazonaws.com", "arn:aws:sqs:us-east-1:111111111111:build-events"),
    )["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = {
        "source": ["aws.codebuild"],
        "detail-type": ["CodeBuild Build State Change", "CodeBuild Build Phase Change"],
        "detail": {"project-name": [name]},
    }
    events.put_rule(Name="builds", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="builds", Targets=[{"Id": "queue", "Arn": arn}])
    build = builder.wait(builder.api.start_build(projectName=name)["build"]["id"])
    found = received(sqs, queue, 9)
    assert all(event["resources"] == [build["arn"]] for event in found)
    assert all(event["detail"]["build-id"] == build["arn"] for event in found)
    states = [event["detail"] for event in found if event["detail-type"] == "CodeBuild Build State Change"]
    assert sorted(state["build-status"] for state in states) == ["FAILED", "IN_PROGRESS"]
    failed = next(state for state in states if state["build-status"] == "FAILED")
    assert failed["additional-information"]["build-complete"] is True
    assert failed["additional-information"]["initiator"] == "administrator"
    assert failed["additional-information"]["logs"]["group-name"] == f"/aws/codebuild/{name}"
    completed = {
        event["detail"]["completed-phase"]: event["detail"]["completed-phase-status"]
        for event in found
        if event["detail-type"] == "CodeBuild Build Phase Change"
    }
    assert completed["BUILD"] == "FAILED"
    assert completed["POST_BUILD"] == "SUCCEEDED"
