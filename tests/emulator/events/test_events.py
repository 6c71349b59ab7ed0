"""Rules, targets, buses and delivery through boto3."""

from __future__ import annotations

import datetime
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rehearsal.embedded_aws import ORGANIZATION, EmbeddedAws
from tests.emulator.roles import almighty, open_to

ONE, TWO, THREE = "111111111111", "222222222222", "333333333333"


def refused(code: str) -> Any:
    return pytest.raises(ClientError, match=rf"\({code}\)")


class Queue:
    """A queue as a target: what arrived."""

    def __init__(self, sqs: Any, account: str, name: str) -> None:
        self.arn = f"arn:aws:sqs:us-east-1:{account}:{name}"
        self._sqs = sqs
        policy = open_to("events.amazonaws.com", self.arn)
        self._url = sqs.create_queue(QueueName=name, Attributes=policy)["QueueUrl"]

    def read(self, wanted: int = 1, seconds: float = 5) -> list[Any]:
        found: list[Any] = []
        deadline = time.monotonic() + seconds
        while len(found) < wanted and time.monotonic() < deadline:
            messages = self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10).get("Messages", [])
            for message in messages:
                found.append(json.loads(message["Body"]))
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
            time.sleep(0.02)
        return found


@pytest.fixture
def queue(client: Any, request: pytest.FixtureRequest) -> Callable[..., Queue]:
    def make(account: str = ONE, suffix: str = "") -> Queue:
        name = "".join(each if each.isalnum() else "-" for each in request.node.name)[:70]
        return Queue(client("sqs", account), account, name + suffix)

    return make


def trusting(client: Any, account: str, name: str) -> str:
    """A role that EventBridge may take on."""
    statement = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return almighty(client("iam", account), name, trust)


def put(events: Any, source: str = "my.app", detail: Any = None, bus: str | None = None) -> Any:
    entry = {"Source": source, "DetailType": "Thing", "Detail": json.dumps(detail or {})}
    return events.put_events(Entries=[entry | ({"EventBusName": bus} if bus else {})])


def test_a_matching_event_reaches_the_target_and_no_other_does(client: Any, queue: Any) -> None:
    events, target = client("events"), queue()
    arn = events.put_rule(
        Name="r", EventPattern=json.dumps({"source": ["app.a"], "detail": {"n": [{"numeric": [">", 1]}]}})
    )
    assert arn["RuleArn"] == f"arn:aws:events:us-east-1:{ONE}:rule/r"
    events.put_targets(Rule="r", Targets=[{"Id": "q", "Arn": target.arn}])
    answer = put(events, "app.a", {"n": 2})
    put(events, "app.a", {"n": 1})
    put(events, "app.b", {"n": 2})
    (event,) = target.read()
    assert event["id"] == answer["Entries"][0]["EventId"]
    assert (event["account"], event["region"], event["detail-type"]) == (ONE, "us-east-1", "Thing")
    assert target.read(1, 0.3) == []
    # other accounts and regions have rules of their own
    put(client("events", TWO), "app.a", {"n": 2})
    put(client("events", ONE, "eu-west-1"), "app.a", {"n": 2})
    assert target.read(1, 0.3) == []


def test_disabled_rules_do_not_fire_and_rules_can_be_read_back(client: Any, queue: Any) -> None:
    events, target = client("events"), queue()
    pattern = json.dumps({"source": ["app.disabled"]})
    events.put_rule(
        Name="d", EventPattern=pattern, State="DISABLED", Description="x", Tags=[{"Key": "k", "Value": "v"}]
    )
    events.put_targets(Rule="d", Targets=[{"Id": "q", "Arn": target.arn}])
    put(events, "app.disabled")
    assert target.read(1, 0.3) == []
    events.enable_rule(Name="d")
    put(events, "app.disabled")
    assert len(target.read()) == 1
    events.disable_rule(Name="d")
    put(events, "app.disabled")
    assert target.read(1, 0.3) == []
    rule = events.describe_rule(Name="d")
    assert (rule["EventPattern"], rule["State"], rule["Description"]) == (pattern, "DISABLED", "x")
    assert [each["Name"] for each in events.list_rules(NamePrefix="d")["Rules"]] == ["d"]
    assert events.list_rule_names_by_target(TargetArn=target.arn)["RuleNames"] == ["d"]
    assert events.list_targets_by_rule(Rule="d")["Targets"] == [{"Id": "q", "Arn": target.arn}]
    assert events.list_tags_for_resource(ResourceARN=rule["Arn"])["Tags"] == [{"Key": "k", "Value": "v"}]
    with refused("ValidationException"):
        events.delete_rule(Name="d")
    assert events.remove_targets(Rule="d", Ids=["q"])["FailedEntryCount"] == 0
    events.delete_rule(Name="d")
    with refused("ResourceNotFoundException"):
        events.describe_rule(Name="d")


