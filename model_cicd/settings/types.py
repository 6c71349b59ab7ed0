"""The kinds of values that settings are made of; each refuses with `got X, expected Y`."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from difflib import SequenceMatcher
from typing import Annotated, Literal, NoReturn, TypeVar

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from model_cicd.aws import naming
from model_cicd.aws.branches import branch_complaint
from model_cicd.aws.regions import PARTITION_OF
from model_cicd.aws.schedules import schedule_complaint
from model_cicd.text.errors import describe, did_you_mean

T = TypeVar("T")

_MAX_WORDS = 1000
_ONE_LETTER_OFF = 0.93  # the likeness of 'us-est-1' and 'us-east-1' is 16/17
_ARN = re.compile(r"arn:(?P<partition>aws[a-z-]*):s3:::(?P<bucket>.+)")
# https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html
_ECR_ARN = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):ecr:(?P<region>[a-z0-9-]+):[0-9]{12}:"
    r"repository/(?=.{2,256}$)(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*"
)


def refuse(text: str) -> NoReturn:
    """Refuse the value under validation with a message of our own."""
    raise PydanticCustomError("refused", "{text}", {"text": text})


def as_text(value: object, expected: str) -> str:
    """`value` where it is text."""
    if not isinstance(value, str):
        hint = " (quote it in YAML)" if isinstance(value, bool | int | float) else ""
        refuse(f"got {describe(value)}, expected {expected}{hint}")
    return value


def account(value: object) -> str:
    """`value` as an account id of 12 digits; for use as a validator."""
    if isinstance(value, int) and not isinstance(value, bool):
        # The settings' messages replace this one by one with the digits as they are written, where there is a file.
        raise PydanticCustomError("account_number", "{value}", {"value": value})
    text = as_text(value, "a 12-digit account id")
    if not re.fullmatch(r"[0-9]{12}", text):
        count = f" ({len(text)} digits)" if re.fullmatch(r"[0-9]+", text) else ""
        refuse(f"got {describe(text)}{count}, expected an account id of 12 digits")
    return text


def _region(value: object) -> str:
    text = as_text(value, "an AWS region")
    if text not in PARTITION_OF:
        refuse(f"got {describe(text)}, expected an AWS region{_region_hint(text)}")
    return text


def _region_hint(text: str) -> str:
    """As `did_you_mean`; swapped letters and, between equally near regions, the oldest ones come first."""
    swapped = [region for region in PARTITION_OF if sorted(region) == sorted(text)]
    oldest = ("us-east-1", "us-west-2", "eu-west-1")
    one_off = [region for region in oldest if SequenceMatcher(None, text, region).ratio() > _ONE_LETTER_OFF]
    return did_you_mean(text, swapped or one_off or PARTITION_OF)


def _branch(value: object) -> str:
    text = as_text(value, "a branch name")
    complaint = branch_complaint(text)
    if complaint:
        refuse(complaint)
    return text


def _schedule(value: object) -> str:
    text = as_text(value, "a rate(...) or cron(...) expression")
    complaint = schedule_complaint(text)
    if complaint:
        refuse(complaint)
    return text


def _limited(limit: naming.Limit, expected: str) -> Callable[[object], str]:
    def validate(value: object) -> str:
        text = as_text(value, expected)
        complaint = limit.complaint(text)
        if complaint:
            refuse(complaint)
        return text

    return validate


def matching(pattern: str, expected: str) -> Callable[[object], str]:
    """A validator of text that matches `pattern` in full."""

    def validate(value: object) -> str:
        text = as_text(value, expected)
        if not re.fullmatch(pattern, text):
            refuse(f"got {describe(text)}, expected {expected}")
        return text

    return validate


def known_partition(partition: str) -> None:
    """Refuse a partition that AWS does not have."""
    if partition not in set(PARTITION_OF.values()):
        refuse(f"got the partition {partition!r}, expected one of {', '.join(sorted(set(PARTITION_OF.values())))}")


def matched(pattern: re.Pattern[str], value: object, expected: str) -> re.Match[str]:
    """The match of the text `value`, all of it, with `pattern`; for validators that look at its parts."""
    text = as_text(value, expected)
    found = pattern.fullmatch(text)
    if found is None:
        refuse(f"got {describe(text)}, expected {expected}")
    return found


def _bucket_arn(value: object) -> str:
    found = matched(_ARN, value, "a bucket ARN such as 'arn:aws:s3:::my-access-logs'")
    known_partition(found["partition"])
    bucket_name(found["bucket"])
    return found[0]


def _image_repository(value: object) -> str:
    expected = "the ARN of an ECR repository such as 'arn:aws:ecr:eu-west-1:111122223333:repository/models/xgboost'"
    found = matched(_ECR_ARN, value, expected)
    known_partition(found["partition"])
    _region(found["region"])
    return found[0]


def bucket_name(name: str) -> None:
    """Refuse a name that no bucket can have."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", name):
        refuse(f"got the bucket name {name!r}, expected 3 to 63 lower case letters, digits, dots and hyphens")


