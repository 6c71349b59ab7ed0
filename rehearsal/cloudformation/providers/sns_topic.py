"""AWS::SNS::Topic. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sns-topic.html"""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.cloudformation.provider import Call, Made, Provider
from rehearsal.cloudformation.shapes import tag_map

SETTINGS = ("DisplayName", "KmsMasterKeyId", "SignatureVersion", "TracingConfig")


class Topic(Provider):
    """A topic and the subscriptions written in it."""

    type = "AWS::SNS::Topic"
    service, noun, absent, removal = "sns", "topic", ("NotFound",), ("DeleteTopic", "TopicArn")
    unsupported: ClassVar[dict[str, str]] = {
        "no archives, message policies and delivery logs": (
            "ArchivePolicy DataProtectionPolicy DeliveryStatusLogging FifoThroughputScope MaximumMessageSize"
        ),
    }
    replaced_as_well = ("ContentBasedDeduplication",)
    more_attributes = ("TopicName",)
    named_by = "TopicName"

    def create(self, call: Call) -> Made:
        """The topic, then its subscriptions."""
        wanted = call.properties
        chosen = call.pick(*SETTINGS, "FifoTopic", "ContentBasedDeduplication")
        fifo = str(wanted.get("FifoTopic", "false")).lower() == "true"
        name = call.name(wanted.get("TopicName"), 251) + (".fifo" if fifo and "TopicName" not in wanted else "")
        arn = call.invoke("CreateTopic", Name=name, Attributes=chosen, Tags=wanted.get("Tags"))["TopicArn"]
        call.reserve(arn)
        self._subscribe(call, arn, {})
        return self._made(arn)

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Settings, subscriptions and tags."""
        arn, new = call.handle, call.properties
        for name in SETTINGS:
            if new.get(name) != old.get(name):
                call.invoke("SetTopicAttributes", TopicArn=arn, AttributeName=name, AttributeValue=new.get(name, ""))
        self._subscribe(call, arn, old)
        self.retag(call, old, ResourceArn=arn)
        return self._made(arn)

    def found(self, call: Call, name: str) -> Made:
        """The one with the ARN `name`."""
        call.invoke("GetTopicAttributes", TopicArn=name)
        return self._made(name)

    def actual(self, call: Call) -> dict[str, Any]:
        """The settings and the name."""
        found = call.invoke("GetTopicAttributes", TopicArn=call.handle)["Attributes"]
        tags = call.invoke("ListTagsForResource", ResourceArn=call.handle)["Tags"]
        name = {"TopicName": call.handle.rpartition(":")[2], "Tags": tag_map(tags)}
        return {key: found.get(key) for key in SETTINGS} | name

    def _subscribe(self, call: Call, arn: str, old: dict[str, Any]) -> None:
        before, after = (
            [(item["Protocol"], item["Endpoint"]) for item in source.get("Subscription") or []]
            for source in (old, call.properties)
        )
        for protocol, endpoint in after:
            if (protocol, endpoint) not in before:
                call.invoke("Subscribe", TopicArn=arn, Protocol=protocol, Endpoint=endpoint)
        gone = [item for item in before if item not in after]
        if gone:
            for found in call.invoke("ListSubscriptionsByTopic", TopicArn=arn)["Subscriptions"]:
                # what nobody confirmed goes by itself, after two days
                pending = found["SubscriptionArn"] == "PendingConfirmation"
                if (found["Protocol"], found["Endpoint"]) in gone and not pending:
                    call.invoke("Unsubscribe", SubscriptionArn=found["SubscriptionArn"])

    def _made(self, arn: str) -> Made:
        return Made(arn, {"TopicArn": arn, "TopicName": arn.rpartition(":")[2]})