def test_what_is_unsupported_is_refused_by_name(client: Any) -> None:
    events = client("events")
    events.put_rule(Name="u", EventPattern='{"source": ["x"]}')
    with refused("InvalidEventPatternException"):
        events.put_rule(Name="v", EventPattern='{"source": [{"matches": "x"}]}')
    with pytest.raises(ClientError, match=r"ScheduleExpression is not valid.*singular"):
        events.put_rule(Name="v", ScheduleExpression="rate(1 hours)")
    role = f"arn:aws:iam::{ONE}:role/events"
    targets: list[tuple[dict[str, Any], str]] = [
        ({"Arn": f"arn:aws:kinesis:us-east-1:{ONE}:stream/s"}, "does not support target t .*kinesis"),
        (
            {"Arn": f"arn:aws:sqs:us-east-1:{ONE}:q", "KinesisParameters": {"PartitionKeyPath": "$"}},
            "KinesisParameters",
        ),
        ({"Arn": f"arn:aws:codepipeline:us-east-1:{ONE}:p"}, "RoleArn is required"),
        ({"Arn": f"arn:aws:codepipeline:us-east-1:{TWO}:p", "RoleArn": role}, "not in the account"),
        ({"Arn": f"arn:aws:sqs:us-east-1:{ONE}:q", "InputPath": "x"}, "JSON path"),
    ]
    for target, reason in targets:
        with pytest.raises(ClientError, match=reason):
            events.put_targets(Rule="u", Targets=[{"Id": "t", **target}])
    assert events.list_targets_by_rule(Rule="u")["Targets"] == []
    with refused("LimitExceededException"):
        six = [{"Id": str(n), "Arn": f"arn:aws:sqs:us-east-1:{ONE}:q"} for n in range(6)]
        events.put_targets(Rule="u", Targets=six)
    with refused("UnknownOperationException"):
        events.create_archive(ArchiveName="a", EventSourceArn=f"arn:aws:events:us-east-1:{ONE}:event-bus/default")
    assert put(events, "aws.codecommit")["Entries"][0]["ErrorCode"] == "NotAuthorizedForSourceException"
    bad = events.put_events(
        Entries=[{"Source": "a", "DetailType": "b", "Detail": "[]"}, {"Source": "a", "Detail": "{}"}]
    )
    assert [each["ErrorCode"] for each in bad["Entries"]] == ["MalformedDetail", "InvalidArgument"]
    event: dict[str, Any] = dict.fromkeys(("id", "account", "source", "time", "region", "detail-type"), "x")
    event["resources"] = []
    assert events.test_event_pattern(EventPattern='{"source": ["x"]}', Event=json.dumps(event))["Result"] is True


def forward(client: Any, sender: str, receiver: str, name: str) -> None:
    events = client("events", sender)
    events.put_rule(Name=name, EventPattern=json.dumps({"source": [f"app.{name}"]}))
    bus = f"arn:aws:events:us-east-1:{receiver}:event-bus/default"
    role = trusting(client, sender, name)
    events.put_targets(Rule=name, Targets=[{"Id": "bus", "Arn": bus, "RoleArn": role}])


