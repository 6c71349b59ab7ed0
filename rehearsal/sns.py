"""What moto's SNS lacks: addresses of people, who confirm their subscription and get mail, and Lambda functions."""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from moto.core.utils import get_service_model
from moto.sns.models import SNSBackend, Subscription, sns_backends

from rehearsal.api import ApiError, Caller, Operation, Params, partition_of
from rehearsal.function_events import Source, send
from rehearsal.mailbox import SUBJECT, Mail, Mailbox
from rehearsal.operations import operations
from rehearsal.params import page
from rehearsal.ports import Platform

__all__ = ["Sns"]

EMAIL, FUNCTION = "email", "lambda"
CONFIRMATION = "AWS Notification - Subscription Confirmation"
_SUBSCRIBE, _PUBLISH = SNSBackend.subscribe, Subscription.publish


class Sns:
    """Subscriptions of addresses: pending until they are confirmed. All else is moto's.

    https://docs.aws.amazon.com/sns/latest/dg/sns-email-notifications.html
    """

    name = "sns"
    exclusive = False

    def __init__(self, mailbox: Mailbox, platform: Platform) -> None:
        self._mailbox, self._platform = mailbox, platform
        SNSBackend.subscribe = self._subscribing()
        Subscription.publish = self._publishing()

    def operations(self) -> Mapping[str, Operation]:
        """Those that know of pending subscriptions."""
        return operations(get_service_model("sns"), self)

    def confirm_subscription(self, caller: Caller, params: Params) -> Params:
        """Confirm the subscription whose mail has the token. Raises ApiError InvalidParameter for any other token."""
        params.get("AuthenticateOnUnsubscribe")  # who may unsubscribe afterwards is decided by IAM alone
        return {"SubscriptionArn": self.confirm(params["TopicArn"], params["Token"])}

    def confirm(self, topic: str, token: str) -> str:
        """The same for whoever follows the link in a mail, which needs no credentials; the subscription's ARN."""
        for each in _subscriptions(topic):
            if each.topic.arn == topic and getattr(each, "token", None) == token:
                if not each.confirmed:
                    each.confirmed = True
                    each.attributes |= {"PendingConfirmation": False, "ConfirmationWasAuthenticated": False}
                    each.topic.subscriptions_pending -= 1
                    each.topic.subscriptions_confimed += 1
                return str(each.arn)
        raise ApiError("InvalidParameter", "Invalid parameter: Token")

    def list_subscriptions(self, caller: Caller, params: Params) -> Params:
        """Every subscription of the caller's account and region."""
        found = list(sns_backends[caller.account][caller.region].subscriptions.values())
        return self._page(found, params)

    def list_subscriptions_by_topic(self, caller: Caller, params: Params) -> Params:
        """Those of a topic. Raises ApiError NotFound without such a topic."""
        topic = params["TopicArn"]
        _, _, _, region, account, _ = topic.split(":")
        if topic not in sns_backends[account][region].topics:
            raise ApiError("NotFound", "Topic does not exist", 404)
        return self._page([each for each in _subscriptions(topic) if each.topic.arn == topic], params)

    def _page(self, found: list[Any], params: Params) -> Params:
        shown = [
            {
                "SubscriptionArn": "PendingConfirmation" if _pending(each) else each.arn,
                "Owner": each.owner,
                "Protocol": each.protocol,
                "Endpoint": each.endpoint,
                "TopicArn": each.topic.arn,
            }
            for each in found
        ]
        part, token = page(shown, params.get("NextToken"), 100)
        return {"Subscriptions": part, "NextToken": token}

    def _subscribing(self) -> Any:
        def subscribe(backend: Any, topic_arn: str, endpoint: str, protocol: str) -> Any:
            known = backend._find_subscription(topic_arn, endpoint, protocol)
            made = _SUBSCRIBE(backend, topic_arn, endpoint, protocol)
            if protocol == EMAIL and known is None:
                made.token = secrets.token_hex(32)
                made.attributes |= {"PendingConfirmation": True, "ConfirmationWasAuthenticated": False}
                made.topic.subscriptions_pending += 1
                self._mailbox.put(_confirmation(made, backend.region_name))
            return made

        return subscribe

    def _publishing(self) -> Any:
        def publish(subscription: Any, message: str, message_id: str, subject: str | None = None, **more: Any) -> None:
            if subscription.protocol == FUNCTION:
                self._invoke(subscription, message, message_id, subject, more)
            elif subscription.protocol != EMAIL:
                _PUBLISH(subscription, message, message_id, subject=subject, **more)
            elif subscription.confirmed:
                topic = subscription.topic.arn
                self._mailbox.put(Mail(subscription.endpoint, subject or SUBJECT, message, topic, _now()))

        return publish

    def _invoke(self, subscription: Any, message: str, message_id: str, subject: str | None, more: Params) -> None:
        """A message for a function. https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html"""
        attributes, matcher = more.get("message_attributes") or {}, subscription._filter_policy_matcher
        if matcher is not None and not matcher.matches(attributes, message):
            return
        if more.get("message_structure") == "json":
            message = subscription._parse_message_structure(message, FUNCTION)
        topic = subscription.topic
        told = {
            "Type": "Notification", "MessageId": message_id, "TopicArn": topic.arn, "Subject": subject,
            "Message": message, "Timestamp": f"{_now()[:19]}.000Z", "SignatureVersion": "1", "Signature": "",
            "SigningCertUrl": "", "UnsubscribeUrl": "",
            "MessageAttributes": {
                name: {"Type": value["Type"], "Value": str(value["Value"])} for name, value in attributes.items()
            },
        }  # fmt: skip
        record = {
            "EventSource": "aws:sns",
            "EventVersion": "1.0",
            "EventSubscriptionArn": subscription.arn,
            "Sns": told,
        }
        source = Source("sns.amazonaws.com", topic.arn.split(":")[4], topic.arn)
        send(self._platform, source, subscription.endpoint, {"Records": [record]})


def _subscriptions(topic: str) -> list[Any]:
    _, _, _, region, account, _ = topic.split(":")
    return list(sns_backends[account][region].subscriptions.values())


def _pending(subscription: Any) -> bool:
    return bool(subscription.protocol == EMAIL and not subscription.confirmed)


def _confirmation(subscription: Any, region: str) -> Mail:
    topic, token = subscription.topic.arn, subscription.token
    suffix = ".cn" if partition_of(region) == "aws-cn" else ""
    asked = urlencode({"TopicArn": topic, "Token": token, "Endpoint": subscription.endpoint})
    text = (
        f"You have chosen to subscribe to the topic:\n{topic}\n\n"
        "To confirm this subscription, click or visit the link below (If this was in error no action is necessary):\n"
        f"https://sns.{region}.amazonaws.com{suffix}/confirmation.html?{asked}\n"
    )
    return Mail(subscription.endpoint, CONFIRMATION, text, topic, _now(), token)


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
