"""AWS::SNS::Subscription.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sns-subscription.html
"""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.cloudformation.provider import Call, Made, Provider, ResourceError
from rehearsal.cloudformation.shapes import document

SETTINGS = ("DeliveryPolicy", "FilterPolicy", "FilterPolicyScope", "RawMessageDelivery", "RedrivePolicy")


class Subscription(Provider):
    """A subscription of a topic."""

    type = "AWS::SNS::Subscription"
    service, absent, removal = "sns", ("NotFound",), ("Unsubscribe", "SubscriptionArn")
    unsupported: ClassVar[dict[str, str]] = {
        "no Firehose and replay": "ReplayPolicy SubscriptionRoleArn",
    }

    def create(self, call: Call) -> Made:
        """The subscription with its settings; `Region` is the topic's, which has to be the stack's."""
        if call.properties.get("Region", call.region) != call.region:
            raise ResourceError(f"the embedded AWS has subscriptions of topics in {call.region} alone")
        attributes = {name: _text(value) for name, value in call.pick(*SETTINGS).items()}
        wanted = call.pick("TopicArn", "Protocol", "Endpoint")
        answer = call.invoke("Subscribe", Attributes=attributes, ReturnSubscriptionArn=True, **wanted)
        return Made(answer["SubscriptionArn"], {"Arn": answer["SubscriptionArn"]})

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """The settings that changed."""
        for name in SETTINGS:
            if call.properties.get(name) != old.get(name):
                value = _text(call.properties[name]) if name in call.properties else ""
                wanted = {"AttributeName": name, "AttributeValue": value}
                call.invoke("SetSubscriptionAttributes", SubscriptionArn=call.handle, **wanted)
        return Made(call.handle, {"Arn": call.handle})


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else document(value)
