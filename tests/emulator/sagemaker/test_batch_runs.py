"""Runs of a batch environment: the state machine that its stack has, started by a schedule and by new data."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from typing import Any

import pytest

from model_cicd.batch_states import definition
from model_cicd.hosting import BatchTransform, Prefix, Processing
from rehearsal.embedded_aws import EmbeddedAws
from tests.emulator.roles import almighty, trusting
from tests.emulator.sagemaker.conftest import ACCOUNT, BUCKET, REGION, XGBOOST, Lab
from tests.emulator.sagemaker.hosting import ROWS, as_csv, booster, packed, until

_names = (f"runs-{number}" for number in itertools.count(1))
TRANSFORM = BatchTransform(
    type="ml.m5.large",
    count=1,
    input=Prefix(BUCKET, "in"),
    output=Prefix(BUCKET, "out"),
    processing=Processing("text/csv", "text/csv", True, True, None, None, 6),
    schedule="rate(1 day)",
    on_new_data=False,
    retries=1,
    minutes=60,
    topic_arn=None,
)


class Runs:
    """A model, and machines that transform with it."""

    def __init__(self, world: EmbeddedAws) -> None:
        self.world, self.lab = world, Lab(world)
        lab = self.lab
        url = lab.put("models/model.tar.gz", packed(booster()))
        container = {"Image": XGBOOST, "ModelDataUrl": url}
        lab.sagemaker.create_model(ModelName="approved", PrimaryContainer=container, ExecutionRoleArn=lab.role)
        lab.put("in/a.csv", as_csv(ROWS[:4]))
        self.states, self.events, iam = lab.client("stepfunctions"), lab.client("events"), lab.client("iam")
        self.role = almighty(iam, "runner", trusting("states.amazonaws.com"))
        self.sender = almighty(iam, "sender", trusting("events.amazonaws.com"))

    def machine(self, transform: BatchTransform) -> str:
        name = next(_names)
        text = json.dumps(definition(transform, "aws")).replace("${Model}", "approved").replace("${JobPrefix}", name)
        made = self.states.create_state_machine(name=name, definition=text, roleArn=self.role)
        return str(made["stateMachineArn"])

    def start(self, machine: str) -> str:
        return str(self.states.start_execution(stateMachineArn=machine)["executionArn"])

    def end(self, execution: str) -> dict[str, Any]:
        found: dict[str, Any] = until(
            lambda: self.states.describe_execution(executionArn=execution),
            lambda each: each["status"] != "RUNNING",
            60,
        )
        return found

    def jobs(self, machine: str) -> list[dict[str, Any]]:
        prefix = machine.rpartition(":")[2] + "-"
        found = self.lab.sagemaker.list_transform_jobs(NameContains=prefix)["TransformJobSummaries"]
        return [each for each in found if each["TransformJobName"].startswith(prefix)]

    def states_of(self, execution: str) -> list[str]:
        pages = self.states.get_paginator("get_execution_history").paginate(executionArn=execution)
        return [
            each["stateEnteredEventDetails"]["name"]
            for page in pages
            for each in page["events"]
            if each["type"].endswith("StateEntered")
        ]


@pytest.fixture(scope="module")
def runs(world: EmbeddedAws) -> Runs:
    return Runs(world)


def rows_of(text: bytes) -> list[list[float]]:
    return [[float(value) for value in line.split(",")] for line in text.decode().splitlines()]


def test_a_schedule_transforms_everything_below_the_input(runs: Runs) -> None:
    lab = runs.lab
    lab.put("in/more/b.csv", as_csv(ROWS[4:7]))
    lab.put("input-beside/c.csv", b"not,a,number\n")
    machine = runs.machine(TRANSFORM)
    runs.events.put_rule(Name="daily", ScheduleExpression="rate(1 day)")
    target = {"Id": "runs", "Arn": machine, "RoleArn": runs.sender}
    runs.events.put_targets(Rule="daily", Targets=[target])
    assert runs.states.list_executions(stateMachineArn=machine)["executions"] == []
    runs.world.services.events.fire(ACCOUNT, REGION, "daily")
    (found,) = until(lambda: runs.states.list_executions(stateMachineArn=machine)["executions"], bool)
    assert runs.end(found["executionArn"])["status"] == "SUCCEEDED"
    joined = rows_of(lab.get(f"s3://{BUCKET}/out/a.csv.out"))
    assert [row[:3] for row in joined] == ROWS[:4].tolist()
    assert len({row[3] for row in joined}) > 1
    assert len(rows_of(lab.get(f"s3://{BUCKET}/out/more/b.csv.out"))) == 3
    (job,) = runs.jobs(machine)
    assert job["TransformJobStatus"] == "Completed"


def test_new_data_is_transformed_by_itself_and_in_turn(runs: Runs) -> None:
    lab = runs.lab
    output = Prefix(BUCKET, "it's (new)")
    machine = runs.machine(
        replace(TRANSFORM, input=Prefix(BUCKET, "new"), output=output, schedule=None, on_new_data=True)
    )
    lab.put("new/before.csv", as_csv(ROWS[:2]))  # which nobody was told of
    lab.s3.put_bucket_notification_configuration(
        Bucket=BUCKET, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    key = {"key": [{"prefix": "new/"}], "size": [{"numeric": [">", 0]}]}
    pattern = {"source": ["aws.s3"], "detail": {"bucket": {"name": [BUCKET]}, "object": key}}
    runs.events.put_rule(Name="new", EventPattern=json.dumps(pattern))
    runs.events.put_targets(Rule="new", Targets=[{"Id": "runs", "Arn": machine, "RoleArn": runs.sender}])
    lab.put("new/folder/", b"")
    lab.put("elsewhere/x.csv", as_csv(ROWS[:2]))
    lab.put("new/one.csv", as_csv(ROWS[:2]))
    lab.put("new/deeper/one.csv", as_csv(ROWS[2:5]))

    def executions() -> list[dict[str, Any]]:
        return list(runs.states.list_executions(stateMachineArn=machine)["executions"])

    until(executions, lambda found: len(found) == 2)
    ended = [runs.end(each["executionArn"]) for each in executions()]
    assert [each["status"] for each in ended] == ["SUCCEEDED", "SUCCEEDED"]
    assert len(rows_of(lab.get(f"s3://{BUCKET}/it's (new)/new/one.csv/one.csv.out"))) == 2
    assert len(rows_of(lab.get(f"s3://{BUCKET}/it's (new)/new/deeper/one.csv/one.csv.out"))) == 3
    found = lab.s3.list_objects_v2(Bucket=BUCKET, Prefix="it's (new)/")
    assert len(found["Contents"]) == 2
    first, second = sorted(runs.jobs(machine), key=lambda job: job["CreationTime"])
    assert first["TransformEndTime"] <= second["CreationTime"]
    lab.s3.put_bucket_notification_configuration(Bucket=BUCKET, NotificationConfiguration={})


def test_a_run_beside_another_that_does_everything_is_skipped(runs: Runs) -> None:
    machine = runs.machine(TRANSFORM)
    both = [runs.start(machine), runs.start(machine)]
    assert [runs.end(each)["status"] for each in both] == ["SUCCEEDED", "SUCCEEDED"]
    assert sorted(runs.states_of(each)[-1] for each in both) == ["Done", "Skipped"]
    assert len(runs.jobs(machine)) == 1


def test_a_job_that_fails_is_tried_again_and_then_somebody_is_told(runs: Runs) -> None:
    lab, sqs, sns = runs.lab, runs.lab.client("sqs"), runs.lab.client("sns")
    lab.put("bad/a.csv", b"not,a,number\n")
    topic = sns.create_topic(Name="failed-runs")["TopicArn"]
    queue = sqs.create_queue(QueueName="told")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    machine = runs.machine(replace(TRANSFORM, input=Prefix(BUCKET, "bad"), topic_arn=topic))
    found = runs.end(runs.start(machine))
    assert (found["status"], found["error"]) == ("FAILED", "BatchFailed")
    assert "400" in found["cause"] or "ould not convert" in found["cause"], found["cause"]
    assert [each["TransformJobStatus"] for each in runs.jobs(machine)] == ["Failed", "Failed"]
    (message,) = sqs.receive_message(QueueUrl=queue)["Messages"]
    said = json.loads(message["Body"])
    assert said["Subject"] == "A batch run failed"
    assert found["name"] in said["Message"] and found["cause"] in said["Message"]


def test_a_run_that_takes_too_long_stops_its_job(runs: Runs) -> None:
    found = runs.end(runs.start(runs.machine(replace(TRANSFORM, minutes=0))))
    states = runs.states_of(found["executionArn"])
    if "Stop" in states:
        assert (found["status"], found["cause"]) == ("FAILED", "it was not done within 0 minutes")
    else:
        assert states[-1] == "Done"


def test_a_call_that_is_refused_fails_the_run_with_its_cause(runs: Runs) -> None:
    machine = runs.machine(replace(TRANSFORM, input=Prefix("another-bucket-of-nobody", "in"), retries=0))
    text = runs.states.describe_state_machine(stateMachineArn=machine)["definition"].replace('"approved"', '"gone"')
    runs.states.update_state_machine(stateMachineArn=machine, definition=text)
    found = runs.end(runs.start(machine))
    assert found["status"] == "FAILED"
    assert "gone" in found["cause"]