def test_an_event_forwarded_to_another_account_keeps_its_origin(world: EmbeddedAws, client: Any, queue: Any) -> None:
    target, receiver = queue(THREE), client("events", THREE)
    forward(client, ONE, THREE, "fwd")
    receiver.put_rule(Name="in", EventPattern=json.dumps({"source": ["app.fwd"], "account": [ONE]}))
    receiver.put_targets(Rule="in", Targets=[{"Id": "q", "Arn": target.arn}])
    before = len(world.services.events.failures)
    put(client("events", ONE), "app.fwd", {"a": 1})
    assert target.read(1, 0.5) == []  # no statement of the bus policy allows it
    (failure,) = world.services.events.failures[before:]
    assert failure.rule == f"arn:aws:events:us-east-1:{ONE}:rule/fwd"
    assert "no resource-based policy allows" in failure.cause
    receiver.put_permission(Action="events:PutEvents", Principal=ONE, StatementId="one")
    put(client("events", ONE), "app.fwd", {"a": 1})
    (event,) = target.read()
    assert (event["account"], event["source"], event["detail"]) == (ONE, "app.fwd", {"a": 1})
    # two may not: it is not named
    answer = put(client("events", TWO), "app.fwd", bus=f"arn:aws:events:us-east-1:{THREE}:event-bus/default")
    assert answer["Entries"][0]["ErrorCode"] == "AccessDeniedException"
    receiver.remove_permission(StatementId="one")
    assert "Policy" not in receiver.describe_event_bus()


def test_a_target_role_must_trust_eventbridge(world: EmbeddedAws, client: Any) -> None:
    forward(client, TWO, THREE, "untrusted")
    statement = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    client("iam", TWO).update_assume_role_policy(RoleName="untrusted", PolicyDocument=trust)
    failures, before = world.services.events.failures, len(world.services.events.failures)
    put(client("events", TWO), "app.untrusted")
    deadline = time.monotonic() + 5
    while len(failures) == before and time.monotonic() < deadline:
        time.sleep(0.02)
    assert "not authorized to perform: sts:AssumeRole" in failures[-1].cause


