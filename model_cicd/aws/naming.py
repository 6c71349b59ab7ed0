"""Names of AWS resources: deterministic, within each service's limit, distinct where the inputs are."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

HASH_LENGTH = 8


@dataclass(frozen=True)
class Limit:
    """What a service allows in one kind of name: `minimum` to `maximum` characters that match `pattern` in full."""

    what: str
    maximum: int
    pattern: str
    characters: str
    minimum: int = 1

    def complaint(self, name: str) -> str | None:
        """`got ..., expected ...` when `name` is not allowed, else None."""
        if not self.minimum <= len(name) <= self.maximum:
            allowed = f"at most {self.maximum}" if len(name) > self.maximum else f"at least {self.minimum}"
            return f"got {len(name)} characters, expected {allowed} ({self.what})"
        if not re.fullmatch(self.pattern, name):
            return f"got {name!r}, expected {self.characters} ({self.what})"
        return None


_HYPHENATED = r"[A-Za-z0-9](?:-*[A-Za-z0-9])*"
_HYPHENATED_WORDS = "letters, digits and inner hyphens"

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
ROLE = Limit("an IAM role name", 64, r"[\w+=,.@-]+", "letters, digits and any of +=,.@_-")
POLICY = Limit("an IAM policy name", 128, r"[\w+=,.@-]+", "letters, digits and any of +=,.@_-")
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
BUCKET = Limit(
    "an S3 bucket name", 63, r"[a-z0-9](?:-*[a-z0-9])*", "lower case letters, digits and inner hyphens", minimum=3
)
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-using-console-create-stack-parameters.html
STACK = Limit(
    "a CloudFormation stack name", 128, r"[A-Za-z][A-Za-z0-9-]*", "a letter, then letters, digits and hyphens"
)
# https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_PipelineDeclaration.html
PIPELINE = Limit("a CodePipeline name", 100, r"[A-Za-z0-9.@_-]+", "letters, digits and any of .@_-")
# https://docs.aws.amazon.com/codebuild/latest/APIReference/API_CreateProject.html (2 to 150 characters)
PROJECT = Limit(
    "a CodeBuild project name", 150, r"[A-Za-z0-9][A-Za-z0-9_-]+", "letters, digits, hyphens and underscores", minimum=2
)
# https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
RULE = Limit("an EventBridge rule name", 64, r"[.A-Za-z0-9_-]+", "letters, digits and any of ._-")
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModelPackageGroup.html
MODEL_PACKAGE_GROUP = Limit("a SageMaker model package group name", 63, _HYPHENATED, _HYPHENATED_WORDS)
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreatePipeline.html
SAGEMAKER_PIPELINE = Limit("a SageMaker pipeline name", 256, _HYPHENATED, _HYPHENATED_WORDS)
# https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html
KEY_ALIAS = Limit("a KMS key alias", 256, r"alias/(?!aws/)[A-Za-z0-9/_-]+", "alias/ and letters, digits and any of /_-")
# https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html
PARAMETER = Limit("an SSM parameter name", 1011, r"(?:/[\w.-]+)+", "path parts of letters, digits and any of ._-")
# https://docs.aws.amazon.com/codecommit/latest/APIReference/API_CreateRepository.html
REPOSITORY = Limit(
    "a CodeCommit repository name", 100, r"(?!.*\.git$)[\w.-]+", "letters, digits and any of ._-, not ending with .git"
)
# https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html
ECR_REPOSITORY = Limit(
    "an ECR repository name",
    256,
    r"(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*",
    "lower case letters, digits and single ones of ._-/ between them",
    minimum=2,
)
# https://docs.aws.amazon.com/codecommit/latest/APIReference/API_CreateBranch.html
BRANCH = Limit("a CodeCommit branch name", 256, r".+", "a branch name")
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpoint.html (case does not count)
ENDPOINT = Limit("a SageMaker endpoint name", 63, _HYPHENATED, _HYPHENATED_WORDS)
# https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html (logging needs ASCII)
STATE_MACHINE = Limit(
    "a Step Functions state machine name", 80, r"[A-Za-z0-9_-]+", "letters, digits, hyphens and underscores"
)
# https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_StageDeclaration.html
STAGE = Limit("a CodePipeline stage name", 100, r"[A-Za-z0-9.@_-]+", "letters, digits and any of .@_-")
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
ALARM = Limit("a CloudWatch alarm name", 255, r"[ -~]+", "printable ASCII characters")
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html
DASHBOARD = Limit("a CloudWatch dashboard name", 255, r"[A-Za-z0-9_-]+", "letters, digits, hyphens and underscores")
# https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html
TOPIC = Limit("an SNS topic name", 256, r"[A-Za-z0-9_-]+", "letters, digits, hyphens and underscores")
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
LOG_GROUP = Limit("a log group name", 512, r"[.\-_/#A-Za-z0-9]+", "letters, digits and any of .-_/#")
# Deployment groups and environments stand in the names above, so they take the narrowest character set and length.
GROUP = Limit("the model package group is named after it", 63, _HYPHENATED, _HYPHENATED_WORDS)
ENVIRONMENT = Limit("roles, stacks and pipeline stages are named after it", 63, _HYPHENATED, _HYPHENATED_WORDS)


def short_hash(text: str) -> str:
    """Eight hexadecimal digits that depend on nothing but `text`."""
    return hashlib.sha256(text.encode()).hexdigest()[:HASH_LENGTH]


def fit(name: str, limit: int) -> str:
    """`name` itself when it has at most `limit` characters, else its beginning and a hash of the whole."""
    return name if len(name) <= limit else f"{name[: limit - HASH_LENGTH - 1].rstrip('-._')}-{short_hash(name)}"


def join(*parts: str, limit: int, keep: str = "", last: str = "-") -> str:
    """`parts` joined by hyphens and followed by `keep`, within `limit` characters.

    `last` is the separator before the last part. When the whole is too long the longest parts are cut first, so that
    every part can still be recognised, and a hash of the whole comes before `keep`, which is never cut. Raises
    ValueError when `limit` leaves no room for that.
    """
    whole = _joined(parts, last) + keep
    if len(whole) <= limit:
        return whole
    room = limit - len(keep) - HASH_LENGTH - 1
    shown = list(parts)
    while len(_joined(shown, last)) > room:
        _shorten(shown, limit)
    return f"{_joined([part.rstrip('-._') for part in shown], last)}-{short_hash(whole)}{keep}"


def marked(*parts: str, limit: int, mark: str) -> str:
    """`parts` joined by hyphens and followed by `mark`, within `limit` characters.

    `mark` alone tells the name from others and is never cut; of the parts, the longest are cut first. Raises ValueError
    when `limit` leaves no room for that.
    """
    shown = list(parts)
    while len(_joined(shown, "-") + mark) > limit:
        _shorten(shown, limit)
    return "-".join(part.rstrip("-._") for part in shown) + mark


def _shorten(parts: list[str], limit: int) -> None:
    """Take a character off the longest part."""
    index = max(range(len(parts)), key=lambda each: len(parts[each]))
    if len(parts[index]) <= 1:
        raise ValueError(f"{'-'.join(parts)!r} cannot be cut to {limit} characters")
    parts[index] = parts[index][:-1]


def _joined(parts: Sequence[str], last: str) -> str:
    return "-".join(parts) if len(parts) < 2 else f"{'-'.join(parts[:-1])}{last}{parts[-1]}"


def slug(text: str, *, lower: bool = False) -> str:
    """`text` in letters, digits and inner hyphens, with a hash of `text` when something had to be replaced."""
    plain = re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-")
    plain = plain.lower() if lower else plain
    return plain if plain == text else f"{plain}-{short_hash(text)}".strip("-")


def parameter_part(text: str) -> str:
    """`text` as one part of an SSM parameter path."""
    return re.sub(r"[^\w.-]", "-", text, flags=re.ASCII)
