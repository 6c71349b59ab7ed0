"""AWS::SNS::TopicPolicy.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sns-topicpolicy.html
"""

from __future__ import annotations

import json
from typing import Any

from rehearsal.cloudformation.provider import Call, Made, Provider
from rehearsal.cloudformation.providers._errors import ignoring
from rehearsal.cloudformation.shapes import document

#: what the default policy of a topic lets its account do
ACTIONS = (
    "AddPermission", "DeleteTopic", "GetTopicAttributes", "ListSubscriptionsByTopic", "Publish", "RemovePermission",
    "SetTopicAttributes", "Subscribe",
)  # fmt: skip


class TopicPolicy(Provider):
    """One policy on several topics."""

    type = "AWS::SNS::TopicPolicy"
    service = "sns"

    def create(self, call: Call) -> Made:
        """Put it on every topic."""
        made = call.name(None, 128)
        call.reserve(made)
        self._put(call)
        return Made(made, {"Id": made})

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Put it anew, and the default one on topics that are no longer its own."""
        self._put(call)
        for arn in old["Topics"]:
            if arn not in call.properties["Topics"]:
                self._reset(call, arn)
        return Made(call.id, {"Id": call.id})

    def delete(self, call: Call) -> None:
        """The default policy on every topic."""
        for arn in call.properties["Topics"]:
            self._reset(call, arn)

    def _put(self, call: Call) -> None:
        text = document(call.properties["PolicyDocument"])
        for arn in call.properties["Topics"]:
            call.invoke("SetTopicAttributes", TopicArn=arn, AttributeName="Policy", AttributeValue=text)

    def _reset(self, call: Call, arn: str) -> None:
        statement = {
            "Sid": "__default_statement_ID",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Resource": arn,
            "Action": [f"SNS:{action}" for action in ACTIONS],
            "Condition": {"StringEquals": {"AWS:SourceOwner": call.account}},
        }
        text = json.dumps({"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]})
        with ignoring("NotFound"):
            call.invoke("SetTopicAttributes", TopicArn=arn, AttributeName="Policy", AttributeValue=text)
