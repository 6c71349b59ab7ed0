"""AWS::SNS::Topic. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sns-topic.html"""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.cloudformation.provider import ANY, TAGS, Call, Made, Provider, Tree, tag_changes
from rehearsal.cloudformation.providers._errors import ignoring, not_found

SETTINGS = ("DisplayName", "KmsMasterKeyId", "SignatureVersion", "TracingConfig")


class Topic(Provider):
    """A topic and the subscriptions written in it."""

    type = "AWS::SNS::Topic"
    properties: ClassVar[Tree] = {
        "DisplayName": ANY, "FifoTopic": ANY, "ContentBasedDeduplication": ANY, "KmsMasterKeyId": ANY,
        "SignatureVersion": ANY, "Subscription": [{"Endpoint": ANY, "Protocol": ANY}], "Tags": TAGS, "TopicName": ANY,
        "TracingConfig": ANY,
    }  # fmt: skip
    replace_on = frozenset({"FifoTopic", "TopicName", "ContentBasedDeduplication"})
    attributes = ("TopicArn", "TopicName")
    identifier = ("TopicArn",)
    named_by = "TopicName"
    read_only_id = True
    tags = "list"

    def create(self, call: Call) -> Made:
        """The topic, then its subscriptions."""
        wanted = call.properties
        names = (*SETTINGS, "FifoTopic", "ContentBasedDeduplication")
        chosen = {name: wanted[name] for name in names if name in wanted}
        fifo = str(wanted.get("FifoTopic", "false")).lower() == "true"
        name = call.name(wanted.get("TopicName"), 251) + (".fifo" if fifo and "TopicName" not in wanted else "")
        arn = call.invoke("sns", "CreateTopic", Name=name, Attributes=chosen, Tags=wanted.get("Tags"))["TopicArn"]
        call.reserve(arn)
        self._subscribe(call, arn, {})
        return self._made(arn)

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Settings, subscriptions and tags."""
        arn, new = call.handle, call.properties
        for name in SETTINGS:
            if new.get(name) != old.get(name):
                call.invoke(
                    "sns", "SetTopicAttributes", TopicArn=arn, AttributeName=name, AttributeValue=new.get(name, "")
                )
        self._subscribe(call, arn, old)
        put, gone = tag_changes(old, new)
        if put:
            call.invoke("sns", "TagResource", ResourceArn=arn, Tags=put)
        if gone:
            call.invoke("sns", "UntagResource", ResourceArn=arn, TagKeys=gone)
        return self._made(arn)

    def delete(self, call: Call) -> None:
        """The topic."""
        with ignoring("NotFound"):
            call.invoke("sns", "DeleteTopic", TopicArn=call.handle)

    def read(self, call: Call, identifier: dict[str, str]) -> Made:
        """By ARN."""
        with not_found(f"topic {identifier['TopicArn']}", "NotFound"):
            call.invoke("sns", "GetTopicAttributes", TopicArn=identifier["TopicArn"])
        return self._made(identifier["TopicArn"])

    def _subscribe(self, call: Call, arn: str, old: dict[str, Any]) -> None:
        before, after = (
            [(item["Protocol"], item["Endpoint"]) for item in source.get("Subscription") or []]
            for source in (old, call.properties)
        )
        for protocol, endpoint in after:
            if (protocol, endpoint) not in before:
                call.invoke("sns", "Subscribe", TopicArn=arn, Protocol=protocol, Endpoint=endpoint)
        gone = [item for item in before if item not in after]
        if gone:
            for found in call.invoke("sns", "ListSubscriptionsByTopic", TopicArn=arn)["Subscriptions"]:
                if (found["Protocol"], found["Endpoint"]) in gone:
                    call.invoke("sns", "Unsubscribe", SubscriptionArn=found["SubscriptionArn"])

    def _made(self, arn: str) -> Made:
        return Made(arn, {"TopicArn": arn, "TopicName": arn.rpartition(":")[2]})
