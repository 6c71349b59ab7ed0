"""The kinds of values that settings of endpoints are made of; each refuses with `got X, expected Y`."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from model_cicd.aws.instances import INSTANCE_SIZES, INSTANCE_TYPE
from model_cicd.settings.types import as_text, bucket_name, known_partition, matched, refuse
from model_cicd.text.errors import describe, did_you_mean

_KEY_ARN = re.compile(r"arn:(?P<partition>aws[a-z-]*):kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+")
_KEY_ARN_WORDS = "the ARN of a key, such as 'arn:aws:kms:us-east-1:123456789012:key/1234abcd-...'"
_S3_PREFIX = re.compile(r"s3://(?P<bucket>[^/]+)(?P<key>/.*)?")
_LONGEST_URI = 512  # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DataCaptureConfig.html


def whole(expected: str, low: int, high: int | None = None, step: int = 1) -> Callable[[object], int]:
    """A validator of whole numbers from `low` to `high`, `step` apart; `expected` says so in words."""

    def validate(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            hint = " (without quotes)" if isinstance(value, str) and re.fullmatch(r"[0-9]+", value) else ""
            refuse(f"got {describe(value)}, expected {expected}{hint}")
        if value < low or (high is not None and value > high) or (value - low) % step:
            refuse(f"got {describe(value)}, expected {expected}")
        return value

    return validate


def number(expected: str, *, above: float | None = None, most: float = math.inf) -> Callable[[object], float]:
    """A validator of finite numbers above `above`, or from 0, to `most`; `expected` says so in words."""

    def validate(value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            hint = " (without quotes)" if isinstance(value, str) and re.fullmatch(r"[0-9.]+", value) else ""
            refuse(f"got {describe(value)}, expected {expected}{hint}")
        if not 0 <= value <= most or (above is not None and value <= above):
            refuse(f"got {describe(value)}, expected {expected}")
        return float(value)

    return validate


def _instance_type(value: object) -> str:
    text = as_text(value, "an instance type such as 'ml.m5.large'")
    if not re.fullmatch(INSTANCE_TYPE, text):
        hint = f" (did you mean 'ml.{text}'?)" if re.fullmatch(INSTANCE_TYPE, f"ml.{text}") else _size_hint(text)
        refuse(f"got {describe(text)}, expected an instance type such as 'ml.m5.large'{hint}")
    return text


def _size_hint(text: str) -> str:
    """The nearest size where nothing else is wrong."""
    head, _, size = text.rpartition(".")
    if not re.fullmatch(INSTANCE_TYPE, f"{head}.large") or not (near := did_you_mean(size, INSTANCE_SIZES)):
        return ""
    return near.replace("'", f"'{head}.", 1)


def _key_arn(value: object) -> str:
    text = as_text(value, _KEY_ARN_WORDS)
    found = _KEY_ARN.fullmatch(text)
    if found is None:
        alias = " (a grant names the key itself, not its alias)" if ":alias/" in text or text[:6] == "alias/" else ""
        refuse(f"got {describe(text)}, expected {_KEY_ARN_WORDS}{alias}")
    known_partition(found["partition"])
    return text


def _volume_key(value: object) -> bool | str:
    if isinstance(value, bool):
        return value
    if not isinstance(value, str):
        refuse(f"got {describe(value)}, expected true, false or {_KEY_ARN_WORDS}")
    if value in ("true", "false"):
        refuse(f"got {describe(value)}, expected {value}, without quotes")
    return _key_arn(value)


def _s3_prefix(value: object) -> str:
    found = matched(_S3_PREFIX, value, "an S3 location such as 's3://my-bucket/captured'")
    text = found[0]
    bucket_name(found["bucket"])
    key = (found["key"] or "").strip("/")
    if not key:
        refuse(f"got {describe(text)}, expected a prefix in the bucket as well: the role may write below it only")
    # it stands in a policy, where these would let the role write elsewhere
    if not re.fullmatch(r"[A-Za-z0-9!_.'()/ =-]+", key) or "//" in key:
        refuse(f"got {describe(text)}, expected a prefix of letters, digits, single slashes and any of !_.'()=-")
    if len(text) > _LONGEST_URI:
        refuse(f"got {len(text)} characters, expected at most {_LONGEST_URI}")
    return text.rstrip("/")


InstanceType = Annotated[str, BeforeValidator(_instance_type)]
Count = Annotated[int, BeforeValidator(whole("a whole number of at least 1", 1))]
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariantServerlessConfig.html
ServerlessMemory = Annotated[
    int, BeforeValidator(whole("one of 1024, 2048, 3072, 4096, 5120, 6144 (MB)", 1024, 6144, 1024))
]
Concurrency = Annotated[int, BeforeValidator(whole("a whole number from 1 to 200", 1, 200))]
# SageMaker takes 0 as well, with which it captures nothing
Percentage = Annotated[int, BeforeValidator(whole("a whole number from 1 to 100, in percent", 1, 100))]
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_TrafficRoutingConfig.html
StepPercent = Annotated[int, BeforeValidator(whole("a whole number from 1 to 50, in percent", 1, 50))]
WaitMinutes = Annotated[int, BeforeValidator(whole("a whole number from 0 to 60, in minutes", 0, 60))]
# metrics of endpoints come once a minute: https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
Period = Annotated[int, BeforeValidator(whole("60 to 3600 in steps of 60, in seconds", 60, 3600, 60))]
# an alarm watches a day at most: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
Periods = Annotated[int, BeforeValidator(whole("a whole number from 1 to 24", 1, 24))]
# no alarm looks further back: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
IdleDays = Annotated[int, BeforeValidator(whole("a whole number from 1 to 7, in days", 1, 7))]
# the build that compares may take 8 hours: this, and two updates of the endpoint
ShadowMinutes = Annotated[int, BeforeValidator(whole("a whole number from 5 to 240, in minutes", 5, 240))]
Threshold = Annotated[float, BeforeValidator(number("a number of at least 0"))]
Milliseconds = Annotated[float, BeforeValidator(number("a number of milliseconds above 0", above=0))]
Share = Annotated[float, BeforeValidator(number("a number from 0 to 1", most=1))]
Positive = Annotated[float, BeforeValidator(number("a number above 0", above=0))]
S3Prefix = Annotated[str, BeforeValidator(_s3_prefix)]
KeyArn = Annotated[str, BeforeValidator(_key_arn)]
VolumeKey = Annotated[bool | str, BeforeValidator(_volume_key)]
Strategy = Literal["all-at-once", "canary", "linear"]
Statistic = Literal["average", "maximum", "p50", "p90", "p95", "p99"]
#: lists of the sizes that SageMaker takes, https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_VpcConfig.html
MOST_SUBNETS = Field(min_length=1, max_length=16)
MOST_SECURITY_GROUPS = Field(min_length=1, max_length=5)
