"""Topics and rules of notifications, with their names."""

from __future__ import annotations

import math
from dataclasses import dataclass

from model_cicd.aws import naming
from model_cicd.aws.notifications import Notifications, NotificationTopic, Watch, registered_detail_type
from model_cicd.aws.place import Place
from model_cicd.aws.schedules import longest_pause
from model_cicd.sagemaker_model_cicd.settings.notifications import Notifications as Settings
from model_cicd.sagemaker_model_cicd.settings.parameters import DeploymentGroup
from model_cicd.settings.names import Names

# hyphens are of groups' names: after a character that those have not, no name is another group's or the module's
_SUFFIX = "_notifications"
#: runs of a schedule that have to be missing, and how far back an alarm can look, in hours
#: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
_MISSED, _LONGEST_HOURS = 2, 168


def own_topic(settings: Settings | None, of: Names, tooling: Place) -> NotificationTopic | None:
    """The topic that `settings` make; None where nobody is told, or a topic is there already."""
    if settings is None or not (settings.emails or settings.chat_configuration_arn):
        return None
    return NotificationTopic(
        place=tooling,
        topic=tooling.named("sns", of.name(naming.TOPIC, _SUFFIX)),
        key_alias=of.key_alias(tooling, _SUFFIX),
        emails=settings.emails,
        chat_configuration_arn=settings.chat_configuration_arn,
    )


@dataclass(frozen=True)
class Told:
    """The deployment group, the settings of all groups, and what the names of both begin with."""

    group: DeploymentGroup
    shared: Settings | None
    of: Names
    of_all: Names
    tooling: Place


def notifications(told: Told, *, by_workflow: bool) -> Notifications | None:
    """How a group tells people: with settings of its own, or as the whole module does; None where it tells nobody."""
    own, of, training = told.group.notifications, told.of, told.group.training
    settings = told.shared if own is None else own
    if settings is None or not settings.is_given:
        return None
    made = own_topic(own, of, told.tooling)
    topic = made or own_topic(told.shared, told.of_all, told.tooling)
    waits = training.wait and not by_workflow
    return Notifications(
        topic_arn=settings.topic_arn or (topic.topic.arn if topic else ""),
        own=made,
        chat=settings.chat_configuration_arn is not None,
        detail_type=registered_detail_type(of.name(naming.PIPELINE, "-promotion")) if waits else None,
        registered_rule=of.name(naming.RULE, ".registered"),
        measured_rule=of.name(naming.RULE, ".measured"),
        training_rule=of.name(naming.RULE, ".training-failed"),
        approval_rule=of.name(naming.RULE, ".awaits-approval"),
        promoted_rule=of.name(naming.RULE, ".promoted"),
        promotion_rule=of.name(naming.RULE, ".promotion-failed"),
        rolled_back_rule=of.name(naming.RULE, ".rolled-back"),
        execution_rule=None if waits else of.name(naming.RULE, ".execution-failed"),
        watch=None if by_workflow else _watch(told.group.schedule, of, told.tooling),
    )


def _watch(schedule: str | None, of: Names, tooling: Place) -> Watch | None:
    """An alarm on two runs of a schedule that did not come, where it can look back so far."""
    pause = longest_pause(schedule) if schedule else None
    hours = math.ceil(_MISSED * pause / 3600) + 1 if pause else _LONGEST_HOURS + 1
    if hours > _LONGEST_HOURS:
        return None
    return Watch(
        tooling.named("cloudwatch", of.name(naming.ALARM, ".no-training"), "alarm:"),
        of.name(naming.RULE, ".no-training"),
        hours,
    )
