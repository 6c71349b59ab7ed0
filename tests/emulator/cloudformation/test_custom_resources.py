"""Custom resources: a function of the template makes them, and answers at a signed URL."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.emulator.cloudformation.conftest import Stacks, Template, broken
from tests.emulator.cloudformation.test_functions import function, template

HANDLER = """
import cfnresponse, json
def handler(event, context):
    given = event["ResourceProperties"]
    print("GOT " + json.dumps({name: value for name, value in event.items() if name != "ResponseURL"}))
    if given.get("Raise") == event["RequestType"]:
        raise ValueError("raised")
    failed = given.get("Fail") == event["RequestType"]
    data = {"Upper": given.get("Name", "").upper(), "Deep": {"Number": 3}}
    name = event.get("PhysicalResourceId") if event["RequestType"] == "Delete" else given.get("Name")
    cfnresponse.send(event, context, cfnresponse.FAILED if failed else cfnresponse.SUCCESS, data, name,
                     reason="it was asked to" if failed else None)
"""
NODE = """
const response = require("cfn-response");
exports.handler = (event, context) => {
  const data = { Upper: event.ResourceProperties.Name.toUpperCase() };
  response.send(event, context, response.SUCCESS, data, "made-by-node");
};
"""


def custom(name: str = "one", kind: str = "Custom::Thing", **more: Any) -> dict[str, Any]:
    token = {"ServiceToken": {"Fn::GetAtt": ["F", "Arn"]}}
    return {"Type": kind, "Properties": token | {"Name": name, "Count": 2, "On": True, "List": [1]} | more}


def using(resource: dict[str, Any], code: str = HANDLER, **more: Any) -> Template:
    made = template(F=function(code, Timeout=10), C=resource, **more)
    made["Outputs"] = {"Upper": {"Value": {"Fn::GetAtt": ["C", "Upper"]}}, "Ref": {"Value": {"Ref": "C"}}}
    return made


def events(client: Callable[..., Any], function_name: str) -> list[dict[str, Any]]:
    logs, group = client("logs"), f"/aws/lambda/{function_name}"
    streams = sorted(
        logs.describe_log_streams(logGroupName=group)["logStreams"], key=lambda each: each["firstEventTimestamp"]
    )
    found = []
    for stream in streams:
        lines = logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"])["events"]
        found += [json.loads(line["message"][4:]) for line in lines if line["message"].startswith("GOT ")]
    return found


def test_a_function_makes_changes_and_deletes_it(stacks: Stacks, client: Callable[..., Any]) -> None:
    wanted = using(custom("one"))
    stack = stacks.create(wanted)
    assert stack["StackStatus"] == "CREATE_COMPLETE", stacks.reasons(stack["StackId"])
    name, ids = stack["StackName"], stacks.physical(stack["StackName"])
    assert {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]} == {"Upper": "ONE", "Ref": "one"}
    wanted["Resources"]["C"]["Properties"]["Count"] = 3
    assert stacks.update(name, wanted)["StackStatus"] == "UPDATE_COMPLETE"
    wanted["Resources"]["C"]["Properties"]["Name"] = "two"
    assert stacks.update(name, wanted)["Outputs"][0]["OutputValue"] == "TWO"
    assert stacks.delete(name)["StackStatus"] == "DELETE_COMPLETE"
    found = events(client, ids["F"])
    assert [(each["RequestType"], each.get("PhysicalResourceId")) for each in found] == [
        ("Create", None), ("Update", "one"), ("Update", "one"), ("Delete", "one"), ("Delete", "two"),
    ]  # fmt: skip
    assert (found[0]["ResourceType"], found[0]["LogicalResourceId"]) == ("Custom::Thing", "C")
    given = {name: value for name, value in found[0]["ResourceProperties"].items() if name != "ServiceToken"}
    assert given == {"Name": "one", "Count": "2", "On": "true", "List": ["1"]}
    assert (found[1]["OldResourceProperties"]["Count"], found[1]["ResourceProperties"]["Count"]) == ("2", "3")


def test_a_failure_says_why_and_what_was_made_is_deleted(stacks: Stacks, client: Callable[..., Any]) -> None:
    stack = stacks.create(using(custom(Fail="Create")))
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    reasons = stacks.reasons(stack["StackId"])
    text = "Received response status [FAILED] from custom resource. Message returned: it was asked to (RequestId: "
    assert any(reason.startswith(text) for reason in reasons), reasons
    name = next(
        each["PhysicalResourceId"]
        for each in stacks.api.describe_stack_events(StackName=stack["StackId"])["StackEvents"]
        if each["LogicalResourceId"] == "F" and each.get("PhysicalResourceId")
    )
    assert [each["RequestType"] for each in events(client, name)] == ["Create", "Delete"]


def test_a_physical_id_has_at_most_1024_bytes(stacks: Stacks) -> None:
    assert stacks.create(using(custom("x" * 1024)))["StackStatus"] == "CREATE_COMPLETE"
    stack = stacks.create(using(custom("x" * 1023 + "é")))
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "Invalid PhysicalResourceId" in stacks.reasons(stack["StackId"])


def test_a_function_that_fails_without_an_answer(stacks: Stacks) -> None:
    stack = stacks.create(using(custom(Raise="Create")))
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    (reason,) = [each for each in stacks.reasons(stack["StackId"]) if "did not receive a response" in each]
    assert reason.endswith("The function failed: ValueError: raised")


def test_a_failed_update_is_undone_with_the_former_properties(stacks: Stacks, client: Callable[..., Any]) -> None:
    wanted = using(custom())
    name = stacks.create(wanted)["StackName"]
    changed = using(custom(Count=5), B=broken(DependsOn="C"))
    assert stacks.update(name, changed)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    found = events(client, stacks.physical(name)["F"])
    assert [each["ResourceProperties"]["Count"] for each in found] == ["2", "5", "2"]
    wanted["Resources"]["C"]["Properties"]["ServiceToken"] = "arn:aws:lambda:us-east-1:111111111111:function:other"
    assert stacks.update(name, wanted)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert "Modifying service token is not allowed." in stacks.reasons(name)
    stacks.delete(name)


def test_attributes_are_what_was_answered(stacks: Stacks) -> None:
    wanted = using(custom("one", "AWS::CloudFormation::CustomResource"))
    wanted["Outputs"] = {"O": {"Value": {"Fn::GetAtt": ["C", "Deep.Number"]}}}
    assert stacks.create(wanted)["Outputs"][0]["OutputValue"] == "3"
    wanted["Outputs"] = {"O": {"Value": {"Fn::GetAtt": ["C", "Lower"]}}}
    stack = stacks.create(wanted)
    told = stacks.api.describe_stack_events(StackName=stack["StackId"])["StackEvents"]
    reasons = [str(each.get("ResourceStatusReason")) for each in told]
    assert any("CustomResource attribute error: Vendor response doesn't contain Lower" in each for each in reasons)


def test_a_function_in_node_answers_by_https(stacks: Stacks) -> None:
    wanted = using(custom())
    wanted["Resources"]["F"] = function(NODE, Runtime="nodejs22.x", Timeout=10)
    stack = stacks.create(wanted)
    assert stack["StackStatus"] == "CREATE_COMPLETE", stacks.reasons(stack["StackId"])
    assert stack["Outputs"][1]["OutputValue"] == "made-by-node"
    assert stack["Outputs"][0]["OutputValue"] == "ONE"
    stacks.delete(stack["StackName"])


def test_a_client_that_knows_no_proxy_answers_too(stacks: Stacks) -> None:
    """Libraries of others connect to the host of ResponseURL themselves."""
    direct = """
