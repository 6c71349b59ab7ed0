"""Change sets: what they say, how they fail, what executing them does."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.emulator.cloudformation.conftest import Stacks, parameter, text

NO_CHANGES = "The submitted information didn't contain changes. Submit different information to create a change set."


def change(change_set: dict[str, Any], logical_id: str) -> dict[str, Any]:
    found = [
        c["ResourceChange"] for c in change_set["Changes"] if c["ResourceChange"]["LogicalResourceId"] == logical_id
    ]
    assert len(found) == 1, change_set["Changes"]
    result: dict[str, Any] = found[0]
    return result


def test_a_stack_made_by_a_change_set(stacks: Stacks, refused: Callable[..., str]) -> None:
    made = stacks.change_set("made", {"Resources": {"P": parameter()}}, "CREATE", Description="first")
    assert (made["Status"], made["ExecutionStatus"], made["Description"]) == ("CREATE_COMPLETE", "AVAILABLE", "first")
    assert change(made, "P")["Action"] == "Add"
    assert stacks.describe("made")["StackStatus"] == "REVIEW_IN_PROGRESS"
    assert stacks.physical("made") == {}
    listed = stacks.api.list_change_sets(StackName="made")["Summaries"]
    assert [item["ChangeSetId"] for item in listed] == [made["ChangeSetId"]]
    assert stacks.execute(made)["StackStatus"] == "CREATE_COMPLETE"
    assert "ChangeSetNotFound" in refused(stacks.execute, made)
    assert "AlreadyExistsException" in refused(stacks.change_set, "made", {"Resources": {"P": parameter()}}, "CREATE")


def test_what_an_update_would_do(stacks: Stacks) -> None:
    def topic(name: str, display: str) -> dict[str, Any]:
        return {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": name, "DisplayName": display}}

    first = {
        "Same": parameter("s"), "Changed": parameter("old"), "Replaced": topic("cs-old", "d"), "Removed": parameter(),
        "Follows": parameter({"Ref": "Replaced"}), "Reads": parameter({"Fn::GetAtt": ["Changed", "Value"]}),
        "Kept": parameter() | {"DeletionPolicy": "Retain"},
    }  # fmt: skip
    name = stacks.create({"Resources": first})["StackName"]
    second = {
        "Same": parameter("s"), "Changed": parameter("new"), "Replaced": topic("cs-new", "d"), "Added": parameter(),
        "Follows": parameter({"Ref": "Replaced"}), "Reads": parameter({"Fn::GetAtt": ["Changed", "Value"]}),
    }  # fmt: skip
    found = stacks.change_set(name, {"Resources": second})
    assert "Same" not in {c["ResourceChange"]["LogicalResourceId"] for c in found["Changes"]}
    changed = change(found, "Changed")
    assert (changed["Action"], changed["Replacement"], changed["Scope"]) == ("Modify", "False", ["Properties"])
    assert changed["Details"][0]["Target"] == {
        "Attribute": "Properties",
        "Name": "Value",
        "RequiresRecreation": "Never",
    }
    replaced = change(found, "Replaced")
    assert (replaced["Replacement"], replaced["PolicyAction"]) == ("True", "ReplaceAndDelete")
    assert change(found, "Added")["Action"] == "Add"
    assert (change(found, "Removed")["Action"], change(found, "Removed")["PolicyAction"]) == ("Remove", "Delete")
    assert change(found, "Kept")["PolicyAction"] == "Retain"
    assert change(found, "Follows")["Details"][0]["Evaluation"] == "Dynamic"
    assert change(found, "Reads")["Details"][0]["Evaluation"] == "Dynamic"
    shown = stacks.api.describe_change_set(ChangeSetName=found["ChangeSetId"], IncludePropertyValues=True)
    assert change(shown, "Changed")["Details"][0]["Target"]["BeforeValue"] == "old"
    assert json.loads(change(shown, "Changed")["AfterContext"])["Properties"]["Value"] == "new"
    before = stacks.physical(name)
    assert stacks.execute(found)["StackStatus"] == "UPDATE_COMPLETE"
    after = stacks.physical(name)
    assert set(after) == set(second)
    assert after["Replaced"] != before["Replaced"]
    assert after["Changed"] == before["Changed"]


def test_no_changes_fail_the_change_set_as_clients_expect(stacks: Stacks, refused: Callable[..., str]) -> None:
    template = {"Resources": {"P": parameter()}, "Outputs": {"O": {"Value": {"Ref": "P"}}}}
    name = stacks.create(template, Tags=[{"Key": "k", "Value": "v"}])["StackName"]
    same = stacks.change_set(name, template | {"Description": "a comment changes nothing"})
    assert (same["Status"], same["ExecutionStatus"], same["StatusReason"]) == ("FAILED", "UNAVAILABLE", NO_CHANGES)
    assert "InvalidChangeSetStatus" in refused(stacks.execute, same)
    for changed, tags in (
        (template | {"Outputs": {"O": {"Value": "other"}}}, [{"Key": "k", "Value": "v"}]),
        (template, [{"Key": "k", "Value": "w"}]),
        (
            {"Resources": {"P": parameter() | {"DeletionPolicy": "Retain"}}, "Outputs": template["Outputs"]},
            [{"Key": "k", "Value": "v"}],
        ),
        (
            {"Resources": {"P": parameter() | {"Metadata": {"a": 1}}}, "Outputs": template["Outputs"]},
            [{"Key": "k", "Value": "v"}],
        ),
    ):
        assert stacks.change_set(name, changed, Tags=tags)["Status"] == "CREATE_COMPLETE"


def test_a_type_cannot_change_under_a_logical_id(stacks: Stacks) -> None:
    name = stacks.create({"Resources": {"R": parameter()}})["StackName"]
    found = stacks.change_set(name, {"Resources": {"R": {"Type": "AWS::SNS::Topic"}}})
    assert found["Status"] == "FAILED"
    assert found["StatusReason"].startswith("Update of resource type is not permitted.")


def test_previous_template_and_values(stacks: Stacks) -> None:
    template = {"Parameters": {"V": {"Type": "String"}}, "Resources": {"P": parameter({"Ref": "V"})}}
    name = stacks.create(template, Parameters=[{"ParameterKey": "V", "ParameterValue": "1"}])["StackName"]
    made = stacks.api.create_change_set(
        StackName=name,
        ChangeSetName="prev",
        UsePreviousTemplate=True,
        Parameters=[{"ParameterKey": "V", "UsePreviousValue": True}],
    )
    assert stacks.api.describe_change_set(ChangeSetName=made["Id"])["StatusReason"] == NO_CHANGES
    stacks.api.create_change_set(
        StackName=name,
        ChangeSetName="next",
        UsePreviousTemplate=True,
        Parameters=[{"ParameterKey": "V", "ParameterValue": "2"}],
    )
    found = stacks.api.describe_change_set(ChangeSetName="next", StackName=name)
    assert found["Parameters"] == [{"ParameterKey": "V", "ParameterValue": "2"}]
    assert stacks.execute(found)["Parameters"] == [{"ParameterKey": "V", "ParameterValue": "2"}]


def test_change_sets_of_stacks_are_apart_and_can_be_deleted(stacks: Stacks, refused: Callable[..., str]) -> None:
    for name in ("cs-a", "cs-b"):
        stacks.api.create_change_set(
            StackName=name,
            ChangeSetName="same-name",
            ChangeSetType="CREATE",
            TemplateBody=text({"Resources": {"P": parameter(name)}}),
        )
    stacks.api.delete_change_set(StackName="cs-a", ChangeSetName="same-name")
    stacks.api.delete_change_set(StackName="cs-a", ChangeSetName="same-name")
    error = refused(stacks.api.describe_change_set, StackName="cs-a", ChangeSetName="same-name")
    assert error == "ChangeSetNotFound: ChangeSet [same-name] does not exist"
    shown = stacks.api.get_template(StackName="cs-b", ChangeSetName="same-name")["TemplateBody"]
    assert shown["Resources"]["P"]["Properties"]["Value"] == "cs-b"
    stacks.api.delete_stack(StackName="cs-a")
    assert refused(stacks.describe, "cs-a").endswith("Stack with id cs-a does not exist")


def test_an_update_of_a_stack_that_is_not_there(stacks: Stacks, refused: Callable[..., str]) -> None:
    error = refused(stacks.change_set, "absent", {"Resources": {"P": parameter()}})
    assert error == "ValidationError: Stack [absent] does not exist"
    assert refused(stacks.describe, "absent").endswith("does not exist")