def _as_tuple(value: object) -> object:
    if isinstance(value, list):
        return tuple(value)
    if not isinstance(value, tuple):
        refuse(f"got {describe(value)}, expected a list")
    return value


# https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
_TAG_CHARACTERS = r"[\w\s.:/=+@-]*"
_TAG_WORDS = "letters, digits, spaces and any of _.:/=+-@"


def _tag_key(value: object) -> str:
    text = as_text(value, "a tag key")
    if text.lower().startswith("aws:"):
        refuse(f"got the tag key {describe(text)}, expected one without the prefix 'aws:', which AWS keeps to itself")
    if not 1 <= len(text) <= 128 or not re.fullmatch(_TAG_CHARACTERS, text):
        refuse(f"got the tag key {describe(text)}, expected 1 to 128 characters: {_TAG_WORDS}")
    return text


def _tag_value(value: object) -> str:
    text = as_text(value, "text")
    if len(text) > 256 or not re.fullmatch(_TAG_CHARACTERS, text):
        refuse(f"got {describe(text)}, expected at most 256 characters: {_TAG_WORDS}")
    return text


# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Parameter.html
def _parameter_name(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", value):
        refuse(f"got the parameter name {describe(value)}, expected 1 to 256 letters, digits, hyphens and underscores")
    return value


def _parameter_value(value: object) -> object:
    if not isinstance(value, str | bool | int | float):
        refuse(f"got {describe(value)}, expected text, a number, true or false")
    if value == "":
        refuse("got an empty text, which SageMaker takes as the default of a parameter only")
    # SageMaker's parameters are finite: https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-parameters.html
    if isinstance(value, float) and not math.isfinite(value):
        refuse(f"got {describe(value)}, expected a finite number")
    return value


def _words(value: object) -> str:
    text = as_text(value, "a sentence")
    if not text.strip() or len(text) > _MAX_WORDS or not text.isprintable():
        refuse(f"got {describe(text)}, expected one line of 1 to {_MAX_WORDS} characters")
    return text.strip()


def _days(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        refuse(f"got {describe(value)}, expected a number of days, at least 1")
    return value


Account = Annotated[str, BeforeValidator(account)]
Region = Annotated[str, BeforeValidator(_region)]
Branch = Annotated[str, BeforeValidator(_branch)]
Schedule = Annotated[str, BeforeValidator(_schedule)]
GroupName = Annotated[str, BeforeValidator(_limited(naming.GROUP, "a group name"))]
EnvironmentName = Annotated[str, BeforeValidator(_limited(naming.ENVIRONMENT, "an environment name"))]
RepositoryName = Annotated[str, BeforeValidator(_limited(naming.REPOSITORY, "a repository name"))]
PolicyName = Annotated[str, BeforeValidator(_limited(naming.POLICY, "the name of an IAM policy, not its ARN"))]
BucketArn = Annotated[str, BeforeValidator(_bucket_arn)]
ImageRepository = Annotated[str, BeforeValidator(_image_repository)]
SecretArn = Annotated[
    str,
    BeforeValidator(
        matching(
            r"arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[\w/+=.@-]+-[A-Za-z0-9]{6}",
            "the ARN of a secret, with the six characters that Secrets Manager adds to its name",
        )
    ),
]
RoleArn = Annotated[
    str,
    BeforeValidator(
        matching(
            r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[\w+=,.@/-]+",
            "the ARN of a role such as 'arn:aws:iam::111122223333:role/scientists'",
        )
    ),
]
OrganizationId = Annotated[
    str, BeforeValidator(matching(r"o-[a-z0-9]{10,32}", "an organization id such as 'o-a1b2c3d4e5'"))
]
# https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-customizing.html
Qualifier = Annotated[
    str, BeforeValidator(matching(r"[A-Za-z0-9]{1,10}", "a CDK bootstrap qualifier: 1 to 10 letters and digits"))
]
SubnetId = Annotated[str, BeforeValidator(matching(r"subnet-([0-9a-f]{8}|[0-9a-f]{17})", "a subnet id"))]
SecurityGroupId = Annotated[str, BeforeValidator(matching(r"sg-([0-9a-f]{8}|[0-9a-f]{17})", "a security group id"))]
# Some of the 50 tags a resource may have are taken by Seed-Farmer, CloudFormation and this module.
MOST_TAGS = 40
Tags = Annotated[
    dict[Annotated[str, BeforeValidator(_tag_key)], Annotated[str, BeforeValidator(_tag_value)]],
    Field(max_length=MOST_TAGS),
]
PipelineParameters = dict[
    Annotated[str, BeforeValidator(_parameter_name)],
    Annotated[str | bool | int | float, BeforeValidator(_parameter_value)],
]
Days = Annotated[int, BeforeValidator(_days)]
Words = Annotated[str, BeforeValidator(_words)]
EnvironmentType = Literal["dev", "preprod", "prod"]
#: a tuple that YAML and JSON give as a list
Listed = Annotated[tuple[T, ...], BeforeValidator(_as_tuple)]
NonEmpty = Annotated[tuple[T, ...], BeforeValidator(_as_tuple), Field(min_length=1)]
