"""The deployed state machine of approvals: one change of a version starts one promotion, however often it is told."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from model_cicd.constructs.promotion_trigger import definition

from .conftest import Lab, approval, stage

VERSION = "arn:aws:sagemaker:us-east-1:111111111111:model-package/price/7"
MORNING, EVENING = "2026-11-29T08:00:00Z", "2026-11-29T20:00:00Z"


@pytest.fixture(scope="module")
def tell(lab: Lab) -> Callable[..., None]:
    """`tell(time, LastModifiedTime=...)`: an event of the version's approval, each with an id of its own."""
    lab.commit("promotes", "main", {"a": "1"})
    variable = {"name": "ModelPackageArn", "defaultValue": "none"}
    gate = stage("Gate", approval())
    lab.create(
        "promotes",
        lab.source("promotes"),
        gate,
        first="",
        pipelineType="V2",
        executionMode="PARALLEL",
        variables=[variable],
    )
    role = lab.role("trigger", {"Service": "states.amazonaws.com"})
    states = lab.client("stepfunctions")
    made = json.dumps(definition(partition="aws", pipeline_name="promotes"))
    machine = states.create_state_machine(name="promotes", definition=made, roleArn=role)["stateMachineArn"]

    def send(time: str, version: str = VERSION, **detail: Any) -> None:
        approved = {"ModelPackageArn": version, "ModelApprovalStatus": "Approved", **detail}
        event = json.dumps({"id": str(uuid.uuid4()), "time": time, "detail": approved})
        arn = states.start_execution(stateMachineArn=machine, input=event)["executionArn"]
        ended = lab.until(lambda: states.describe_execution(executionArn=arn), lambda it: it["status"] != "RUNNING")
        assert ended["status"] == "SUCCEEDED", ended

    return send


@pytest.mark.parametrize("dated", [True, False], ids=["with modification time", "without"])
def test_one_change_starts_one_promotion(lab: Lab, tell: Callable[..., None], dated: bool) -> None:
    version = VERSION if dated else f"{VERSION}0"

    def started() -> int:
        return len(lab.executions("promotes"))

    def approve(changed: str, told: str) -> None:
        more = {"LastModifiedTime": changed} if dated else {}
        tell(told if dated else changed, version, **more)

    before = started()
    approve(MORNING, MORNING)
    assert started() == before + 1
    # delivered twice; told twice, a minute later
    approve(MORNING, MORNING)
    approve(MORNING, "2026-11-29T08:01:00Z")
    assert started() == before + 1
    # rejected meanwhile, and approved again
    approve(EVENING, EVENING)
    assert started() == before + 2
    # another version at the same time
    tell(EVENING, f"{version}1", **({"LastModifiedTime": EVENING} if dated else {}))
    assert started() == before + 3
