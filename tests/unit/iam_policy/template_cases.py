"""Questions to the policies of a template: each statement asked as it is meant, then with one thing wrong at a time.

Intrinsic functions become stand-ins, for the engines are compared with each other here and not with AWS; what the
policies of a deployment really name is model_cicd.access's task.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from iam_policy import Policy, Principal, Request, services
from iam_policy.conditions import Condition
from iam_policy.document import Statement
from tests.unit.iam_policy.cases import OWN, Case, Document

STRANGER = "999999999999"
EVERYTHING: Document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
DELEGATING: Document = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": [OWN, STRANGER]}, "Action": "*"}],
}
_PSEUDO = {
    "AWS::AccountId": OWN,
    "AWS::Partition": "aws",
    "AWS::Region": "eu-west-1",
    "AWS::URLSuffix": "amazonaws.com",
}
_ARNS = {
    "AWS::KMS::Key": f"arn:aws:kms:eu-west-1:{OWN}:key/",
    "AWS::S3::Bucket": "arn:aws:s3:::",
    "AWS::IAM::Role": f"arn:aws:iam::{OWN}:role/",
}


# what a statement about everything is asked about
_EXAMPLES = {
    "kms": f"arn:aws:kms:eu-west-1:{OWN}:key/1234",
    "sts": f"arn:aws:iam::{OWN}:role/any",
    "s3": "arn:aws:s3:::any/thing",
}


def documents(template: Mapping[str, Any]) -> Iterator[tuple[str, Document]]:
    """Every policy document of a template, wherever it stands, with its place."""
    for logical_id, resource in template["Resources"].items():
        for place, document in _policies(resource.get("Properties", {}), logical_id):
            statements = document["Statement"]
            resolved = _resolve(statements if isinstance(statements, list) else [statements], template)
            yield place, {"Version": document.get("Version", "2012-10-17"), "Statement": resolved}


def _policies(value: Any, place: str) -> Iterator[tuple[str, Document]]:
    if isinstance(value, dict) and "Statement" in value:
        yield place, value
    elif isinstance(value, dict | list):
        for member, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _policies(inner, f"{place}.{member}")


def _resolve(value: Any, template: Mapping[str, Any]) -> Any:
    if isinstance(value, list):
        return [_resolve(each, template) for each in value]
    if not isinstance(value, dict):
        return value
    match value:
        case {"Ref": name}:
            return _PSEUDO.get(name) or _parameter(name)
        case {"Fn::GetAtt": [name, "Arn"]}:
            return _ARNS.get(template["Resources"][name]["Type"], f"arn:aws:x:eu-west-1:{OWN}:") + name
        case {"Fn::Join": [separator, parts]}:
            return separator.join(_resolve(parts, template))
        case _:
            assert not any(key.startswith("Fn::") for key in value), (
                f"an intrinsic function without a stand-in: {value}"
            )
            return {key: _resolve(each, template) for key, each in value.items()}


def _parameter(name: str) -> str:
    if name.endswith("RoleArn"):
        return f"arn:aws:iam::{OWN}:role/{name}"
    if name == "ImageRepositories":
        return f"arn:aws:ecr:eu-west-1:{OWN}:repository/*"
    return f"arn:aws:x:eu-west-1:{OWN}:{name}" if name.endswith("Arn") else name.lower()


def questions(document: Document) -> Iterator[Case]:
    """Cases about one document, the other side of it allowing everything."""
    for statement in Policy.parse(document, name="p").statements:
        meant = _contexts(statement.conditions)
        for caller in _callers(statement):
            for action in {_concrete(each) for each in statement.actions}:
                for resource in _resources(statement, action):
                    for context in meant:
                        request = Request(caller, action, resource, OWN, context)
                        yield _case(document, request, of_resource=statement.principals is not None)


def _case(document: Document, request: Request, *, of_resource: bool) -> Case:
    case = Case(request, (), None, None, (), None)
    if not of_resource:  # keys and roles always have a policy
        return replace(case, identity=(document,), resource=DELEGATING if services.delegates(request) else None)
    return replace(case, resource=document, identity=(EVERYTHING,) if request.principal.kind == "role" else ())


def _concrete(pattern: str) -> str:
    """An action that the pattern is about."""
    service, _, name = pattern.partition(":")
    if not name.strip("*"):
        return {"kms": "kms:Decrypt"}.get(service, "s3:GetObject")
    return {"kms:ReEncrypt*": "kms:ReEncryptFrom"}.get(pattern, pattern.replace("*", ""))


def _resources(statement: Statement, action: str) -> Iterator[str]:
    service = action.partition(":")[0]
    for each in statement.resources or ("*",):
        if each == "*":
            yield _EXAMPLES.get(service, "*")
        else:
            yield re.sub(r"[*?]", "any", each)
            yield re.sub(r"[*?]", "any", each) + "-other"


def _callers(statement: Statement) -> Iterator[Principal]:
    named = [
        value
        for condition in statement.conditions
        if condition.key.lower() == "aws:principalarn" and condition.operator.startswith("Arn")
        for value in condition.values
        if "*" not in value
    ]
    listed = statement.principals.aws if statement.principals else ()
    accounts = {value for value in listed if value.isdigit()}
    roles = {*named, *(value for value in listed if ":role/" in value), f"arn:aws:iam::{STRANGER}:role/stranger"}
    roles |= {f"arn:aws:iam::{account}:role/any" for account in (*accounts, OWN)}
    for arn in sorted(roles):
        account = arn.split(":")[4]
        session = f"arn:aws:sts::{account}:assumed-role/{arn.rpartition('/')[2]}/s"
        yield Principal("role", arn, account, session)
    yield from (
        Principal("service", name, "") for name in (statement.principals.services if statement.principals else ())
    )


def _contexts(conditions: tuple[Condition, ...]) -> list[dict[str, str | list[str]]]:
    """The context as it is meant, then without each key and with another value of it."""
    meant: dict[str, str | list[str]] = {}
    for condition in conditions:
        value = re.sub(r"[*?]", "any", condition.values[0])
        if not condition.key.lower().startswith("aws:principal"):
            meant[condition.key] = [value] if condition.over.value else value
    found = [meant]
    for key, given in meant.items():
        found.append({name: each for name, each in meant.items() if name != key})
        found.append(meant | {key: ["other"] if isinstance(given, list) else "other"})
    return found
