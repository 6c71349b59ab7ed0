"""The rules that tell people of one deployment group's events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from constructs import Construct

from model_cicd.aws.notifications import Notifications, Watch
from model_cicd.constructs.notification_message import Message
from model_cicd.constructs.resource import resource


@dataclass(frozen=True)
class Telling:
    """A rule by name: what is told of which events."""

    id: str
    rule: str
    description: str
    pattern: Mapping[str, Any]
    message: Message


def tell(scope: Construct, id: str, *, notifications: Notifications, tellings: Sequence[Telling]) -> None:
    """A rule for each of `tellings`, which publishes its message."""
    rules = Construct(scope, id)
    for each in tellings:
        resource(
            events.CfnRule,
            rules,
            each.id,
            name=each.rule,
            description=each.description,
            event_pattern=each.pattern,
            targets=[
                {
                    "id": "topic",
                    "arn": notifications.topic_arn,
                    "inputTransformer": each.message.transformer(chat=notifications.chat),
                }
            ],
        )


def executions(kind: str, pipeline: str, state: str, **more: Any) -> dict[str, Any]:
    """Events of executions of a pipeline, its stages or actions (`kind`) that come into a state.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/detect-state-changes-cloudwatch-events.html
    """
    return {
        "source": ["aws.codepipeline"],
        "detail-type": [f"CodePipeline {kind} Execution State Change"],
        "detail": {"pipeline": [pipeline], "state": [state], **more},
    }


def no_training_alarm(scope: Construct, id: str, *, watch: Watch, project: str, description: str) -> None:
    """Goes off when no build of `project` began for the hours of `watch`; without any, AWS counts none at all."""
    resource(
        cloudwatch.CfnAlarm,
        scope,
        id,
        alarm_name=watch.alarm.name,
        alarm_description=description,
        namespace="AWS/CodeBuild",
        metric_name="Builds",
        dimensions=[{"name": "ProjectName", "value": project}],
        statistic="Sum",
        comparison_operator="LessThanThreshold",
        threshold=1,
        period=3600,
        evaluation_periods=watch.hours,
        treat_missing_data="breaching",
    )
