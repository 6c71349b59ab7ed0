"""Ranges and forms that a service documents and its model does not have.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html
https://docs.aws.amazon.com/secretsmanager/latest/APIReference/API_CreateSecret.html
https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html
"""

from __future__ import annotations

import re

from rehearsal.api import ApiError
from rehearsal.validation.rule import Given, Rule

# seconds, and bytes of a message
_QUEUE = {
    "DelaySeconds": (0, 900), "KmsDataKeyReusePeriodSeconds": (60, 86_400), "MaximumMessageSize": (1024, 1_048_576),
    "MessageRetentionPeriod": (60, 1_209_600), "ReceiveMessageWaitTimeSeconds": (0, 20),
    "VisibilityTimeout": (0, 43_200),
}  # fmt: skip
_DISPLAY_NAME = 100  # characters
_DELETION = (7, 30)  # days
_SECRET = re.compile(r"[A-Za-z0-9/_+=.@!-]{1,512}")
_HOUR, _DAY, _WEEK = 3600, 86_400, 604_800


def queue(given: Given) -> None:
    """The attributes of a queue."""
    for name, value in (given.params.get("Attributes") or {}).items():
        if name not in _QUEUE:
            continue
        low, high = _QUEUE[name]
        if not str(value).isdecimal() or not low <= int(value) <= high:
            raise ApiError("InvalidAttributeValue", f"Invalid value for the parameter {name}.")


def topic(given: Given) -> None:
    """The name that a topic shows."""
    params = given.params
    shown = (params.get("Attributes") or {}).get("DisplayName") or ""
    if params.get("AttributeName") == "DisplayName":
        shown = params.get("AttributeValue") or ""
    if len(shown) > _DISPLAY_NAME:
        text = f"Invalid parameter: DisplayName Reason: must be at most {_DISPLAY_NAME} characters long"
        raise ApiError("InvalidParameter", text)


def alarm(given: Given) -> None:
    """The period of an alarm, and how long it looks back."""
    period, count = given.params.get("Period"), given.params.get("EvaluationPeriods") or 1
    if period is None:
        return
    if period not in (10, 20, 30) and (period < 1 or period % 60):
        text = f"The parameter Period must be 10, 20, 30 or a multiple of 60, got {period}"
        raise ApiError("ValidationError", text)
    longest = _WEEK if period >= _HOUR else _DAY
    if period * count > longest:
        text = (
            f"Metrics cannot be checked across more than {longest} seconds (EvaluationPeriods * Period must be <= it)"
        )
        raise ApiError("ValidationError", text)


def deletion(given: Given) -> None:
    """The days until a key is deleted."""
    days = given.params.get("PendingWindowInDays")
    low, high = _DELETION
    if days is not None and not low <= days <= high:
        text = f"PendingWindowInDays must be between {low} and {high}, inclusive, got {days}"
        raise ApiError("ValidationException", text)


def secret(given: Given) -> None:
    """The name of a new secret."""
    if not _SECRET.fullmatch(given.params["Name"]):
        text = (
            "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!"
        )
        raise ApiError("ValidationException", text)


RULES: dict[tuple[str, str], Rule] = {
    ("sqs", "CreateQueue"): queue,
    ("sqs", "SetQueueAttributes"): queue,
    ("sns", "CreateTopic"): topic,
    ("sns", "SetTopicAttributes"): topic,
    ("monitoring", "PutMetricAlarm"): alarm,
    ("kms", "ScheduleKeyDeletion"): deletion,
    ("secretsmanager", "CreateSecret"): secret,
}
