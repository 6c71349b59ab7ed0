"""A topic that tells people, encrypted with a key of its own."""

from __future__ import annotations

from aws_cdk import aws_sns as sns
from constructs import Construct

from model_cicd.aws.naming import short_hash
from model_cicd.aws.notifications import NotificationTopic
from model_cicd.constructs.encryption_key import EncryptionKey
from model_cicd.constructs.iam import Statement, document
from model_cicd.constructs.resource import resource

_EVENTS = {"Service": "events.amazonaws.com"}
#: what SNS asks of KMS for whoever publishes. https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
_USE = ("kms:Decrypt", "kms:GenerateDataKey")


class EncryptedTopic(Construct):
    """The topic, its key and policy, and a subscription of each address, which has to confirm it.

    EventBridge publishes, and nobody else. It tells neither SNS nor KMS whose event it is: conditions
    on `aws:SourceArn` and `aws:SourceAccount` would keep it out, so the key is limited to this topic by the encryption
    context that SNS gives. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
    """

    def __init__(self, scope: Construct, id: str, *, topic: NotificationTopic, description: str) -> None:
        super().__init__(scope, id)
        arn = topic.topic.arn
        context = {"StringEquals": {"kms:EncryptionContext:aws:sns:topicArn": arn}}
        key = EncryptionKey(
            self,
            "Key",
            place=topic.place,
            alias=topic.key_alias.name,
            description=description,
            statements=[Statement("Events", _USE, ["*"], context, principal=_EVENTS)],
        )
        made = resource(sns.CfnTopic, self, "Topic", topic_name=topic.topic.name, kms_master_key_id=key.id)
        resource(
            sns.CfnTopicPolicy,
            self,
            "Policy",
            topics=[made.ref],
            policy_document=document(
                [
                    Statement("Events", ["sns:Publish"], [arn], principal=_EVENTS),
                    Statement(
                        "TlsOnly",
                        ["sns:Publish"],
                        [arn],
                        {"Bool": {"aws:SecureTransport": "false"}},
                        principal="*",
                        effect="Deny",
                    ),
                ]
            ),
        )
        for email in topic.emails:
            resource(
                sns.CfnSubscription,
                self,
                f"Email{short_hash(email)}",
                topic_arn=made.ref,
                protocol="email",
                endpoint=email,
            )
