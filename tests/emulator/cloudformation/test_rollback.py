"""Failures: what is undone, what is left standing, what mends it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.emulator.cloudformation.conftest import Stacks, broken, parameter


def value(client: Callable[..., Any], name: str) -> str | None:
    found = client("ssm").get_parameters(Names=[name])["Parameters"]
    return found[0]["Value"] if found else None


def test_a_failed_creation_deletes_what_was_made(stacks: Stacks, client: Callable[..., Any]) -> None:
    template = {
        "Resources": {
            "A": parameter(Name="/rb/a"),
            "Bad": broken(DependsOn="A"),
            "C": parameter() | {"DependsOn": "Bad"},
        }
    }
    stack = stacks.create(template)
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert value(client, "/rb/a") is None
    events = stacks.events(stack["StackId"])
    assert ("A", "DELETE_COMPLETE") in events
    assert "C" not in {logical for logical, _ in events}
    assert "No access to reserved parameter name" in stacks.reasons(stack["StackId"])[0]
    assert (stack["StackName"], "ROLLBACK_IN_PROGRESS") in events


def test_a_half_made_resource_is_deleted_too(stacks: Stacks, client: Callable[..., Any]) -> None:
    half = {
        "Type": "AWS::S3::Bucket",
        "Properties": {"BucketName": "half-made", "LoggingConfiguration": {"DestinationBucketName": "not-there"}},
    }
    stack = stacks.create({"Resources": {"B": half}})
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "PutBucketLogging" in stacks.reasons(stack["StackId"])[0]
    assert "half-made" not in {bucket["Name"] for bucket in client("s3").list_buckets()["Buckets"]}


def test_on_failure(stacks: Stacks, client: Callable[..., Any]) -> None:
    template = {"Resources": {"A": parameter(Name="/onfailure"), "Bad": broken(DependsOn="A")}}
    kept = stacks.create(template, OnFailure="DO_NOTHING")
    assert kept["StackStatus"] == "CREATE_FAILED"
    assert value(client, "/onfailure") == "x"
    stacks.api.rollback_stack(StackName=kept["StackName"])
    assert stacks.rest(kept["StackName"])["StackStatus"] == "ROLLBACK_COMPLETE"
    assert value(client, "/onfailure") is None
    name = stacks.name()
    made = stacks.api.create_stack(StackName=name, TemplateBody=json.dumps(template), OnFailure="DELETE")
    assert stacks.rest(made["StackId"])["StackStatus"] == "DELETE_COMPLETE"


def test_a_stack_left_failed_can_be_mended_by_an_update(stacks: Stacks) -> None:
    template = {"Resources": {"A": parameter(), "Bad": broken(DependsOn="A")}}
    name = stacks.create(template, DisableRollback=True)["StackName"]
    mended = stacks.update(name, {"Resources": {"A": parameter(), "Bad": parameter("fine")}})
    assert mended["StackStatus"] == "UPDATE_COMPLETE"
    assert set(stacks.physical(name)) == {"A", "Bad"}


def first(name: str) -> dict[str, Any]:
    """A stack with something to change, to replace and to remove."""
    return {
        "Changed": parameter("old", Name=f"/{name}/changed"),
        "Replaced": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": f"{name}-old", "DisplayName": "d"}},
        "Removed": parameter("r", Name=f"/{name}/removed"),
    }


def test_a_failed_update_restores_everything(stacks: Stacks, client: Callable[..., Any]) -> None:
    name = stacks.create(
        {"Resources": first("undo"), "Outputs": {"O": {"Value": {"Ref": "Replaced"}}}},
        Tags=[{"Key": "a", "Value": "1"}],
    )["StackName"]
    before = stacks.physical(name)
    second = {
        "Changed": parameter("new", Name="/undo/changed"),
        "Replaced": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "undo-new", "DisplayName": "d"}},
        "Added": parameter("a", Name="/undo/added"),
        "Bad": broken(DependsOn=["Changed", "Replaced", "Added"]),
    }
    stack = stacks.update(
        name, {"Resources": second, "Outputs": {"O": {"Value": "other"}}}, Tags=[{"Key": "a", "Value": "2"}]
    )
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert stacks.physical(name) == before
    assert value(client, "/undo/changed") == "old"
    assert value(client, "/undo/added") is None
    assert value(client, "/undo/removed") == "r"
    topics = {topic["TopicArn"].rpartition(":")[2] for topic in client("sns").list_topics()["Topics"]}
    assert "undo-old" in topics
    assert "undo-new" not in topics
    assert stack["Outputs"][0]["OutputValue"] == before["Replaced"]
    assert stack["Tags"] == [{"Key": "a", "Value": "1"}]
    template = stacks.api.get_template(StackName=name)["TemplateBody"]
    assert set(template["Resources"]) == set(first("undo"))
    statuses = [status for logical, status in stacks.events(name) if logical == name]
    assert statuses[-4:] == [
        "UPDATE_IN_PROGRESS",
        "UPDATE_ROLLBACK_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE",
    ]
    assert stacks.update(name, {"Resources": first("undo")})["StackStatus"] == "UPDATE_COMPLETE"


def test_replacement_makes_the_new_one_first_and_cleans_up_last(stacks: Stacks, client: Callable[..., Any]) -> None:
    name = stacks.create({"Resources": first("swap")})["StackName"]
    new = {"Replaced": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "swap-new", "DisplayName": "d"}}}
    assert stacks.update(name, {"Resources": new})["StackStatus"] == "UPDATE_COMPLETE"
    topics = {topic["TopicArn"].rpartition(":")[2] for topic in client("sns").list_topics()["Topics"]}
    assert "swap-old" not in topics
    assert "swap-new" in topics
    assert value(client, "/swap/removed") is None
    events = stacks.events(name)
    assert events.index(("Replaced", "UPDATE_COMPLETE")) < events.index((name, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"))
    assert events.index((name, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")) < events.index(("Replaced", "DELETE_COMPLETE"))


def test_update_replace_policy_keeps_the_old_one(stacks: Stacks, client: Callable[..., Any]) -> None:
    def topic(name: str) -> dict[str, Any]:
        return {"T": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": name}, "UpdateReplacePolicy": "Retain"}}

    name = stacks.create({"Resources": topic("keep-old")})["StackName"]
    stacks.update(name, {"Resources": topic("keep-new")})
    topics = {topic["TopicArn"].rpartition(":")[2] for topic in client("sns").list_topics()["Topics"]}
    assert {"keep-old", "keep-new"} <= topics


def test_a_custom_named_resource_cannot_be_replaced(stacks: Stacks) -> None:
    def group(description: str) -> dict[str, Any]:
        properties = {
            "ManagedPolicyName": "named",
            "Description": description,
            "PolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}],
            },
        }
        return {"Resources": {"M": {"Type": "AWS::IAM::ManagedPolicy", "Properties": properties}}}

    name = stacks.create(group("one"))["StackName"]
    assert stacks.update(name, group("two"))["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert "Rename named and update the stack again" in stacks.reasons(name)[-1]


def test_a_failed_update_left_standing_can_be_rolled_back_or_repaired(
    stacks: Stacks, client: Callable[..., Any]
) -> None:
    name = stacks.create({"Resources": {"P": parameter("1", Name="/stand")}})["StackName"]
    bad = {"Resources": {"P": parameter("2", Name="/stand"), "Bad": broken(DependsOn="P")}}
    assert stacks.update(name, bad, DisableRollback=True)["StackStatus"] == "UPDATE_FAILED"
    assert value(client, "/stand") == "2"
    stacks.api.rollback_stack(StackName=name)
    assert stacks.rest(name)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert value(client, "/stand") == "1"
    stacks.update(name, bad, DisableRollback=True)
    assert stacks.update(name, {"Resources": {"P": parameter("3", Name="/stand")}})["StackStatus"] == "UPDATE_COMPLETE"
    assert value(client, "/stand") == "3"


def test_a_rollback_that_fails_can_be_continued(stacks: Stacks, client: Callable[..., Any]) -> None:
    name = stacks.create({"Resources": {"P": parameter("1", Name="/continue"), "T": _topic("one")}})["StackName"]
    topic = stacks.physical(name)["T"]
    bad = {
        "Resources": {"P": parameter("2", Name="/continue"), "T": _topic("two"), "Bad": broken(DependsOn=["P", "T"])}
    }
    stacks.update(name, bad, DisableRollback=True)
    client("sns").delete_topic(TopicArn=topic)
    stacks.api.rollback_stack(StackName=name)
    failed = stacks.rest(name)
    assert failed["StackStatus"] == "UPDATE_ROLLBACK_FAILED"
    assert failed["StackStatusReason"] == "The following resource(s) failed to update: [T]."
    stacks.api.continue_update_rollback(StackName=name, ResourcesToSkip=["T"])
    assert stacks.rest(name)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert value(client, "/continue") == "1"


def _topic(display: str) -> dict[str, Any]:
    return {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": display}}


def test_a_resource_that_cannot_be_cleaned_up_does_not_fail_the_update(
    stacks: Stacks, client: Callable[..., Any]
) -> None:
    name = stacks.create({"Resources": {"B": {"Type": "AWS::S3::Bucket"}, "P": parameter()}})["StackName"]
    client("s3").put_object(Bucket=stacks.physical(name)["B"], Key="k", Body=b"x")
    stack = stacks.update(name, {"Resources": {"P": parameter()}})
    assert stack["StackStatus"] == "UPDATE_COMPLETE"
    assert "could not be deleted: [B]" in stack["StackStatusReason"]
    assert ("B", "DELETE_FAILED") in stacks.events(name)