import http.client, json, urllib.parse
def handler(event, context):
    body = json.dumps({"Status": "SUCCESS", "PhysicalResourceId": "p", "Data": {"Upper": "UP"},
                       **{name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")}})
    url = urllib.parse.urlsplit(event["ResponseURL"])
    made = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    connection = made(url.netloc)
    connection.request("PUT", f"{url.path}?{url.query}", body, {"content-type": ""})
    print(connection.getresponse().status)
"""
    stack = stacks.create(using(custom(), direct))
    assert stack["StackStatus"] == "CREATE_COMPLETE", stacks.reasons(stack["StackId"])
    stacks.delete(stack["StackName"])


def test_who_may_not_invoke_the_function_makes_none(stacks: Stacks, client: Callable[..., Any]) -> None:
    iam = client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "cloudformation.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = iam.create_role(RoleName="invokes-nothing", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    rights = [{"Effect": "Allow", "Action": "*", "Resource": "*"},
              {"Effect": "Deny", "Action": "lambda:InvokeFunction", "Resource": "*"}]  # fmt: skip
    policy = json.dumps({"Version": "2012-10-17", "Statement": rights})
    iam.put_role_policy(RoleName="invokes-nothing", PolicyName="p", PolicyDocument=policy)
    stack = stacks.create(using(custom()), RoleARN=role)
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert any("not authorized to perform: lambda:InvokeFunction" in each for each in stacks.reasons(stack["StackId"]))
