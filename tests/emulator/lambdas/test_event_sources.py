"""What invokes functions: each source needs the function's policy, or a role, as on AWS."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulator.lambdas.conftest import ACCOUNT, Functions
from tests.emulator.roles import ALLOW_ALL, almighty, trusting
from tests.emulator.states.conftest import until

NOTE = """
import json
def handler(event, context):
    print("GOT " + json.dumps(event))
    if event.get("fail"):
        raise ValueError(event["fail"])
    return {"got": event}
"""


def got(functions: Functions, name: str, count: int = 1) -> list[Any]:
    """The events that a function noted, once there are so many."""

    def look() -> list[Any]:
        try:
            lines = functions.log(name).splitlines()
        except ClientError:
            return []
        return [json.loads(line[4:]) for line in lines if line.startswith("GOT ")]

    found: list[Any] = until(look, lambda each: len(each) >= count)
    return found


def allow(functions: Functions, name: str, service: str, **more: str) -> None:
    functions.api.add_permission(
        FunctionName=name,
        StatementId=service,
        Action="lambda:InvokeFunction",
        Principal=f"{service}.amazonaws.com",
        **more,
    )


def test_the_policy_of_a_function(functions: Functions) -> None:
    api, name = functions.api, functions.make(NOTE)
    with pytest.raises(ClientError, match="No policy is associated"):
        api.get_policy(FunctionName=name)
    allow(functions, name, "s3", SourceArn="arn:aws:s3:::b", SourceAccount=ACCOUNT)
    (statement,) = json.loads(api.get_policy(FunctionName=name)["Policy"])["Statement"]
    assert statement["Condition"] == {
        "ArnLike": {"AWS:SourceArn": "arn:aws:s3:::b"},
        "StringEquals": {"AWS:SourceAccount": ACCOUNT},
    }
    with pytest.raises(ClientError, match="already exists"):
        allow(functions, name, "s3")
    with pytest.raises(ClientError, match="provided principal was invalid"):
        api.add_permission(FunctionName=name, StatementId="x", Action="lambda:InvokeFunction", Principal="444444444444")
    other = functions.client("lambda", "222222222222")
    arn = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}"
    with pytest.raises(ClientError, match="not authorized to perform: lambda:InvokeFunction"):
        other.invoke(FunctionName=arn)
    api.add_permission(
        FunctionName=name, StatementId="account", Action="lambda:InvokeFunction", Principal="222222222222"
    )
    assert other.invoke(FunctionName=arn, InvocationType="DryRun")["StatusCode"] == 204
    api.remove_permission(FunctionName=name, StatementId="account")
    with pytest.raises(ClientError, match="not authorized"):
        other.invoke(FunctionName=arn)


def test_rules(functions: Functions) -> None:
    events, name = functions.client("events"), functions.make(NOTE)
    arn = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}"
    rule = events.put_rule(Name="to-function", EventPattern='{"source": ["mine"]}')["RuleArn"]
    events.put_targets(Rule="to-function", Targets=[{"Id": "f", "Arn": arn, "InputPath": "$.detail"}])
    allow(functions, name, "events", SourceArn=rule.replace("to-function", "another"))
    entry = {"Source": "mine", "DetailType": "d"}
    failures = functions.world.services.events.failures
    before = len(failures)
    events.put_events(Entries=[entry | {"Detail": '{"n": 1}'}])
    until(lambda: len(failures), lambda count: count > before)
    assert "not authorized to perform: lambda:InvokeFunction" in failures[-1].cause
    functions.api.remove_permission(FunctionName=name, StatementId="events")
    allow(functions, name, "events", SourceArn=rule)
    events.put_events(Entries=[entry | {"Detail": '{"n": 2}'}])
    assert got(functions, name) == [{"n": 2}]


def test_buckets(functions: Functions) -> None:
    s3, name = functions.client("s3"), functions.make(NOTE)
    s3.create_bucket(Bucket="tells-functions")
    arn = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}"
    rules = [{"Name": "suffix", "Value": ".csv"}]
    told = {"LambdaFunctionArn": arn, "Events": ["s3:ObjectCreated:*"], "Filter": {"Key": {"FilterRules": rules}}}
    wanted = {"Bucket": "tells-functions", "NotificationConfiguration": {"LambdaFunctionConfigurations": [told]}}
    with pytest.raises(ClientError, match="Unable to validate the following destination configurations"):
        s3.put_bucket_notification_configuration(**wanted)
    allow(functions, name, "s3", SourceArn="arn:aws:s3:::tells-functions", SourceAccount=ACCOUNT)
    s3.put_bucket_notification_configuration(**wanted)
    s3.put_object(Bucket="tells-functions", Key="a.txt", Body=b"1")
    s3.put_object(Bucket="tells-functions", Key="b c.csv", Body=b"12")
    (event,) = got(functions, name)
    (record,) = event["Records"]
    assert (record["eventName"], record["s3"]["bucket"]["name"]) == ("ObjectCreated:Put", "tells-functions")
    assert (record["s3"]["object"]["key"], record["s3"]["object"]["size"]) == ("b+c.csv", 2)


def test_topics(functions: Functions) -> None:
    sns, name = functions.client("sns"), functions.make(NOTE)
    arn = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}"
    topic = sns.create_topic(Name="to-function")["TopicArn"]
    made = sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arn, ReturnSubscriptionArn=True)
    policy = json.dumps({"kind": ["good"]})
    sns.set_subscription_attributes(
        SubscriptionArn=made["SubscriptionArn"], AttributeName="FilterPolicy", AttributeValue=policy
    )
    attributes = {"kind": {"DataType": "String", "StringValue": "good"}}
    sns.publish(TopicArn=topic, Message="before it may", MessageAttributes=attributes)
    until(functions.world.working, lambda names: f"event for {arn}" not in names)
    allow(functions, name, "sns", SourceArn=topic)
    sns.publish(TopicArn=topic, Message="filtered")
    sns.publish(TopicArn=topic, Message="hello", Subject="s", MessageAttributes=attributes)
    (event,) = got(functions, name)
    told = event["Records"][0]["Sns"]
    assert (told["Message"], told["Subject"], told["TopicArn"]) == ("hello", "s", topic)
    assert told["MessageAttributes"] == {"kind": {"Type": "String", "Value": "good"}}


def test_queues(functions: Functions) -> None:
    sqs, iam, name = functions.client("sqs"), functions.client("iam"), functions.make(NOTE)
    url = sqs.create_queue(QueueName="to-function", Attributes={"VisibilityTimeout": "2"})["QueueUrl"]
    queue = f"arn:aws:sqs:us-east-1:{ACCOUNT}:to-function"
    wanted = {"FunctionName": name, "EventSourceArn": queue, "BatchSize": 5}
    with pytest.raises(ClientError, match="2 seconds is less than Function timeout: 3 seconds"):
        functions.api.create_event_source_mapping(**wanted)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "3"})
    poor = iam.create_role(RoleName="no-queues", AssumeRolePolicyDocument=trusting("lambda.amazonaws.com"))
    other = functions.make(NOTE, Role=poor["Role"]["Arn"])
    with pytest.raises(ClientError, match="does not have permissions to call ReceiveMessage on SQS"):
        functions.api.create_event_source_mapping(**(wanted | {"FunctionName": other}))
    with pytest.raises(ClientError, match="does not support the event source arn:aws:kinesis"):
        functions.api.create_event_source_mapping(**(wanted | {"EventSourceArn": queue.replace("sqs", "kinesis")}))
    for number in range(3):
        sqs.send_message(QueueUrl=url, MessageBody=f"m{number}")
    made = functions.api.create_event_source_mapping(**wanted)
    assert made["State"] == "Creating"
    records = [record for event in got(functions, name) for record in event["Records"]]
    assert {record["body"] for record in records} <= {"m0", "m1", "m2"}
    assert (records[0]["eventSource"], records[0]["eventSourceARN"]) == ("aws:sqs", queue)

    def left() -> list[str]:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        return list(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"].values())

    until(left, lambda counts: counts == ["0", "0"])
    assert functions.api.get_event_source_mapping(UUID=made["UUID"])["State"] == "Enabled"
    functions.api.delete_event_source_mapping(UUID=made["UUID"])
    assert functions.api.list_event_source_mappings(FunctionName=name)["EventSourceMappings"] == []


def test_messages_of_a_failed_batch_come_again(functions: Functions) -> None:
    sqs = functions.client("sqs")
    url = sqs.create_queue(QueueName="again", Attributes={"VisibilityTimeout": "1"})["QueueUrl"]
    code = (
        "def handler(event, context):\n    first = [each for each in event['Records']\n"
        "             if each['attributes']['ApproximateReceiveCount'] == '1' and each['body'] == 'bad']\n"
        "    print('GOT ' + str(len(event['Records'])))\n"
        "    return {'batchItemFailures': [{'itemIdentifier': each['messageId']} for each in first]}\n"
    )
    name = functions.make(code, Timeout=1)
    functions.api.create_event_source_mapping(
        FunctionName=name, EventSourceArn=f"arn:aws:sqs:us-east-1:{ACCOUNT}:again",
        FunctionResponseTypes=["ReportBatchItemFailures"],
    )  # fmt: skip
    for body in ("good", "bad"):
        sqs.send_message(QueueUrl=url, MessageBody=body)
    assert sum(got(functions, name, 2)) >= 3, "the bad one came twice"


@pytest.mark.parametrize("direct", [True, False])
def test_state_machines(functions: Functions, direct: bool) -> None:
    states, iam, name = functions.client("stepfunctions"), functions.client("iam"), functions.make(NOTE)
    role = almighty(iam, f"machine-{direct}", trusting("states.amazonaws.com"))
    arn = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}"
    call = {"Type": "Task", "End": True, "Catch": [{"ErrorEquals": ["ValueError"], "Next": "Caught"}]}
    call |= {"Resource": arn} if direct else {
        "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": name, "Payload.$": "$"},
        "OutputPath": "$.Payload",
    }  # fmt: skip
    definition = {"StartAt": "Call", "States": {"Call": call, "Caught": {"Type": "Pass", "End": True}}}
    machine = states.create_state_machine(
        name=f"calls-{direct}", definition=json.dumps(definition), roleArn=role, type="STANDARD"
    )["stateMachineArn"]

    def run(data: Any) -> dict[str, Any]:
        started = states.start_execution(stateMachineArn=machine, input=json.dumps(data))["executionArn"]
        found: dict[str, Any] = until(
            lambda: states.describe_execution(executionArn=started), lambda each: each["status"] != "RUNNING"
        )
        return found

    assert json.loads(run({"a": 1})["output"]) == {"got": {"a": 1}}
    caught = json.loads(run({"fail": "broken"})["output"])
    assert (caught["Error"], json.loads(caught["Cause"])["errorMessage"]) == ("ValueError", "broken")
    deny = ALLOW_ALL.replace("Allow", "Deny").replace('"Action": "*"', '"Action": "lambda:InvokeFunction"')
    iam.put_role_policy(RoleName=f"machine-{direct}", PolicyName="deny", PolicyDocument=deny)
    refused = run({})
    assert (refused["status"], refused["error"]) == ("FAILED", "Lambda.AWSLambdaException")
    assert "not authorized to perform: lambda:InvokeFunction" in refused["cause"]


def test_a_task_waits_no_longer_than_it_says(functions: Functions) -> None:
    states, iam = functions.client("stepfunctions"), functions.client("iam")
    name = functions.make("import time\ndef handler(event, context):\n    time.sleep(60)\n", Timeout=5)
    role = almighty(iam, "machine-in-a-hurry", trusting("states.amazonaws.com"))
    call = {"Type": "Task", "End": True, "Resource": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}",
            "TimeoutSeconds": 1, "Catch": [{"ErrorEquals": ["States.TaskFailed"], "Next": "Failed"},
                                           {"ErrorEquals": ["States.Timeout"], "Next": "Late"}]}  # fmt: skip
    ends = {name: {"Type": "Pass", "Result": name, "End": True} for name in ("Failed", "Late")}
    machine = states.create_state_machine(
        name="in-a-hurry", definition=json.dumps({"StartAt": "Call", "States": {"Call": call, **ends}}), roleArn=role
    )["stateMachineArn"]
    started = states.start_execution(stateMachineArn=machine)["executionArn"]
    found = until(lambda: states.describe_execution(executionArn=started), lambda each: each["status"] != "RUNNING")
    assert json.loads(found["output"]) == "Late"
