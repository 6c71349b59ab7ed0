"""SNS. https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from moto.sns.models import sns_backends

from rehearsal.iam import keys
from rehearsal.iam.checks import Asked, Check, On, Rule, several, tagging


def _with_key(asked: Asked) -> Iterator[Check]:
    """What SNS asks of KMS for whoever publishes to an encrypted topic.

    https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    """
    arn = str(asked.get("TopicArn") or asked.get("TargetArn") or "")
    _, _, _, region, account, *_ = arn.split(":") if arn.count(":") >= 5 else ("",) * 6
    topic: Any = sns_backends[account][region].topics.get(arn) if account else None
    if topic is None or not topic.kms_master_key_id:
        return
    key = keys.arn(topic.kms_master_key_id, replace(asked.caller, account=account, region=region))
    context = {
        "kms:EncryptionContext:aws:sns:topicArn": arn,
        "kms:EncryptionContextKeys": ["aws:sns:topicArn"],
        **keys.context(key),
    }
    for action in ("kms:GenerateDataKey", "kms:Decrypt"):
        yield Check(action, key, key.split(":")[4], context, via=f"sns.{region}.amazonaws.com")


RULES: dict[str, Rule] = {
    "CreateTopic": On("{Name}", tags="Tags", tagging="TagResource"),
    **several("{TopicArn}", "GetTopicAttributes", "SetTopicAttributes", "DeleteTopic", "Subscribe",
              "ListSubscriptionsByTopic", "AddPermission", "RemovePermission", "ConfirmSubscription"),
    "Publish": On("{TopicArn}", also=_with_key),
    "PublishBatch": On("{TopicArn}", action="sns:Publish", also=_with_key),
    **tagging("ResourceArn", "Tags", "TagKeys"),
    **several("*", "ListTopics", "ListSubscriptions", "Unsubscribe", "GetSubscriptionAttributes",
              "SetSubscriptionAttributes"),
}  # fmt: skip
