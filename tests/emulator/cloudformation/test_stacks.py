"""Stacks without change sets: life, events, tags, roles, names, deletion policies."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from rehearsal.embedded_aws import EmbeddedAws
from tests.emulator.cloudformation.conftest import Stacks, broken, own_tags, parameter
from tests.emulator.raw import form_call, send
from tests.emulator.roles import almighty, trusting

TOPIC = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": "one"}}


def test_create_update_delete(stacks: Stacks, client: Callable[..., Any]) -> None:
    template = {
        "Resources": {"T": TOPIC, "P": parameter({"Ref": "T"}, Name="/life")},
        "Outputs": {"Arn": {"Value": {"Ref": "T"}}},
    }
    stack = stacks.create(template, "life", Tags=[{"Key": "team", "Value": "a"}])
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    arn = stack["Outputs"][0]["OutputValue"]
    assert client("ssm").get_parameter(Name="/life")["Parameter"]["Value"] == arn
    assert own_tags(client("sns").list_tags_for_resource(ResourceArn=arn)["Tags"]) == [{"Key": "team", "Value": "a"}]
    assert arn.rpartition(":")[2].startswith("life-T-")

    template["Resources"]["T"] = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": "two"}}
    stack = stacks.update("life", template, Tags=[{"Key": "team", "Value": "b"}])
    assert stack["StackStatus"] == "UPDATE_COMPLETE"
    assert client("sns").get_topic_attributes(TopicArn=arn)["Attributes"]["DisplayName"] == "two"
    assert own_tags(client("sns").list_tags_for_resource(ResourceArn=arn)["Tags"]) == [{"Key": "team", "Value": "b"}]

    gone = stacks.delete("life")
    assert gone["StackStatus"] == "DELETE_COMPLETE"
    assert client("sns").list_topics()["Topics"] == []
    assert stacks.events(gone["StackId"]) == [
        ("life", "CREATE_IN_PROGRESS"),
        ("T", "CREATE_IN_PROGRESS"),
        ("T", "CREATE_IN_PROGRESS"),
        ("T", "CREATE_COMPLETE"),
        ("P", "CREATE_IN_PROGRESS"),
        ("P", "CREATE_COMPLETE"),
        ("life", "CREATE_COMPLETE"),
        ("life", "UPDATE_IN_PROGRESS"),
        ("T", "UPDATE_IN_PROGRESS"),
        ("T", "UPDATE_COMPLETE"),
        ("P", "UPDATE_IN_PROGRESS"),
        ("P", "UPDATE_COMPLETE"),
        ("life", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"),
        ("life", "UPDATE_COMPLETE"),
        ("life", "DELETE_IN_PROGRESS"),
        ("P", "DELETE_IN_PROGRESS"),
        ("P", "DELETE_COMPLETE"),
        ("T", "DELETE_IN_PROGRESS"),
        ("T", "DELETE_COMPLETE"),
        ("life", "DELETE_COMPLETE"),
    ]


def test_policies_are_made_before_what_could_use_their_roles(stacks: Stacks) -> None:
    statement = {"Effect": "Allow", "Action": "sns:Publish", "Resource": {"Ref": "Named"}}
    policy = {
        "PolicyName": "publishes",
        "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "Roles": [{"Ref": "Role"}],
    }
    role = {
        "Type": "AWS::IAM::Role",
        "Properties": {"AssumeRolePolicyDocument": json.loads(trusting("sns.amazonaws.com"))},
    }
    made = {"T": TOPIC, "Role": role, "Named": TOPIC, "Policy": {"Type": "AWS::IAM::Policy", "Properties": policy}}
    stack = stacks.create({"Resources": made}, "policies", Capabilities=["CAPABILITY_IAM"])
    events = stacks.events(stack["StackId"])
    assert [name for name, status in events if status == "CREATE_COMPLETE"][2:] == ["Policy", "T", "policies"]


def test_an_operation_goes_on_after_its_answer(
    world: EmbeddedAws, stacks: Stacks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.services.cloudformation.engine, "settle", 0)
    many = {"Resources": {f"P{number}": parameter(str(number)) for number in range(60)}}
    stacks.api.create_stack(StackName="slow", TemplateBody=json.dumps(many))
    assert stacks.describe("slow")["StackStatus"] == "CREATE_IN_PROGRESS"
    assert "CREATE_IN_PROGRESS state" in _refusal(stacks.api.update_stack, StackName="slow", UsePreviousTemplate=True)
    assert stacks.rest("slow")["StackStatus"] == "CREATE_COMPLETE"


def _refusal(call: Callable[..., Any], **params: Any) -> str:
    with pytest.raises(Exception, match="ValidationError") as caught:
        call(**params)
    return str(caught.value)


def test_independent_resources_follow_the_template_and_dependencies_come_first(stacks: Stacks) -> None:
    template = {
        "Resources": {
            "C": parameter({"Fn::Sub": "${A.Value}"}),
            "A": parameter({"Ref": "B"}), "D": parameter() | {"DependsOn": "C"},
            "B": parameter("b"), "E": parameter(),
        }
    }  # fmt: skip
    name = stacks.create(template)["StackName"]
    created = [logical for logical, status in stacks.events(name) if status == "CREATE_COMPLETE"]
    assert created == ["B", "A", "C", "D", "E", name]


def test_events_have_strictly_increasing_times(stacks: Stacks) -> None:
    name = stacks.create({"Resources": {f"P{n}": parameter() for n in range(5)}})["StackName"]
    times = [event["Timestamp"] for event in stacks.api.describe_stack_events(StackName=name)["StackEvents"]]
    assert times == sorted(times, reverse=True)
    assert len(set(times)) == len(times)


def test_update_without_a_change_is_refused(stacks: Stacks, refused: Callable[..., str]) -> None:
    template = {"Resources": {"P": parameter()}}
    name = stacks.create(template)["StackName"]
    assert refused(stacks.update, name, template) == "ValidationError: No updates are to be performed."
    changed = template | {"Outputs": {"O": {"Value": "1"}}}
    assert stacks.update(name, changed)["Outputs"][0]["OutputValue"] == "1"


def test_the_role_is_remembered_and_used_for_every_resource(
    stacks: Stacks, client: Callable[..., Any], world: EmbeddedAws, refused: Callable[..., str]
) -> None:
    arn = almighty(client("iam"), "deployer", trusting("cloudformation.amazonaws.com"))
    name = stacks.create({"Resources": {"P": parameter()}}, RoleARN=arn)["StackName"]
    stack = stacks.update(name, {"Resources": {"P": parameter("y")}})
    stacks.delete(name)
    assert stack["RoleARN"] == arn
    assert set(world.iam.ledger.uses()[arn]) == {"ssm:PutParameter", "ssm:DeleteParameter"}
    missing = "arn:aws:iam::111111111111:role/nobody"
    assert "cannot be assumed" in refused(stacks.create, {"Resources": {"P": parameter()}}, RoleARN=missing)
    foreign = "arn:aws:iam::222222222222:role/deployer"
    assert "Cross-account pass role is not allowed" in refused(
        stacks.create, {"Resources": {"P": parameter()}}, RoleARN=foreign
    )


def test_without_a_role_resources_are_made_as_the_caller(world: EmbeddedAws, client: Callable[..., Any]) -> None:
    arn = almighty(client("iam"), "caller", trusting("ec2.amazonaws.com"))
    as_caller = Stacks(world.client("cloudformation", account="111111111111", region="us-east-1", role=arn))
    assert as_caller.create({"Resources": {"P": parameter()}})["StackStatus"] == "CREATE_COMPLETE"
    assert "ssm:PutParameter" in world.iam.ledger.uses()[arn]


def test_a_role_that_may_not_make_a_resource_fails_the_stack(
    stacks: Stacks, client: Callable[..., Any], refused: Callable[..., str]
) -> None:
    trust = trusting("cloudformation.amazonaws.com")
    arn = client("iam").create_role(RoleName="powerless", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    stack = stacks.create({"Resources": {"P": parameter()}}, RoleARN=arn)
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    reasons = " ".join(stacks.reasons(stack["StackName"]))
    assert (
        "assumed-role/powerless/AWSCloudFormation is not authorized to perform: ssm:PutParameter on resource: "
        in reasons
    )
    untrusted = client("iam").create_role(RoleName="untrusted", AssumeRolePolicyDocument=trusting("ec2.amazonaws.com"))
    template = {"Resources": {"P": parameter()}}
    assert "cannot be assumed" in refused(stacks.create, template, RoleARN=untrusted["Role"]["Arn"])


def test_stacks_are_made_side_by_side(stacks: Stacks) -> None:
    template = {"Resources": {f"P{number}": parameter() for number in range(10)} | {"B": {"Type": "AWS::S3::Bucket"}}}
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda number: stacks.create(template, f"side-{number}"), range(16)))
        assert {stack["StackStatus"] for stack in made} == {"CREATE_COMPLETE"}
        gone = list(pool.map(lambda stack: stacks.delete(stack["StackName"]), made))
    assert {stack["StackStatus"] for stack in gone} == {"DELETE_COMPLETE"}


def test_deletion_policies(stacks: Stacks, client: Callable[..., Any]) -> None:
    kept = {
        "Kept": parameter(Name="/policy/kept") | {"DeletionPolicy": "Retain"},
        "Created": parameter(Name="/policy/created") | {"DeletionPolicy": "RetainExceptOnCreate"},
        "Gone": parameter(Name="/policy/gone"),
    }
    name = stacks.create({"Resources": kept})["StackName"]
    stack = stacks.delete(name)
    assert ("Kept", "DELETE_SKIPPED") in stacks.events(stack["StackId"])
    found = client("ssm").get_parameters(Names=["/policy/kept", "/policy/created", "/policy/gone"])
    assert sorted(item["Name"] for item in found["Parameters"]) == ["/policy/created", "/policy/kept"]


def test_a_failed_creation_keeps_what_is_retained_but_not_except_on_create(
    stacks: Stacks, client: Callable[..., Any]
) -> None:
    resources = {
        "Kept": parameter(Name="/create/kept") | {"DeletionPolicy": "Retain"},
        "Created": parameter(Name="/create/created") | {"DeletionPolicy": "RetainExceptOnCreate"},
        "Bad": broken(DependsOn=["Kept", "Created"]),
    }
    assert stacks.create({"Resources": resources})["StackStatus"] == "ROLLBACK_COMPLETE"
    found = client("ssm").get_parameters(Names=["/create/kept", "/create/created"])
    assert [item["Name"] for item in found["Parameters"]] == ["/create/kept"]


def test_a_bucket_with_objects_fails_the_deletion_and_can_be_retained(
    stacks: Stacks, client: Callable[..., Any]
) -> None:
    name = stacks.create({"Resources": {"B": {"Type": "AWS::S3::Bucket"}, "P": parameter()}})["StackName"]
    bucket = stacks.physical(name)["B"]
    client("s3").put_object(Bucket=bucket, Key="k", Body=b"x")
    stack = stacks.delete(name)
    assert stack["StackStatus"] == "DELETE_FAILED"
    assert stack["StackStatusReason"] == "The following resource(s) failed to delete: [B]."
    assert "BucketNotEmpty" in stacks.reasons(name)[0]
    assert stacks.delete(name, RetainResources=["B"])["StackStatus"] == "DELETE_COMPLETE"
    assert client("s3").get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"


def test_termination_protection(stacks: Stacks, refused: Callable[..., str]) -> None:
    name = stacks.create({"Resources": {"P": parameter()}}, EnableTerminationProtection=True)["StackName"]
    assert "TerminationProtection is enabled" in refused(stacks.delete, name)
    stacks.api.update_termination_protection(StackName=name, EnableTerminationProtection=False)
    assert stacks.delete(name)["StackStatus"] == "DELETE_COMPLETE"


def test_stacks_are_kept_apart_by_account_and_region(stacks: Stacks, client: Callable[..., Any]) -> None:
    template = {
        "Resources": {"P": parameter(Name="/apart")},
        "Outputs": {"At": {"Value": {"Fn::Sub": "${AWS::AccountId} ${AWS::Region}"}}},
    }
    for account, region in (
        ("111111111111", "us-east-1"),
        ("222222222222", "us-east-1"),
        ("111111111111", "eu-west-1"),
    ):
        made = Stacks(client("cloudformation", account, region)).create(template, "apart")
        assert made["Outputs"][0]["OutputValue"] == f"{account} {region}"


def test_lists_are_paginated(stacks: Stacks) -> None:
    name = stacks.create({"Resources": {f"P{n}": parameter() for n in range(120)}})["StackName"]
    pages = stacks.api.get_paginator("list_stack_resources").paginate(StackName=name)
    assert [len(page["StackResourceSummaries"]) for page in pages] == [100, 20]
    events = stacks.api.get_paginator("describe_stack_events").paginate(StackName=name)
    assert sum(len(page["StackEvents"]) for page in events) == 120 * 2 + 2
    started = time.monotonic()
    stacks.delete(name)
    assert time.monotonic() - started < 30


def test_what_is_not_there(stacks: Stacks, refused: Callable[..., str]) -> None:
    assert refused(stacks.describe, "nobody") == "ValidationError: Stack with id nobody does not exist"
    assert refused(stacks.update, "nobody", {"Resources": {"P": parameter()}}).endswith("does not exist")
    stacks.api.delete_stack(StackName="nobody")
    text = refused(stacks.api.list_stack_instances, StackSetName="nobody")
    assert text == "UnknownOperationException: the embedded AWS does not support cloudformation ListStackInstances"


@pytest.mark.parametrize(
    ("operation", "status", "message"),
    [
        ("Action=DescribeEvents", 400, "Either StackName or ChangeSetName must be specified."),
        ("Action=DescribeEvents&StackName=nobody", 400, "Stack with id nobody does not exist"),
        ("Action=DescribeStacks&NextToken=x", 400, "is not valid"),
        ("Action=GetTemplate", 400, "Either StackName or the ARN of a change set must be specified."),
        ("Action=GetTemplate&StackName=nobody", 400, "Stack with id nobody does not exist"),
        ("Action=GetTemplate&ChangeSetName=arn:none", 404, "ChangeSet [arn:none] does not exist"),
        ("Action=GetTemplate&StackName=nobody&TemplateStage=Raw", 400, "Member must satisfy enum value set"),
    ],
)
def test_bad_input_has_an_error_of_its_own(world: EmbeddedAws, operation: str, status: int, message: str) -> None:
    who = world.accounts.add("111111111111")
    answer = send(world, form_call(world, who, "cloudformation", f"{operation}&Version=2010-05-15"))
    assert answer.status == status
    assert message in answer.text
