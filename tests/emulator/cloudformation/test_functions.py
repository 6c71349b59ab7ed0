"""Functions, layers, permissions, versions and aliases in templates."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.emulator.cloudformation.conftest import Stacks, Template, own_tags
from tests.emulator.lambdas.conftest import zipped

ACCOUNT = "111111111111"
TRUST = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}  # fmt: skip
LOGS = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
ROLE = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST, "ManagedPolicyArns": [LOGS]}}
CODE = "import os\ndef handler(event, context):\n    return os.environ.get('AA', 'none')\n"


def function(code: str = CODE, **more: Any) -> dict[str, Any]:
    wanted = {"Runtime": "python3.12", "Handler": "index.handler", "Code": {"ZipFile": code}}
    return {"Type": "AWS::Lambda::Function", "Properties": wanted | {"Role": {"Fn::GetAtt": ["Role", "Arn"]}} | more}


def template(**resources: Any) -> Template:
    return {"Resources": {"Role": ROLE, **resources}}


def test_a_function_and_what_belongs_to_it(stacks: Stacks, client: Callable[..., Any]) -> None:
    api, s3 = client("lambda"), client("s3")
    s3.create_bucket(Bucket="layers-of-stacks")
    s3.put_object(Bucket="layers-of-stacks", Key="layer.zip", Body=zipped({"python/layered.py": "X = 1\n"}))
    of = {"FunctionName": {"Ref": "F"}}
    wanted = template(
        F=function(Layers=[{"Ref": "L"}], Tags=[{"Key": "a", "Value": "1"}], ReservedConcurrentExecutions=2),
        L={"Type": "AWS::Lambda::LayerVersion",
           "Properties": {"Content": {"S3Bucket": "layers-of-stacks", "S3Key": "layer.zip"}}},
        V={"Type": "AWS::Lambda::Version", "Properties": of},
        A={"Type": "AWS::Lambda::Alias",
           "Properties": of | {"Name": "live", "FunctionVersion": {"Fn::GetAtt": ["V", "Version"]}}},
        P={"Type": "AWS::Lambda::Permission",
           "Properties": of | {"Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com"}},
        C={"Type": "AWS::Lambda::EventInvokeConfig",
           "Properties": of | {"Qualifier": "$LATEST", "MaximumRetryAttempts": 0}},
    )  # fmt: skip
    wanted["Outputs"] = {"Arn": {"Value": {"Fn::GetAtt": ["F", "Arn"]}}}
    stack = stacks.create(wanted)
    assert stack["StackStatus"] == "CREATE_COMPLETE", stacks.reasons(stack["StackId"])
    ids = stacks.physical(stack["StackName"])
    arn = stack["Outputs"][0]["OutputValue"]
    found = api.get_function(FunctionName=ids["F"])
    assert (found["Configuration"]["FunctionArn"], own_tags(found["Tags"])) == (arn, {"a": "1"})
    assert found["Concurrency"] == {"ReservedConcurrentExecutions": 2}
    assert [each["Arn"] for each in found["Configuration"]["Layers"]] == [ids["L"]]
    assert (ids["V"], ids["A"]) == (f"{arn}:1", f"{arn}:live")
    policy = json.loads(api.get_policy(FunctionName=ids["F"])["Policy"])
    assert [each["Sid"] for each in policy["Statement"]] == [ids["P"]]
    assert api.get_function_event_invoke_config(FunctionName=ids["F"])["MaximumRetryAttempts"] == 0
    assert json.loads(api.invoke(FunctionName=ids["A"])["Payload"].read()) == "none"

    wanted["Resources"]["F"] = function(CODE + "# other\n", Environment={"Variables": {"AA": "set"}}, MemorySize=256)
    del wanted["Resources"]["L"]
    assert stacks.update(stack["StackName"], wanted)["StackStatus"] == "UPDATE_COMPLETE"
    after = api.get_function(FunctionName=ids["F"])
    assert (after["Configuration"]["MemorySize"], "Layers" in after["Configuration"]) == (256, False)
    assert ("Concurrency" in after, own_tags(after.get("Tags"))) == (False, {})
    assert json.loads(api.invoke(FunctionName=ids["F"])["Payload"].read()) == "set"
    assert json.loads(api.invoke(FunctionName=ids["A"])["Payload"].read()) == "none", "a version stays"
    assert stacks.delete(stack["StackName"])["StackStatus"] == "DELETE_COMPLETE"
    assert ids["F"] not in [each["FunctionName"] for each in api.list_functions()["Functions"]]
    assert api.list_layers()["Layers"] == []


def test_a_queue_that_a_function_works_off(stacks: Stacks, client: Callable[..., Any]) -> None:
    sqs, api = client("sqs"), client("lambda")
    sqs.create_queue(QueueName="of-a-stack")
    queue = f"arn:aws:sqs:us-east-1:{ACCOUNT}:of-a-stack"
    role = json.loads(json.dumps(ROLE))
    role["Properties"]["ManagedPolicyArns"].append(
        "arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole"
    )
    mapping = {"FunctionName": {"Ref": "F"}, "EventSourceArn": queue, "BatchSize": 3}
    wanted = template(F=function(), M={"Type": "AWS::Lambda::EventSourceMapping", "Properties": mapping})
    wanted["Resources"]["Role"] = role
    stack = stacks.create(wanted)
    assert stack["StackStatus"] == "CREATE_COMPLETE", stacks.reasons(stack["StackId"])
    uuid = stacks.physical(stack["StackName"])["M"]
    mapping |= {"Enabled": False, "BatchSize": 4}
    assert stacks.update(stack["StackName"], wanted)["StackStatus"] == "UPDATE_COMPLETE"
    found = api.get_event_source_mapping(UUID=uuid)
    assert (found["State"], found["BatchSize"]) == ("Disabled", 4)
    stacks.delete(stack["StackName"])
    assert api.list_event_source_mappings()["EventSourceMappings"] == []


def test_a_bucket_that_tells_a_function(stacks: Stacks, client: Callable[..., Any]) -> None:
    told = {"Event": "s3:ObjectCreated:*", "Function": {"Fn::GetAtt": ["F", "Arn"]},
            "Filter": {"S3Key": {"Rules": [{"Name": "prefix", "Value": "in/"}]}}}  # fmt: skip
    wanted = template(
        F=function(),
        B={"Type": "AWS::S3::Bucket", "DependsOn": "P", "Properties": {
            "BucketName": "tells-by-template", "NotificationConfiguration": {"LambdaConfigurations": [told]}}},
        P={"Type": "AWS::Lambda::Permission", "Properties": {
            "FunctionName": {"Ref": "F"}, "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com",
            "SourceAccount": ACCOUNT, "SourceArn": "arn:aws:s3:::tells-by-template"}},
    )  # fmt: skip
    stack = stacks.create(wanted)
    assert stack["StackStatus"] == "CREATE_COMPLETE", stacks.reasons(stack["StackId"])
    found = client("s3").get_bucket_notification_configuration(Bucket="tells-by-template")
    (there,) = found["LambdaFunctionConfigurations"]
    assert (there["Events"], there["Filter"]["Key"]["FilterRules"][0]["Value"]) == (["s3:ObjectCreated:*"], "in/")
    del wanted["Resources"]["B"]["Properties"]["NotificationConfiguration"]
    assert stacks.update(stack["StackName"], wanted)["StackStatus"] == "UPDATE_COMPLETE"
    after = client("s3").get_bucket_notification_configuration(Bucket="tells-by-template")
    assert "LambdaFunctionConfigurations" not in after
    stacks.delete(stack["StackName"])


def test_properties_that_cannot_be_are_refused_before_anything_is_touched(
    stacks: Stacks, refused: Callable[..., str]
) -> None:
    wanted = template(F=function(KmsKeyArn="k", FileSystemConfigs=[]))
    text = refused(stacks.api.create_stack, StackName=stacks.name(), TemplateBody=json.dumps(wanted))
    assert "property KmsKeyArn of AWS::Lambda::Function (F)" in text
    assert "property FileSystemConfigs of AWS::Lambda::Function (F)" in text


def test_a_runtime_that_does_not_run_fails_its_stack(stacks: Stacks) -> None:
    s3 = {"S3Bucket": "layers-of-stacks", "S3Key": "layer.zip"}
    stack = stacks.create(template(F=function(Runtime="java21", Code=s3)))
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert any("does not support the runtime java21" in reason for reason in stacks.reasons(stack["StackId"]))
