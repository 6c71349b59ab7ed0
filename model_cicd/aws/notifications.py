"""What tells people: a topic with its key, and the rules that publish to it."""

from __future__ import annotations

from dataclasses import dataclass

from model_cicd.aws.place import Named, Placed

#: the source of the events of our own
SOURCE = "model-cicd"
#: the variable of builds with the detail type of the event that tells of a version
EVENT = "MODEL_CICD_EVENT"
#: the ProjectId in the metadata of versions that the runner tells of
ANNOUNCED = "told-by-model-cicd"


def registered_detail_type(promotion: str) -> str:
    """The detail type of the event of a version that a training of a group registered, by its promotion pipeline.

    The name of a pipeline is unique in the tooling account, that of a group is not: other modules may be there. It has
    100 characters at most, and a detail type 128.
    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html
    """
    return f"Version for {promotion} waits"


def rolled_back_detail_type(promotion: str) -> str:
    """The detail type of the event of an environment that somebody put back on an earlier version, as the other."""
    return f"Rolled back past {promotion}"


@dataclass(frozen=True)
class NotificationTopic(Placed):
    """A topic of the module's own, the alias of its key, and the addresses that it writes to.

    `chat_configuration_arn` is the chat that it is for, or None; then messages are made for people's mail.
    """

    topic: Named
    key_alias: Named
    emails: tuple[str, ...]
    chat_configuration_arn: str | None


@dataclass(frozen=True)
class Watch:
    """An alarm that goes off when no training began for so many hours, and the name of the rule that tells of it."""

    alarm: Named
    rule: str
    hours: int


@dataclass(frozen=True)
class Notifications:
    """How the events of one deployment group reach people.

    `topic_arn` is where its rules publish, `own` that topic where the group alone has it, `chat` whether messages are
    made for a chat. `detail_type` is that of the event in which the runner tells of a version with its metrics; None
    where no build waits for trainings. The others are the names of rules: a version was registered, and with its
    metrics; a training failed, a stage waits for an answer, an environment serves another version, a promotion failed,
    an environment was rolled back. `execution_rule` tells of executions that failed where no build waits for them;
    `watch` is there where trainings follow a schedule that an alarm can watch.
    """

    topic_arn: str
    own: NotificationTopic | None
    chat: bool
    detail_type: str | None
    registered_rule: str
    measured_rule: str
    training_rule: str
    approval_rule: str
    promoted_rule: str
    promotion_rule: str
    rolled_back_rule: str
    execution_rule: str | None
    watch: Watch | None
