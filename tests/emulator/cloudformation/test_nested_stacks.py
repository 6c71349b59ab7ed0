"""Nested stacks: made, updated, rolled back and deleted with their parent."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.emulator.cloudformation.conftest import Stacks, Template, broken, parameter

Put = Callable[[Template], str]


@pytest.fixture(scope="module")
def put(client: Callable[..., Any]) -> Put:
    """Write the template of the nested stack, always to the same place: its URL."""
    s3 = client("s3")
    s3.create_bucket(Bucket="nested-templates")

    def write(template: Template) -> str:
        s3.put_object(Bucket="nested-templates", Key="child.json", Body=json.dumps(template).encode())
        return "https://nested-templates.s3.us-east-1.amazonaws.com/child.json"

    return write


def child(**more: Any) -> Template:
    resources = {"P": parameter({"Ref": "V"}), **more}
    declared = {"V": {"Type": "String"}, "L": {"Type": "CommaDelimitedList"}}
    outputs = {"O": {"Value": {"Fn::GetAtt": ["P", "Value"]}}, "L": {"Value": {"Fn::Select": [1, {"Ref": "L"}]}}}
    return {"Parameters": declared, "Resources": resources, "Outputs": outputs}


def parent(url: str, value: str, **more: Any) -> Template:
    nested = {"TemplateURL": url, "Parameters": {"V": value, "L": ["a", "b"]}}
    resources = {
        "N": {"Type": "AWS::CloudFormation::Stack", "Properties": nested},
        "Q": parameter({"Fn::GetAtt": "N.Outputs.O"}),
    }
    outputs = {"Id": {"Value": {"Ref": "N"}}, "O": {"Value": {"Fn::GetAtt": ["Q", "Value"]}},
               "L": {"Value": {"Fn::GetAtt": ["N", "Outputs.L"]}}}  # fmt: skip
    return {"Resources": {**resources, **more}, "Outputs": outputs}


def outputs(stack: dict[str, Any]) -> dict[str, str]:
    return {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])}


def test_a_nested_stack_lives_with_its_parent(stacks: Stacks, put: Put) -> None:
    made = stacks.create(parent(put(child()), "one"), Tags=[{"Key": "team", "Value": "a"}])
    found = outputs(made)
    assert (made["StackStatus"], found["O"], found["L"]) == ("CREATE_COMPLETE", "one", "b")
    name, nested = made["StackName"], stacks.describe(found["Id"])
    assert nested["StackName"].startswith(f"{name}-N-")
    assert (nested["ParentId"], nested["RootId"]) == (made["StackId"], made["StackId"])
    assert nested["Tags"] == [{"Key": "team", "Value": "a"}]
    assert found["Id"] in [stack["StackId"] for stack in stacks.api.describe_stacks()["Stacks"]]

    assert outputs(stacks.update(name, parent(put(child()), "two")))["O"] == "two"
    changed = child()
    changed["Outputs"]["O"]["Value"] = "from another template"
    url = put(changed)  # of the same name: every update looks into the stack
    assert stacks.change_set(name, parent(url, "two"))["Changes"][0]["ResourceChange"]["Action"] == "Modify"
    assert outputs(stacks.update(name, parent(url, "two")))["O"] == "from another template"

    stacks.delete(name)
    assert stacks.describe(found["Id"])["StackStatus"] == "DELETE_COMPLETE"


def test_a_failure_beside_it_brings_back_the_former_template(stacks: Stacks, put: Put) -> None:
    made = stacks.create(parent(put(child()), "one"))
    changed = child()
    changed["Outputs"]["O"]["Value"] = "never"
    failed = stacks.update(made["StackName"], parent(put(changed), "two", Z=broken(DependsOn="N")))
    assert failed["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert outputs(stacks.describe(outputs(made)["Id"]))["O"] == "one"
    assert outputs(failed)["O"] == "one"


def test_a_failure_in_it_is_its_parents(stacks: Stacks, put: Put) -> None:
    made = stacks.create(parent(put(child()), "one"))
    failed = stacks.update(made["StackName"], parent(put(child(B=broken())), "two"))
    assert failed["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    nested = outputs(made)["Id"]
    assert stacks.reasons(made["StackName"])[0].startswith(
        f"Embedded stack {nested} was not successfully updated. Currently in UPDATE_ROLLBACK_IN_PROGRESS with reason: "
    )
    assert outputs(stacks.describe(nested))["O"] == "one"

    new = stacks.create(parent(put(child(B=broken())), "two"))
    assert new["StackStatus"] == "ROLLBACK_COMPLETE"
    (reason,) = stacks.reasons(new["StackId"])
    assert "was not successfully created: The following resource(s) failed to create: [B]." in reason


def test_an_output_that_it_has_not(stacks: Stacks, put: Put, refused: Callable[..., str]) -> None:
    template = parent(put(child()), "one", Z=parameter({"Fn::GetAtt": ["N", "Outputs.Nope"]}))
    made = stacks.create(template)
    assert made["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "does not support attribute type Outputs.Nope" in stacks.reasons(made["StackId"])[0]
    template["Resources"]["Z"] = parameter({"Fn::GetAtt": ["N", "Nope"]})
    assert "does not support attribute type Nope" in refused(stacks.create, template)
