"""AWS::SNS::Subscription.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sns-subscription.html
"""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.cloudformation.provider import ANY, Call, Made, Provider, Tree
from rehearsal.cloudformation.providers._errors import ignoring
from rehearsal.cloudformation.shapes import document

SETTINGS = ("DeliveryPolicy", "FilterPolicy", "FilterPolicyScope", "RawMessageDelivery", "RedrivePolicy")


class Subscription(Provider):
    """A subscription of a topic."""

    type = "AWS::SNS::Subscription"
    properties: ClassVar[Tree] = dict.fromkeys((*SETTINGS, "Endpoint", "Protocol", "TopicArn"), ANY)
    required = ("Protocol", "TopicArn")
    replace_on = frozenset({"Endpoint", "Protocol", "TopicArn"})
    attributes = ("Arn",)

    def create(self, call: Call) -> Made:
        """The subscription with its settings."""
        wanted = call.properties
        chosen = {name: _text(wanted[name]) for name in SETTINGS if name in wanted}
        arn = call.invoke(
            "sns",
            "Subscribe",
            TopicArn=wanted["TopicArn"],
            Protocol=wanted["Protocol"],
            Endpoint=wanted.get("Endpoint"),
            Attributes=chosen,
            ReturnSubscriptionArn=True,
        )["SubscriptionArn"]
        return Made(arn, {"Arn": arn})

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """The settings that changed."""
        for name in SETTINGS:
            if call.properties.get(name) != old.get(name):
                value = _text(call.properties[name]) if name in call.properties else ""
                call.invoke(
                    "sns",
                    "SetSubscriptionAttributes",
                    SubscriptionArn=call.handle,
                    AttributeName=name,
                    AttributeValue=value,
                )
        return Made(call.handle, {"Arn": call.handle})

    def delete(self, call: Call) -> None:
        """Unsubscribe."""
        with ignoring("NotFound"):
            call.invoke("sns", "Unsubscribe", SubscriptionArn=call.handle)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else document(value)
