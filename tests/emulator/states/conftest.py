"""State machines as boto3 sees them."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from rehearsal.embedded_aws import EmbeddedAws
from tests.emulator.roles import almighty

ACCOUNT = "111111111111"
REGION = "us-east-1"
State = dict[str, Any]
_names = (f"machine-{number}" for number in itertools.count(1))


class Machines:
    """What a test of state machines needs."""

    def __init__(self, world: EmbeddedAws) -> None:
        self.world = world
        self.api = self.client("stepfunctions")
        self.role = self.make_role("machine", "states.amazonaws.com")
        self.group = "/aws/vendedlogs/states/machines"
        self.client("logs").create_log_group(logGroupName=self.group)

    def client(self, service: str) -> Any:
        return self.world.client(service, account=ACCOUNT, region=REGION)

    def make_role(self, name: str, service: str) -> str:
        statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        return almighty(self.client("iam"), name, document)

    def create(self, definition: dict[str, Any], kind: str = "STANDARD", **more: Any) -> str:
        arguments = {"name": next(_names), "definition": json.dumps(definition), "roleArn": self.role, "type": kind}
        return str(self.api.create_state_machine(**(arguments | more))["stateMachineArn"])

    def logged(self, kind: str = "EXPRESS", **more: Any) -> dict[str, Any]:
        arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{self.group}:*"
        destinations = [{"cloudWatchLogsLogGroup": {"logGroupArn": arn}}]
        return {"level": "ALL", "includeExecutionData": True, "destinations": destinations} | more

    def run(self, states: dict[str, State], data: Any = None, start: str = "") -> dict[str, Any]:
        """The end of an execution of a new machine."""
        arn = self.create({"StartAt": start or next(iter(states)), "States": states})
        made = self.api.start_execution(stateMachineArn=arn, input=json.dumps(data or {}))["executionArn"]
        found: dict[str, Any] = until(
            lambda: self.api.describe_execution(executionArn=made), lambda each: each["status"] != "RUNNING"
        )
        return found | {"output": json.loads(found["output"])} if "output" in found else found

    def log(self) -> list[dict[str, Any]]:
        """All that was logged."""
        logs, found = self.client("logs"), []
        for stream in logs.describe_log_streams(logGroupName=self.group)["logStreams"]:
            events = logs.get_log_events(logGroupName=self.group, logStreamName=stream["logStreamName"])["events"]
            found += [json.loads(event["message"]) for event in events]
        return found


def until(look: Callable[[], Any], good: Callable[[Any], bool], seconds: float = 15) -> Any:
    """What `look` returns once it is good."""
    deadline = time.monotonic() + seconds
    while not good(found := look()):
        assert time.monotonic() < deadline, f"still {found} after {seconds} s"
        time.sleep(0.02)
    return found


def task(operation: str, parameters: dict[str, Any], **more: Any) -> State:
    """A Task state at the end of a machine."""
    resource = f"arn:aws:states:::aws-sdk:{operation}"
    end = {} if "Next" in more else {"End": True}
    return {"Type": "Task", "Resource": resource, "Parameters": parameters} | end | more


@pytest.fixture(scope="module")
def machines(world: EmbeddedAws) -> Machines:
    return Machines(world)
