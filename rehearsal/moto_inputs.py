"""Bad input that moto does not look at, or fails inside of: what AWS says to it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping

from moto.ecr.models import ecr_backends
from moto.logs.models import logs_backends

from rehearsal.api import ApiError, Params, invalid, unsupported
from rehearsal.aws_request import AwsRequest

Look = Callable[[Params, str, str], None]
"""Raises ApiError for what is wrong with the parameters; the account and region are where they mean."""

_COMMAND = re.compile(r"fields @(\w+)(\s*,\s*@\w+)*|sort @timestamp( asc| desc)?|limit \d+", re.IGNORECASE)
_FUNCTION = re.compile(r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[\w-]+(?::[\w$-]+)?", re.ASCII)
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
_SERVICE = re.compile(r"[\w+=,.@-]+\.amazonaws\.com(\.cn)?")


def check(request: AwsRequest, account: str) -> None:
    """Raises ApiError for bad input of an operation that moto is about to run in `account`."""
    look = _LOOKS.get((request.service, request.operation))
    if look is not None:
        look(request.params, account, request.region)


def _random_bytes(params: Params, account: str, region: str) -> None:
    if params.get("NumberOfBytes") is None:
        raise invalid("Number of bytes is required.")


def _log_policy(params: Params, account: str, region: str) -> None:
    try:
        policy = json.loads(params.get("policyDocument") or "")
    except ValueError:
        policy = None
    if not params.get("policyName") or not isinstance(policy, dict):
        raise ApiError("InvalidParameterException", "Expected policyName and policyDocument, a policy in JSON")


def _repository(params: Params, account: str, region: str) -> None:
    name, registry = params["repositoryName"], params.get("registryId") or account
    if name not in ecr_backends[registry][region].repositories:
        text = f"The repository with name '{name}' does not exist in the registry with id '{registry}'"
        raise ApiError("RepositoryNotFoundException", text)


def _marker(params: Params, account: str, region: str) -> None:
    marker = params.get("Marker")
    if marker is not None and not marker.isdecimal():
        raise ApiError("ValidationError", f"Invalid Marker {marker!r}: none that this operation returned")


def _linked_service(params: Params, account: str, region: str) -> None:
    if not _SERVICE.fullmatch(params["AWSServiceName"]):
        raise ApiError("InvalidInput", f"{params['AWSServiceName']} is no name of a service")


def _topic(params: Params, account: str, region: str) -> None:
    if not any(params.get(name) for name in ("TopicArn", "TargetArn", "PhoneNumber")):
        raise ApiError(
            "InvalidParameter", "Invalid parameter: TopicArn or TargetArn Reason: no value for required parameter"
        )


def _subscription(params: Params, account: str, region: str) -> None:
    protocol = params["Protocol"]
    if protocol not in ("email", "lambda", "sqs"):
        raise unsupported(f"Protocol {protocol} of Subscribe: email, lambda and sqs only")
    if protocol == "email" and not _ADDRESS.fullmatch(params.get("Endpoint") or ""):
        raise ApiError("InvalidParameter", "Invalid parameter: Email address")
    if protocol == "lambda" and not _FUNCTION.fullmatch(params.get("Endpoint") or ""):
        raise ApiError("InvalidParameter", "Invalid parameter: Lambda endpoint ARN")


def _secret_tags(params: Params, account: str, region: str) -> None:
    if not all(tag.get("Key") for tag in params["Tags"]):
        raise ApiError("InvalidParameterException", "A tag has no Key")


def _insights(params: Params, account: str, region: str) -> None:
    """moto knows three commands, and takes the others as if they were not there."""
    if not any(params.get(name) for name in ("logGroupName", "logGroupNames", "logGroupIdentifiers")):
        raise ApiError("InvalidParameterException", "Expected logGroupName, logGroupNames or logGroupIdentifiers")
    if "logGroupIdentifiers" in params:
        raise unsupported("logGroupIdentifiers of StartQuery")
    for command in params["queryString"].split("|"):
        if not _COMMAND.fullmatch(command.strip()):
            raise unsupported(f"{command.strip()!r} in the query of StartQuery: fields, sort @timestamp and limit only")


def _transaction(params: Params, account: str, region: str) -> None:
    if not all(sum(value is not None for value in each.values()) == 1 for each in params["TransactItems"]):
        text = "TransactItems can only contain one of Check, Put, Update, Delete or Get"
        raise ApiError("ValidationException", text)


def _query(params: Params, account: str, region: str) -> None:
    if params["queryId"] not in logs_backends[account][region].queries:
        raise ApiError("ResourceNotFoundException", f"The query {params['queryId']} does not exist.")


_LOOKS: Mapping[tuple[str, str], Look] = {
    ("dynamodb", "TransactGetItems"): _transaction,
    ("dynamodb", "TransactWriteItems"): _transaction,
    ("kms", "GenerateRandom"): _random_bytes,
    ("logs", "PutResourcePolicy"): _log_policy,
    ("ecr", "PutImage"): _repository,
    ("iam", "ListPolicies"): _marker,
    ("iam", "ListRoles"): _marker,
    ("iam", "ListVirtualMFADevices"): _marker,
    ("logs", "StartQuery"): _insights,
    ("logs", "GetQueryResults"): _query,
    ("iam", "CreateServiceLinkedRole"): _linked_service,
    ("secretsmanager", "TagResource"): _secret_tags,
    ("sns", "Publish"): _topic,
    ("sns", "Subscribe"): _subscription,
}
