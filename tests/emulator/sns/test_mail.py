"""Topics that write to people: encrypted, confirmed, from EventBridge."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rehearsal.embedded_aws import EmbeddedAws
from rehearsal.mailbox import Mail

ONE, TWO = "111111111111", "222222222222"
Client = Callable[..., Any]
EVENTS = {"Service": "events.amazonaws.com"}


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(principal: Any, action: str | list[str], resource: str = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource, **more}


def mails(world: EmbeddedAws, topic: str, count: int) -> list[Mail]:
    """The mails of a topic, once there are so many."""
    for _ in range(100):
        found = [each for each in world.mailbox.all() if each.topic == topic]
        if len(found) >= count:
            return found
        time.sleep(0.05)
    return found


def confirm(client: Client, mail: Mail) -> str:
    return str(client("sns").confirm_subscription(TopicArn=mail.topic, Token=mail.token)["SubscriptionArn"])


def test_an_address_gets_mail_once_it_is_confirmed(world: EmbeddedAws, client: Client) -> None:
    sns = client("sns")
    topic = sns.create_topic(Name="people")["TopicArn"]
    made = sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="a@example.com", ReturnSubscriptionArn=True)
    sns.publish(TopicArn=topic, Message="too early")
    [listed] = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert (listed["SubscriptionArn"], listed["Endpoint"]) == ("PendingConfirmation", "a@example.com")
    assert sns.get_topic_attributes(TopicArn=topic)["Attributes"]["SubscriptionsPending"] == "1"
    with pytest.raises(ClientError, match="Invalid parameter: Token"):
        sns.confirm_subscription(TopicArn=topic, Token="guessed")
    [asked] = mails(world, topic, 1)
    assert asked.subject == "AWS Notification - Subscription Confirmation"
    assert topic in asked.text
    assert asked.token in asked.text
    assert confirm(client, asked) == made["SubscriptionArn"]
    sns.publish(TopicArn=topic, Message="now", Subject="Look")
    sns.publish(TopicArn=topic, Message="again")
    _, first, second = mails(world, topic, 3)
    assert (first.to, first.subject, first.text) == ("a@example.com", "Look", "now")
    assert (second.subject, second.text) == ("AWS Notification Message", "again")
    assert sns.list_subscriptions()["Subscriptions"][0]["SubscriptionArn"] == made["SubscriptionArn"]


def test_protocols_that_would_leave_this_machine_are_refused(client: Client) -> None:
    topic = client("sns").create_topic(Name="far")["TopicArn"]
    with pytest.raises(ClientError, match="Protocol https of Subscribe"):
        client("sns").subscribe(TopicArn=topic, Protocol="https", Endpoint="https://example.com")


@pytest.fixture
def encrypted(client: Client) -> tuple[str, str]:
    """An encrypted topic that EventBridge may publish to, and its key, which nobody may use."""
    key = client("kms").create_key()["KeyMetadata"]["Arn"]
    topic = client("sns").create_topic(Name="secret", Attributes={"KmsMasterKeyId": key})["TopicArn"]
    client("sns").set_topic_attributes(
        TopicArn=topic, AttributeName="Policy", AttributeValue=policy(allow(EVENTS, "sns:Publish", topic))
    )
    events = client("events")
    events.put_rule(Name="tell", EventPattern='{"source": ["app.told"]}')
    told = {"InputPathsMap": {"n": "$.detail.n"}, "InputTemplate": '"Version <n>"\n"Look at it."'}
    events.put_targets(Rule="tell", Targets=[{"Id": "t", "Arn": topic, "InputTransformer": told}])
    return topic, key


@pytest.mark.parametrize(
    ("condition", "arrives"),
    [
        ({"StringEquals": {"kms:EncryptionContext:aws:sns:topicArn": f"arn:aws:sns:us-east-1:{ONE}:secret"}}, True),
        ({"StringEquals": {"kms:EncryptionContext:aws:sns:topicArn": f"arn:aws:sns:us-east-1:{ONE}:other"}}, False),
        # EventBridge does not say for whom it works
        ({"StringEquals": {"aws:SourceAccount": ONE}}, False),
        (None, False),
    ],
    ids=["of the topic", "of another", "of the account", "none"],
)
def test_the_key_decides_whether_eventbridge_publishes(
    world: EmbeddedAws, client: Client, encrypted: tuple[str, str], condition: Any, arrives: bool
) -> None:
    topic, key = encrypted
    owner = allow({"AWS": f"arn:aws:iam::{ONE}:root"}, ["kms:PutKeyPolicy", "kms:DescribeKey"])
    use = [allow(EVENTS, ["kms:GenerateDataKey", "kms:Decrypt"], Condition=condition)] if condition else []
    client("kms").put_key_policy(KeyId=key, PolicyName="default", Policy=policy(owner, *use))
    before = len([each for each in world.mailbox.all() if each.topic == topic])
    client("sns").subscribe(TopicArn=topic, Protocol="email", Endpoint="b@example.com")
    asked = [each for each in mails(world, topic, 1) if each.token][-1]
    confirm(client, asked)
    failed = len(world.services.events.failures)
    detail = json.dumps({"n": 7})
    client("events").put_events(Entries=[{"Source": "app.told", "DetailType": "Told", "Detail": detail}])
    if arrives:
        last = mails(world, topic, before + 2)[-1]
        assert last.text == '"Version 7"\n"Look at it."'
    else:
        for _ in range(100):
            if len(world.services.events.failures) > failed:
                break
            time.sleep(0.05)
        assert "kms:GenerateDataKey" in world.services.events.failures[-1].cause
    client("sns").delete_topic(TopicArn=topic)


def test_whoever_publishes_in_the_account_needs_the_key_as_well(client: Client) -> None:
    deny = {"Effect": "Deny", "Principal": "*", "Action": "kms:GenerateDataKey", "Resource": "*"}
    owner = allow({"AWS": f"arn:aws:iam::{ONE}:root"}, "kms:*")
    key = client("kms").create_key(Policy=policy(owner, deny))["KeyMetadata"]["Arn"]
    topic = client("sns").create_topic(Name="closed", Attributes={"KmsMasterKeyId": key})["TopicArn"]
    with pytest.raises(ClientError, match="not authorized to perform: kms:GenerateDataKey"):
        client("sns").publish(TopicArn=topic, Message="no")


def test_an_alarm_that_changes_its_state_is_an_event(world: EmbeddedAws, client: Client) -> None:
    topic = client("sns").create_topic(Name="alarms")["TopicArn"]
    open_to_events = policy(allow(EVENTS, "sns:Publish", topic))
    client("sns").set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=open_to_events)
    client("sns").subscribe(TopicArn=topic, Protocol="email", Endpoint="c@example.com")
    confirm(client, mails(world, topic, 1)[0])
    cloudwatch = client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="still", Namespace="N", MetricName="M", Statistic="Sum", Period=3600, EvaluationPeriods=2,
        Threshold=1, ComparisonOperator="LessThanThreshold",
    )  # fmt: skip
    pattern = {
        "source": ["aws.cloudwatch"],
        "resources": [f"arn:aws:cloudwatch:us-east-1:{ONE}:alarm:still"],
        "detail": {"state": {"value": ["ALARM"]}},
    }
    client("events").put_rule(Name="alarms", EventPattern=json.dumps(pattern))
    told = {"InputPathsMap": {"name": "$.detail.alarmName"}, "InputTemplate": '"<name> went off"'}
    client("events").put_targets(Rule="alarms", Targets=[{"Id": "t", "Arn": topic, "InputTransformer": told}])
    for state in ("OK", "ALARM", "ALARM"):
        cloudwatch.set_alarm_state(AlarmName="still", StateValue=state, StateReason="tried")
    assert [each.text for each in mails(world, topic, 2)][1:] == ['"still went off"']
    [alarm] = cloudwatch.describe_alarms(AlarmNames=["still"])["MetricAlarms"]
    assert alarm["StateValue"] == "ALARM"
    with pytest.raises(ClientError, match="Alarm none does not exist"):
        cloudwatch.set_alarm_state(AlarmName="none", StateValue="OK", StateReason="tried")
