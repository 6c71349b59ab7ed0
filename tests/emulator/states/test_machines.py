"""State machines: life cycle, tags, and everything that is refused when one is made."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulator.roles import almighty
from tests.emulator.states.conftest import Machines, task

PASS: dict[str, Any] = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}


def test_life_cycle(machines: Machines) -> None:
    arn = machines.create(PASS, name="first", tags=[{"key": "a", "value": "1"}])
    assert machines.create(PASS, name="first") == arn
    found = machines.api.describe_state_machine(stateMachineArn=arn)
    assert (found["type"], found["status"], json.loads(found["definition"])) == ("STANDARD", "ACTIVE", PASS)
    with pytest.raises(ClientError, match="State Machine Already Exists"):
        machines.create(PASS | {"Comment": "other"}, name="first")
    machines.api.update_state_machine(stateMachineArn=arn, definition=json.dumps(PASS | {"Comment": "new"}))
    assert "new" in machines.api.describe_state_machine(stateMachineArn=arn)["definition"]
    machines.api.tag_resource(resourceArn=arn, tags=[{"key": "b", "value": "2"}])
    machines.api.untag_resource(resourceArn=arn, tagKeys=["a"])
    assert machines.api.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "b", "value": "2"}]
    assert arn in [row["stateMachineArn"] for row in machines.api.list_state_machines()["stateMachines"]]
    other = machines.world.client("stepfunctions", account="222222222222", region="us-east-1")
    with pytest.raises(ClientError, match="not authorized to perform: states:DescribeStateMachine"):
        other.describe_state_machine(stateMachineArn=arn)
    machines.api.delete_state_machine(stateMachineArn=arn)
    with pytest.raises(ClientError, match="State Machine Does Not Exist"):
        machines.api.start_execution(stateMachineArn=arn)


def one(state: dict[str, Any]) -> dict[str, Any]:
    return {"StartAt": "A", "States": {"A": state}}


@pytest.mark.parametrize(
    ("definition", "text"),
    [
        (one({"Type": "Map", "End": True}), "/States/A/Type: .* does not support a state of type Map"),
        (one({"Type": "Wait", "End": True}), "/States/A: expected exactly one of Seconds and SecondsPath"),
        (
            one({"Type": "Wait", "Seconds": -1, "End": True}),
            "/States/A/Seconds: got -1, expected a whole",
        ),
        (one({"Type": "Wait", "Timestamp": "2030-01-01T00:00:00Z", "End": True}), "not support the field Timestamp"),
        (one({"Type": "Parallel", "Branches": [], "End": True}), "type Parallel"),
        (one({"Type": "Map", "End": True}), "type Map"),
        (PASS | {"QueryLanguage": "JSONata"}, "does not support JSONata"),
        (one(task("ssm:getParameter", {"Name": "x"}, Arguments={})), "/States/A/Arguments: is for JSONata"),
        (one(task("ssm:getParameter", {"Nam": "x"})), r"'Nam' is not supported by Step Functions \(did you mean Name"),
        (one(task("codepipeline:startPipelineExecution", {"name": "x"})), "'name' is not supported"),
        (
            one(task("codepipeline:startPipelineExecution", {"Name": "x", "Variables": [{"name": "y"}]})),
            r"Variables\[0\]: The field 'name' is not supported",
        ),
        (one(task("codepipeline:startPipelineExecution", {})), "'Name' is required"),
        (one(task("codepipline:startPipelineExecution", {})), "no service codepipline .did you mean codepipeline"),
        (
            one(task("codepipeline:startPipelineExecutions", {})),
            "has no operation startPipelineExecutions .did you mean startPipelineExecution",
        ),
        (
            one(
                {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"Name": "f"}, "End": True}
            ),
            "/States/A/Parameters: The field 'Name' is not supported by Step Functions; .*'FunctionName' is required",
        ),
        (
            one({"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken", "End": True}),
            "does not support the resource",
        ),
        (one({"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:1:function:f", "End": True}), "does not support"),
        (one({"Type": "Pass", "Parameters": {"a.$": "States.UUID()"}, "End": True}), "function States.UUID"),
        (one({"Type": "Pass", "Parameters": {"a.$": "States.Format('{}')"}, "End": True}), "got 0 values for 1 places"),
        (one({"Type": "Pass", "Parameters": {"a.$": "States.Format($.a)"}, "End": True}), "expected a text with"),
        (one({"Type": "Pass", "Parameters": {"a.$": "States.Format('{}', a)"}, "End": True}), "is no argument"),
        (one({"Type": "Pass", "InputPath": "States.Format('a')", "End": True}), "expected it to start with"),
        (one({"Type": "Pass", "InputPath": "$.a[*]", "End": True}), "does not support the path"),
        (one({"Type": "Pass", "InputPath": "a", "End": True}), "expected it to start with"),
        (one({"Type": "Pass"}), "expected either Next or End"),
        (one({"Type": "Pass", "Next": "B"}), "MISSING_TRANSITION_TARGET: there is no state 'B'"),
        ({"StartAt": "X", "States": PASS["States"]}, "/StartAt: MISSING_TRANSITION_TARGET"),
        ({"StartAt": "A", "States": PASS["States"] | {"B": {"Type": "Succeed"}}}, "/States/B: UNREACHABLE_STATE"),
        (
            one({"Type": "Choice", "Choices": [{"Variable": "$.a", "TimestampEquals": "x", "Next": "A"}]}),
            "does not support the comparison TimestampEquals",
        ),
        (
            one(task("ssm:getParameter", {"Name": "x"}, TimeoutSeconds=0)),
            "/States/A/TimeoutSeconds: got 0, expected a whole",
        ),
        (one({"Type": "Pass", "TimeoutSeconds": 3, "End": True}), "field TimeoutSeconds of a Pass state"),
        (PASS | {"TimeoutSeconds": "3"}, "/TimeoutSeconds: got '3', expected a whole number"),
    ],
)
def test_definitions_refused(machines: Machines, definition: dict[str, Any], text: str) -> None:
    with pytest.raises(ClientError, match=text) as caught:
        machines.create(definition)
    assert caught.value.response["Error"]["Code"] == "InvalidDefinition"


def test_every_problem_is_named(machines: Machines) -> None:
    with pytest.raises(ClientError) as caught:
        machines.create(one({"Type": "Pass", "InputPath": "a", "Wrong": 1}))
    assert all(part in str(caught.value) for part in ("/States/A/Wrong", "/States/A/InputPath", "Next or End"))


def test_no_json(machines: Machines) -> None:
    with pytest.raises(ClientError, match="INVALID_JSON_DESCRIPTION"):
        machines.api.create_state_machine(name="broken", definition="{", roleArn=machines.role)


def test_roles_and_logs_are_looked_at(machines: Machines) -> None:
    other = machines.make_role("not-for-states", "events.amazonaws.com")
    refused: list[tuple[dict[str, Any], str]] = [
        ({"roleArn": other}, "states.amazonaws.com, nor the regional one is authorized"),
        ({"roleArn": machines.role.replace("111111111111", "222222222222")}, "Cross-account"),
        ({"name": "with spaces"}, "Invalid Name"),
        ({"publish": True}, "does not support publish"),
        ({"encryptionConfiguration": {"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": "k"}}, "encryptionConfiguration"),
        ({"loggingConfiguration": {"level": "ALL"}}, "exactly one Log Destination"),
    ]
    arn = machines.logged()["destinations"][0]["cloudWatchLogsLogGroup"]["logGroupArn"]
    for wrong, text in ((arn.removesuffix(":*"), "end with"), (arn.replace("machines", "no"), "does not exist")):
        destinations = [{"cloudWatchLogsLogGroup": {"logGroupArn": wrong}}]
        refused.append(({"loggingConfiguration": machines.logged(destinations=destinations)}, text))
    for more, text in refused:
        with pytest.raises(ClientError, match=text):
            machines.create(PASS, **more)


@pytest.mark.parametrize(("name", "good"), [("stateMachine:conditional", True), ("stateMachine:another", False)])
def test_the_role_may_be_for_one_state_machine(machines: Machines, name: str, good: bool) -> None:
    source = {"ArnLike": {"aws:SourceArn": f"arn:aws:states:us-east-1:111111111111:{name}"}}
    statement = {"Effect": "Allow", "Principal": {"Service": "states.us-east-1.amazonaws.com"},
                 "Action": "sts:AssumeRole", "Condition": source}  # fmt: skip
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    role = almighty(machines.client("iam"), f"of-{good}", document)
    if good:
        assert machines.create(PASS, name="conditional", roleArn=role)
    else:
        with pytest.raises(ClientError, match="is authorized to assume the provided role"):
            machines.create(PASS, name="conditional-too", roleArn=role)


def test_what_is_not_there_is_refused_by_name(machines: Machines) -> None:
    with pytest.raises(ClientError, match="does not support states CreateActivity"):
        machines.api.create_activity(name="a")


def test_the_document_names_every_operation(machines: Machines) -> None:
    text = (Path(__file__).parents[3] / "docs" / "states-support.md").read_text()
    missing = [name for name in machines.world.services.states.operations() if name not in text]
    assert missing == []
