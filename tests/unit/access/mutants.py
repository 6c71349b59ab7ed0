"""Mutants of policies: each statement and action dropped, each action, resource, principal and condition widened."""

from __future__ import annotations

import copy
import fnmatch
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model_cicd.access import actions
from model_cicd.access.actions import actions_on

TYPES = tuple(json.loads((Path(actions.__file__).parent / "actions.json").read_text(encoding="utf-8")))
STRANGERS = "arn:aws:iam::999999999999:root"
_WRITING = ("s3:PutObject", "s3:PutLifecycleConfiguration")


@dataclass(frozen=True)
class Mutant:
    """A document with one change, and what it is."""

    change: str
    body: dict[str, Any]
    wider: bool  # more may be allowed, rather than less


def mutants(body: dict[str, Any]) -> Iterator[Mutant]:
    """Every mutant of a policy document."""
    for index, statement in enumerate(body["Statement"]):
        name = statement.get("Sid") or f"statement {index + 1}"
        if len(body["Statement"]) > 1:
            dropped = copy.deepcopy(body)
            del dropped["Statement"][index]
            yield Mutant(f"{name}: dropped", dropped, statement["Effect"] == "Deny")
        for change, changed in _changed(statement):
            mutated = copy.deepcopy(body)
            mutated["Statement"][index] = changed
            yield Mutant(f"{name}: {change}", mutated, not change.endswith(" dropped"))


STRANGER, OTHERS_BUCKET = "888888888888", "arn:aws:s3:::goods-of-a-stranger/*"
#: what is added to a policy of a principal, by what is added
_ADDED: Mapping[str, Sequence[dict[str, Any]]] = {
    "an action": [
        {"Action": action, "Resource": "*"}
        for action in ("dynamodb:*", "iam:CreateAccessKey", "ssm:SendCommand", "organizations:*", "s3:*", "lambda:*")
    ],
    "an account": [
        {"Action": "sts:AssumeRole", "Resource": f"arn:aws:iam::{STRANGER}:role/x"},
        {"Action": "events:PutEvents", "Resource": f"arn:aws:events:eu-west-1:{STRANGER}:event-bus/default"},
    ],
    "a resource": [
        {"Action": "s3:GetObject", "Resource": OTHERS_BUCKET},
        {"Action": "ssm:GetParameter", "Resource": "arn:aws:ssm:eu-west-1:444444444444:parameter/secret"},
    ],
    "everything": [{"Action": "*", "Resource": "*"}, {"NotAction": "iam:*", "Resource": "*"}],
}
#: whom a policy of a resource lets in besides, by what is added
_LET_IN: Mapping[str, Sequence[dict[str, Any]]] = {
    "an account": [{"AWS": STRANGER}, {"AWS": f"arn:aws:iam::{STRANGER}:root"}],
    "a principal": [
        {"AWS": "arn:aws:iam::444444444444:role/nobody"},
        {"AWS": "arn:aws:iam::444444444444:user/somebody"},
        {"Federated": f"arn:aws:iam::{STRANGER}:oidc-provider/example.com"},
    ],
    "a service": [{"Service": "ec2.amazonaws.com"}, {"Service": "firehose.amazonaws.com"}],
}


def added(body: dict[str, Any], *, of_resource: bool) -> Iterator[tuple[str, Mutant]]:
    """Mutants with a further statement, or with more in one that is there, each with its class."""
    statements = body["Statement"]
    if not of_resource:
        for kind, more in _ADDED.items():
            for each in more:
                new = {"Sid": "Added", "Effect": "Allow", **each}
                yield kind, Mutant(f"{kind} added: {each}", {**body, "Statement": [*statements, new]}, True)
    for index, statement in enumerate(statements):
        if statement["Effect"] != "Allow":
            continue
        for kind, change in _grown(statement, of_resource=of_resource):
            changed = [*statements[:index], change, *statements[index + 1 :]]
            yield kind, Mutant(f"{kind} in statement {index + 1}", {**body, "Statement": changed}, True)


def _grown(statement: dict[str, Any], *, of_resource: bool) -> Iterator[tuple[str, dict[str, Any]]]:
    """One statement with one thing more, of each class."""
    if not of_resource:
        yield "an action", {**statement, "Action": [*_listed(statement["Action"]), "iam:CreateUser"]}
        if "*" not in _listed(statement["Resource"]):  # which has it already
            yield "a resource", {**statement, "Resource": [*_listed(statement["Resource"]), OTHERS_BUCKET]}
        return
    for kind, several in _LET_IN.items():
        for principal in several:
            yield (
                kind,
                {key: value for key, value in statement.items() if key != "Condition"} | {"Principal": principal},
            )


