"""Who is told of what happens, under the names that stand in a manifest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from model_cicd.settings import types
from model_cicd.settings.strict import Settings
from model_cicd.text.messages import Complaint, KeyPath
from model_cicd.text.untrusted import mapping

# https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html
_TOPIC = types.matching(
    r"arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}", "the ARN of an SNS topic (no FIFO topic)"
)
# https://docs.aws.amazon.com/chatbot/latest/APIReference/API_SlackChannelConfiguration.html
_CHAT = types.matching(
    r"arn:aws[a-z-]*:chatbot::[0-9]{12}:chat-configuration/[a-z-]+/[\w-]{1,128}",
    "the ARN of a chat configuration, such as arn:aws:chatbot::111122223333:chat-configuration/slack-channel/models",
)
_EMAIL = types.matching(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[A-Za-z0-9.-]{1,190}", "an email address")

TopicArn = Annotated[str, BeforeValidator(_TOPIC)]

#: the ways to tell, of which a manifest chooses one
WAYS = ("topicArn", "emails", "chatConfigurationArn")


class Notifications(Settings):
    """Who is told: one of an SNS topic, email addresses or a chat channel."""

    topic_arn: TopicArn | None = Field(
        None,
        alias="topicArn",
        description="an SNS topic of yours in the tooling account and region, whose policies let EventBridge publish",
    )
    emails: types.Listed[Annotated[str, BeforeValidator(_EMAIL)]] = Field(
        (), description="addresses that a topic of the module's own writes to; each has to confirm that once"
    )
    chat_configuration_arn: Annotated[str, BeforeValidator(_CHAT)] | None = Field(
        None,
        alias="chatConfigurationArn",
        description="chat configuration of Amazon Q Developer in chat applications (AWS Chatbot) in the tooling "
        "account, which gets a topic of the module's own",
    )

    @property
    def is_given(self) -> bool:
        """Whether anybody is told; a group is taken out with `notifications: {}`."""
        return bool(self.topic_arn or self.emails or self.chat_configuration_arn)


def notification_complaints(path: KeyPath, written: Any, *, may_be_empty: bool) -> Iterator[Complaint]:
    """What is wrong with the `notifications` at `path` as a whole."""
    given = [name for name in WAYS if mapping(written).get(name)]
    if len(given) > 1:
        yield (*path, given[1]), f"got {given[1]} beside {given[0]}, expected one of them"
    if isinstance(written, Mapping) and not given and not may_be_empty:
        yield path, f"got none of {', '.join(WAYS)}, expected one of them"
    emails = mapping(written).get("emails")
    known: set[str] = set()
    for index, each in enumerate(emails if isinstance(emails, list) else []):
        if isinstance(each, str) and each.lower() in known:
            yield (*path, "emails", index), f"got {each!r} again, expected each address once"
        known.add(str(each).lower())
