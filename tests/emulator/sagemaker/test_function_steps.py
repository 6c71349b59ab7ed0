"""Lambda steps call functions that are deployed, as the pipeline's role."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.lambdas.conftest import zipped
from tests.emulator.roles import ALLOW_ALL

CODE = """
import boto3
def handler(event, context):
    if event.get("fail"):
        raise ValueError("broken")
    return {"length": len(event["word"]), "who": boto3.client("sts").get_caller_identity()["Arn"]}
"""


@pytest.fixture(scope="module")
def function(lab: Any) -> str:
    role = lab.make_role("of-function", "lambda.amazonaws.com")
    made = lab.client("lambda").create_function(
        FunctionName="measure", Runtime="python3.12", Handler="index.handler", Role=role, Timeout=20,
        Code={"ZipFile": zipped({"index.py": CODE})},
    )  # fmt: skip
    return str(made["FunctionArn"])


def called(lab: Any, name: str, function: str, arguments: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The status of an execution of one step, and the step."""
    outputs = [{"OutputName": "length", "OutputType": "Integer"}, {"OutputName": "who", "OutputType": "String"}]
    step = {
        "Name": "Call",
        "Type": "Lambda",
        "FunctionArn": function,
        "Arguments": arguments,
        "OutputParameters": outputs,
    }
    lab.pipeline(name, [step])
    arn = lab.start(name)
    return lab.wait(arn)["PipelineExecutionStatus"], lab.steps(arn)["Call"]


def test_its_answer_is_the_step_s_output(lab: Any, function: str) -> None:
    status, step = called(lab, "calls", function, {"word": "seven77"})
    rows = {each["Name"]: each["Value"] for each in step["Metadata"]["Lambda"]["OutputParameters"]}
    assert (status, rows["length"]) == ("Succeeded", "7")
    assert rows["who"] == f"arn:aws:sts::{lab.account}:assumed-role/of-function/measure"


def test_its_failures_are_the_step_s(lab: Any, function: str) -> None:
    status, step = called(lab, "calls-in-vain", function, {"fail": True})
    assert (status, "ValueError" in step["FailureReason"]) == ("Failed", True)
    status, step = called(lab, "calls-nobody", f"{function}-absent", {})
    assert "there is no code of the Lambda function measure-absent" in step["FailureReason"]
    deny = ALLOW_ALL.replace("Allow", "Deny").replace('"Action": "*"', '"Action": "lambda:InvokeFunction"')
    lab.client("iam").put_role_policy(RoleName="execution", PolicyName="deny", PolicyDocument=deny)
    status, step = called(lab, "may-not-call", function, {"word": "x"})
    lab.client("iam").delete_role_policy(RoleName="execution", PolicyName="deny")
    assert "not authorized to perform: lambda:InvokeFunction" in step["FailureReason"]