def _changed(statement: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    if statement["Effect"] == "Allow":
        yield from _wider_actions(statement)
        yield from _fewer_actions(statement)
        yield from _wider_resources(statement)
        yield from _wider_principals(statement)
        yield from _wider_conditions(statement)
    else:
        yield from _narrower_denial(statement)


def _wider_actions(statement: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for index, action in enumerate(_listed(statement["Action"])):
        service, _, name = action.partition(":")
        verb = re.match(r"ReEncrypt|[A-Z][a-z]+", name)
        for wider in dict.fromkeys([f"{service}:{verb[0] if verb else ''}*", f"{service}:*"]):
            if _adds(_listed(statement["Action"]), action, wider):
                yield f"{action} becomes {wider}", _with(statement, "Action", index, wider)


def _adds(known: list[str], action: str, wider: str) -> bool:
    """Whether `wider` lets another action of the same type of resource pass than `known`."""
    types = [kind for kind in TYPES if kind.startswith(action.partition(":")[0] + ":") and action in actions_on(kind)]
    return any(fnmatch.fnmatchcase(other, wider) and other not in known for kind in types for other in actions_on(kind))


def _fewer_actions(statement: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for index, action in enumerate(_listed(statement["Action"])):
        if len(_listed(statement["Action"])) > 1:
            yield f"{action} dropped", _without(statement, "Action", index)


def _wider_resources(statement: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for index, resource in enumerate(_listed(statement.get("Resource", []))):
        for wider in dict.fromkeys([_parent(resource), "*"]):
            if wider != resource:
                yield f"{resource} becomes {wider}", _with(statement, "Resource", index, wider)


def _parent(resource: str) -> str:
    """Everything beside it: the last part of its name becomes a wildcard."""
    *head, own = resource.split(":", 5)
    above, separator, _ = own.removesuffix("/*").rpartition("/")
    return ":".join([*head, f"{above}/*"]) if separator else resource


def _wider_principals(statement: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    principal = statement.get("Principal")
    if not isinstance(principal, dict):
        return
    yield "anybody", {**statement, "Principal": "*"}
    if "AWS" in principal and "aws:PrincipalArn" not in json.dumps(statement):
        wider = [*_listed(principal["AWS"]), STRANGERS]
        yield "a stranger's account as well", {**statement, "Principal": {**principal, "AWS": wider}}
    if "Service" in principal:
        wider = [*_listed(principal["Service"]), "lambda.amazonaws.com"]
        yield "another service as well", {**statement, "Principal": {**principal, "Service": wider}}


def _wider_conditions(statement: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for operator, keys in statement.get("Condition", {}).items():
        for key, values in keys.items():
            yield f"without {operator} {key}", _without_key(statement, operator, key)
            if operator == "ArnEquals":
                for value in _listed(values):
                    wider = f"{value.rpartition('/')[0]}/*"
                    yield f"{key}: {wider}", _with_condition(statement, operator, key, [*_listed(values), wider])
            if operator in ("StringLike", "StringEquals"):
                changed = _without_key(statement, operator, key)
                changed.setdefault("Condition", {}).setdefault("StringLike", {})[key] = "*"
                yield f"{key}: any value", changed


def _narrower_denial(statement: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for index, resource in enumerate(_listed(statement.get("Resource", []))):
        if len(_listed(statement["Resource"])) > 1:
            yield f"no longer {resource}", _without(statement, "Resource", index)
    for action in _WRITING:
        if "NotAction" in statement:
            yield f"not {action}", {**statement, "NotAction": [*_listed(statement["NotAction"]), action]}
    for operator, keys in statement.get("Condition", {}).items():
        for key, values in keys.items():
            yield f"whatever {key} is", _without_key(statement, operator, key)
            for value in _listed(values):
                if operator == "Bool":
                    other = "false" if value == "true" else "true"
                    yield f"{key} is {other}", _with_condition(statement, operator, key, other)
                if operator == "StringNotEquals":
                    yield (
                        f"nor for a stranger's {key}",
                        _with_condition(statement, operator, key, [value, "999999999999"]),
                    )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _with(statement: dict[str, Any], key: str, index: int, value: str) -> dict[str, Any]:
    values = list(_listed(statement[key]))
    values[index] = value
    return {**statement, key: values}


def _without(statement: dict[str, Any], key: str, index: int) -> dict[str, Any]:
    values = list(_listed(statement[key]))
    del values[index]
    return {**statement, key: values}


def _without_key(statement: dict[str, Any], operator: str, key: str) -> dict[str, Any]:
    changed = copy.deepcopy(statement)
    del changed["Condition"][operator][key]
    if not changed["Condition"][operator]:
        del changed["Condition"][operator]
    if not changed["Condition"]:
        del changed["Condition"]
    return changed


def _with_condition(statement: dict[str, Any], operator: str, key: str, values: Any) -> dict[str, Any]:
    changed = copy.deepcopy(statement)
    changed["Condition"][operator][key] = values
    return changed
