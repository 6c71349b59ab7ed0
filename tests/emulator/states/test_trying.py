"""Definitions are validated, and single states run, without a state machine."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rehearsal.embedded_aws import EmbeddedAws
from tests.emulator.conftest import ACCOUNTS, REGION
from tests.emulator.roles import almighty, trusting

PARAMETER = "arn:aws:states:::aws-sdk:ssm:getParameter"


@pytest.fixture(scope="module")
def states(world: EmbeddedAws) -> Any:
    return world.client("stepfunctions", account=ACCOUNTS[0], region=REGION)


@pytest.fixture(scope="module")
def role(world: EmbeddedAws) -> str:
    return almighty(world.client("iam", account=ACCOUNTS[0], region=REGION), "tries", trusting("states.amazonaws.com"))


def tried(states: Any, role: str, state: dict[str, Any], given: Any = None) -> dict[str, Any]:
    answer = states.test_state(definition=json.dumps(state), roleArn=role, input=json.dumps(given or {}))
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def test_definitions_are_validated(states: Any) -> None:
    good = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}
    assert states.validate_state_machine_definition(definition=json.dumps(good))["result"] == "OK"
    bad = states.validate_state_machine_definition(definition=json.dumps(good | {"StartAt": "B"}))
    assert bad["result"] == "FAIL"
    assert "B" in bad["diagnostics"][0]["message"]


def test_one_state_runs_with_its_role(states: Any, role: str, world: EmbeddedAws) -> None:
    choice = {"Type": "Choice", "Default": "Other",
              "Choices": [{"Variable": "$.a", "NumericEquals": 1, "Next": "One"}]}  # fmt: skip
    assert tried(states, role, choice, {"a": 1}) == {"status": "SUCCEEDED", "output": '{"a": 1}', "nextState": "One"}
    assert tried(states, role, choice, {"a": 2})["nextState"] == "Other"
    task = {"Type": "Task", "Resource": PARAMETER, "Parameters": {"Name": "/tried"}, "Next": "After"}
    assert tried(states, role, task)["error"] == "Ssm.ParameterNotFoundException"
    caught = task | {"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Handled"}]}
    assert (tried(states, role, caught)["status"], tried(states, role, caught)["nextState"]) == (
        "CAUGHT_ERROR",
        "Handled",
    )
    again = task | {"Retry": [{"ErrorEquals": ["States.ALL"]}]}
    assert tried(states, role, again) == {"status": "RETRIABLE"}
    world.client("ssm", account=ACCOUNTS[0], region=REGION).put_parameter(Name="/tried", Value="v", Type="String")
    assert json.loads(tried(states, role, task)["output"])["Parameter"]["Value"] == "v"


def test_bad_states_and_roles_are_refused(states: Any, role: str) -> None:
    with pytest.raises(ClientError, match="Invalid State Definition"):
        tried(states, role, {"Type": "Sleep"})
    with pytest.raises(ClientError, match="Cross-account pass role"):
        tried(states, role.replace(ACCOUNTS[0], ACCOUNTS[1]), {"Type": "Pass", "End": True})
