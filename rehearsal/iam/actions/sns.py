"""SNS. https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html"""

from __future__ import annotations

from rehearsal.iam.checks import On, Rule, several, tagging

RULES: dict[str, Rule] = {
    "CreateTopic": On("{Name}", tags="Tags", tagging="TagResource"),
    **several("{TopicArn}", "GetTopicAttributes", "SetTopicAttributes", "DeleteTopic", "Publish", "Subscribe",
              "ListSubscriptionsByTopic", "AddPermission", "RemovePermission", "ConfirmSubscription"),
    "PublishBatch": On("{TopicArn}", action="sns:Publish"),
    **tagging("ResourceArn", "Tags", "TagKeys"),
    **several("*", "ListTopics", "ListSubscriptions", "Unsubscribe", "GetSubscriptionAttributes",
              "SetSubscriptionAttributes"),
}  # fmt: skip