def test_service_events_are_forwarded_with_their_source(world: EmbeddedAws, client: Any, queue: Any) -> None:
    target, receiver = queue(THREE), client("events", THREE)
    sender = client("events", TWO)
    pattern = {"source": ["aws.sagemaker"], "detail": {"ModelPackageGroupName": ["g"]}}
    sender.put_rule(Name="models", EventPattern=json.dumps(pattern))
    bus = f"arn:aws:events:us-east-1:{THREE}:event-bus/default"
    role = trusting(client, TWO, "forward")
    sender.put_targets(Rule="models", Targets=[{"Id": "bus", "Arn": bus, "RoleArn": role}])
    statement = {
        "Sid": "build", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{TWO}:root"},
        "Action": "events:PutEvents", "Resource": bus, "Condition": {"ArnEquals": {"aws:PrincipalArn": role}},
    }  # fmt: skip
    receiver.put_permission(Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    receiver.put_rule(Name="models", EventPattern=json.dumps(pattern))
    receiver.put_targets(Rule="models", Targets=[{"Id": "q", "Arn": target.arn}])
    world.services.events.emit(
        account=TWO,
        region="us-east-1",
        source="aws.sagemaker",
        detail_type="SageMaker Model Package State Change",
        detail={"ModelPackageGroupName": "g"},
        resources=["arn:x"],
    )
    (event,) = target.read()
    assert (event["account"], event["source"], event["resources"]) == (TWO, "aws.sagemaker", ["arn:x"])
    unsupported = statement | {"Condition": {"IpAdress": {"aws:SourceIp": "10.0.0.0/8"}}}
    with pytest.raises(ClientError, match="IpAddress"):
        receiver.put_permission(Policy=json.dumps({"Version": "2012-10-17", "Statement": [unsupported]}))


def test_an_organization_condition_needs_the_organization(client: Any, queue: Any) -> None:
    receiver = client("events", THREE, "eu-west-1")
    condition = {"Type": "StringEquals", "Key": "aws:PrincipalOrgID", "Value": "o-abcdefghij"}
    receiver.put_permission(Action="events:PutEvents", Principal="*", StatementId="org", Condition=condition)
    bus = f"arn:aws:events:eu-west-1:{THREE}:event-bus/default"
    assert put(client("events", ONE, "eu-west-1"), bus=bus)["FailedEntryCount"] == 1
    mine = condition | {"Value": ORGANIZATION}
    receiver.put_permission(Action="events:PutEvents", Principal="*", StatementId="org", Condition=mine)
    assert put(client("events", ONE, "eu-west-1"), bus=bus)["FailedEntryCount"] == 0


def test_custom_buses(client: Any, queue: Any) -> None:
    events, target = client("events"), queue()
    arn = events.create_event_bus(Name="mine")["EventBusArn"]
    assert arn == f"arn:aws:events:us-east-1:{ONE}:event-bus/mine"
    made = events.put_rule(Name="r", EventBusName="mine", EventPattern='{"source": ["x"]}')
    assert made["RuleArn"] == f"arn:aws:events:us-east-1:{ONE}:rule/mine/r"
    events.put_targets(Rule="r", EventBusName="mine", Targets=[{"Id": "q", "Arn": target.arn}])
    put(events, "x")
    assert target.read(1, 0.3) == []
    put(events, "x", bus="mine")
    put(events, "x", bus=arn)
    assert len(target.read(2)) == 2
    assert [bus["Name"] for bus in events.list_event_buses()["EventBuses"]] == ["default", "mine"]
    assert put(events, "x", bus="none")["Entries"][0]["ErrorCode"] == "ResourceNotFoundException"
    with refused("ResourceAlreadyExistsException"):
        events.create_event_bus(Name="mine")
    with refused("ValidationException"):
        events.put_rule(Name="s", EventBusName="mine", ScheduleExpression="rate(1 hour)")
    with refused("ValidationException"):
        events.delete_event_bus(Name="mine")


def test_topics_logs_transformation_and_dead_letters(world: EmbeddedAws, client: Any, queue: Any) -> None:
    events, target, dead = client("events"), queue(), queue(suffix="dead")
    topic = client("sns").create_topic(Name="topic")["TopicArn"]
    service = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}}
    publish = {"Version": "2012-10-17", "Statement": [service | {"Action": "sns:Publish", "Resource": topic}]}
    client("sns").set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps(publish))
    allow = service | {"Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    client("logs").put_resource_policy(policyName="events", policyDocument=document)
    client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=target.arn)
    client("logs").create_log_group(logGroupName="/aws/events/all")
    events.put_rule(Name="many", EventPattern='{"source": ["app.many"]}')
    template = {"InputPathsMap": {"n": "$.detail.n"}, "InputTemplate": '{"got": <n>}'}
    events.put_targets(
        Rule="many",
        Targets=[
            {"Id": "topic", "Arn": topic, "InputTransformer": template},
            {"Id": "logs", "Arn": f"arn:aws:logs:us-east-1:{ONE}:log-group:/aws/events/all"},
            {"Id": "gone", "Arn": f"arn:aws:sqs:us-east-1:{ONE}:gone", "DeadLetterConfig": {"Arn": dead.arn}},
        ],
    )
    put(events, "app.many", {"n": 7})
    assert json.loads(target.read()[0]["Message"]) == {"got": 7}
    assert dead.read()[0]["detail"] == {"n": 7}
    assert world.services.events.failures[-1].target.endswith(":gone")
    logged = client("logs").filter_log_events(logGroupName="/aws/events/all")["events"]
    assert json.loads(logged[0]["message"])["detail"] == {"n": 7}


def test_schedules_fire_until_disabled(world: EmbeddedAws, client: Any, queue: Any) -> None:
    events, target, timer = client("events"), queue(), world.services.events.timer
    rule = events.put_rule(Name="hourly", ScheduleExpression="rate(1 hour)")["RuleArn"]
    events.put_targets(Rule="hourly", Targets=[{"Id": "q", "Arn": target.arn}])
    timer.advance(datetime.timedelta(minutes=59))
    assert target.read(1, 0.3) == []
    timer.advance(datetime.timedelta(minutes=2))
    (event,) = target.read()
    assert (event["source"], event["detail-type"], event["resources"]) == ("aws.events", "Scheduled Event", [rule])
    timer.advance(datetime.timedelta(minutes=61))
    assert len(target.read()) == 1
    events.disable_rule(Name="hourly")
    timer.advance(datetime.timedelta(hours=5))
    assert target.read(1, 0.3) == []
    events.put_rule(Name="hourly", ScheduleExpression="cron(0 0 1 1 ? *)", State="ENABLED")
    timer.advance(datetime.timedelta(days=366))
    assert len(target.read()) >= 1
    events.put_rule(Name="hourly", ScheduleExpression="rate(1 day)", State="DISABLED")
