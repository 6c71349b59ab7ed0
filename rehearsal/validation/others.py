"""Parameter Store, CloudWatch Logs, and the policies of queues, topics, secrets, images, buses and package groups."""

from __future__ import annotations

import re
from typing import Any

from moto.ssm.models import ssm_backends

from rehearsal.api import ApiError
from rehearsal.iam import keys
from rehearsal.validation.existence import missing
from rehearsal.validation.rule import Given, Rule, document

# https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html
STANDARD, ADVANCED = 4096, 8192
LEVELS = 15
_NAME = re.compile(r"[A-Za-z0-9_.:/-]+")
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
RETENTION = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)


def parameter(given: Given) -> None:
    """The size of a parameter's value by tier, and the levels of its name."""
    params = given.params
    name, value, tier = params["Name"], str(params["Value"]), params.get("Tier")
    if not _NAME.fullmatch(name):
        text = (
            'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of '
            "sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the "
            "following 3 symbols .-_"
        )
        raise ApiError("ValidationException", text)
    pattern = params.get("AllowedPattern")
    if pattern and not re.search(pattern, value):
        text = f"Parameter value, cannot be validated against allowedPattern: {pattern}"
        raise ApiError("ParameterPatternMismatchException", text)
    if name.strip("/").count("/") >= LEVELS:
        text = f"Parameter name hierarchies can have a maximum of {LEVELS} levels: {name}"
        raise ApiError("HierarchyLevelLimitExceededException", text)
    present = ssm_backends[given.caller.account][given.caller.region]._parameters.get(name)
    advanced = tier in ("Advanced", "Intelligent-Tiering") or (present and present[-1].tier == "Advanced")
    if not value:
        text = "Value '' at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1"
        raise ApiError("ValidationException", f"1 validation error detected: {text}")
    size = len(value.encode())
    if size > ADVANCED:
        text = f"Advanced tier parameters support a maximum parameter value of {ADVANCED} characters."
        raise ApiError("ValidationException", text)
    if size > STANDARD and not advanced:
        text = (
            f"Standard tier parameters support a maximum parameter value of {STANDARD} characters. To create a larger "
            "parameter value, upgrade the parameter to use the advanced-parameter tier."
        )
        raise ApiError("ValidationException", text)


def retention(given: Given) -> None:
    """The days that log events are kept."""
    days = given.params["retentionInDays"]
    if days not in RETENTION:
        text = f"Value '{days}' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: "
        raise ApiError("InvalidParameterException", f"1 validation error detected: {text}{list(RETENTION)}")


def log_group(given: Given) -> None:
    """The key of a new log group exists."""
    key = given.params.get("kmsKeyId")
    if key is not None and keys.find(keys.arn(key, given.caller)) is None:
        raise ApiError("InvalidParameterException", "The specified KMS Key Id could not be found.")


def of_resource(member: str, code: str, message: str) -> Rule:
    """The policy of a resource: JSON, and its principals exist."""

    def check(given: Given) -> None:
        held: Any = given.params.get(member)
        text = held.get("Policy") if isinstance(held, dict) else held
        if given.params.get("AttributeName") not in (None, "Policy") or not text:
            return
        error = ApiError(code, message)
        for _ in missing(document(str(text), error), given.accounts):
            raise error

    return check


def principal(given: Given) -> None:
    """Whoever is let in exists. https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html"""
    name = str(given.params["Principal"])
    kind = "Service" if "." in name and not name.startswith("arn:") else "AWS"
    named = {"Statement": {"Effect": "Allow", "Principal": {kind: name}}}
    if any(missing(named, given.accounts)):
        text = "The provided principal was invalid. Please check the principal and try again."
        raise ApiError("InvalidParameterValueException", text)


def bus(given: Given) -> None:
    """Whoever may put events on a bus exists, named by a policy or as an account.

    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutPermission.html
    """
    error = ApiError("ValidationException", "The policy is not valid: Invalid principal in policy")
    text, named = given.params.get("Policy"), given.params.get("Principal")
    found = document(str(text), error) if text else {"Statement": {"Principal": {"AWS": named}}} if named else {}
    for _ in missing(found, given.accounts):
        raise error


_QUEUE = of_resource("Attributes", "InvalidAttributeValue", "Invalid value for the parameter Policy.")
_TOPIC = "Invalid parameter: Policy Error: PrincipalNotFound"
_REPOSITORY = "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Principal not found'"
RULES: dict[tuple[str, str], Rule] = {
    ("ssm", "PutParameter"): parameter,
    ("logs", "PutRetentionPolicy"): retention,
    ("logs", "CreateLogGroup"): log_group,
    ("logs", "AssociateKmsKey"): log_group,
    ("sqs", "CreateQueue"): _QUEUE,
    ("sqs", "SetQueueAttributes"): _QUEUE,
    ("sns", "CreateTopic"): of_resource("Attributes", "InvalidParameter", _TOPIC),
    ("sns", "SetTopicAttributes"): of_resource("AttributeValue", "InvalidParameter", _TOPIC),
    ("lambda", "AddPermission"): principal,
    ("events", "PutPermission"): bus,
    ("sagemaker", "PutModelPackageGroupPolicy"): of_resource(
        "ResourcePolicy", "ValidationException", "Invalid principal in policy"
    ),
    ("ecr", "SetRepositoryPolicy"): of_resource("policyText", "InvalidParameterException", _REPOSITORY),
    ("secretsmanager", "PutResourcePolicy"): of_resource(
        "ResourcePolicy", "MalformedPolicyDocumentException", "This resource policy contains an unsupported principal."
    ),
}
