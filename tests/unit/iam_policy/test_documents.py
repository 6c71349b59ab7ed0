"""Documents and requests that are refused, with the place and what was expected."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from iam_policy import Policy, PolicyError, Principal, Request, Unsupported
from tests.unit.iam_policy.build import ANONYMOUS, OWN, ROLE, allow

ARN = "arn:aws:s3:::models/*"
STATEMENT: dict[str, Any] = {"Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject", "Resource": ARN}


def test_a_document() -> None:
    found = Policy.parse(
        {"Version": "2012-10-17", "Id": "x", "Statement": [STATEMENT, allow()]}, name="role train, inline policy read"
    )
    assert found.name == "role train, inline policy read"
    first, second = found.statements
    assert (first.sid, first.effect, first.index, first.actions, first.resources) == (
        "Read",
        "Allow",
        0,
        ("s3:GetObject",),
        (ARN,),
    )
    assert (str(first), str(second)) == (
        "statement 1 (Read) of role train, inline policy read",
        "statement 2 of role train, inline policy read",
    )


def test_one_statement_needs_no_list() -> None:
    assert (
        Policy.parse({"Statement": STATEMENT}, name="p").statements
        == Policy.parse({"Statement": [STATEMENT]}, name="p").statements
    )


def test_a_resource_policy_may_lack_resource() -> None:
    trust = {"Effect": "Allow", "Principal": {"Service": "ecs.amazonaws.com"}, "Action": "sts:AssumeRole"}
    assert Policy.parse({"Statement": [trust]}, name="p").statements[0].resources == ()


def without(member: str) -> dict[str, Any]:
    return {name: value for name, value in STATEMENT.items() if name != member}


# the document, what the message says
REFUSED: list[tuple[Any, str]] = [
    ("text", "p: expected a policy document, got 'text'"),
    ({}, "p: Statement: missing"),
    ({"Statement": "text"}, "p: Statement: expected statements, got 'text'"),
    ({"Statement": ["text"]}, "p: statement 1: expected an object, got 'text'"),
    ({"Version": "2012-10-18", "Statement": []}, "p: Version: '2012-10-18': expected 2012-10-17 or 2008-10-17"),
    ({"Statements": []}, "p: Statements: unknown member (did you mean 'Statement'?)"),
    ({"Statement": [STATEMENT, STATEMENT]}, "p: Sid: 'Read' is used more than once"),
    (STATEMENT | {"Sid": 7}, "statement 1 (7): Sid: expected a string, got 7"),
    (STATEMENT | {"Resources": "*"}, "statement 1 (Read): Resources: unknown member (did you mean 'Resource'?)"),
    (STATEMENT | {"Effect": "allow"}, "statement 1 (Read): Effect: expected Allow or Deny, got 'allow'"),
    (without("Effect"), "Effect: expected Allow or Deny, got None"),
    (without("Action"), "Action: missing (or NotAction)"),
    (without("Resource"), "Resource: missing (or NotResource)"),
    (STATEMENT | {"NotAction": "*"}, "NotAction: not together with Action"),
    (STATEMENT | {"NotResource": "*"}, "NotResource: not together with Resource"),
    (STATEMENT | {"Principal": "*", "NotPrincipal": "*"}, "NotPrincipal: not together with Principal"),
    (STATEMENT | {"Action": []}, "Action: expected one or more strings, got []"),
    (STATEMENT | {"Action": ["s3:GetObject", 7]}, "Action: expected one or more strings, got ['s3:GetObject', 7]"),
    (STATEMENT | {"Action": 7}, "Action: expected one or more strings, got 7"),
    (STATEMENT | {"Action": "GetObject"}, "Action: 'GetObject': expected '*' or SERVICE:NAME"),
    (STATEMENT | {"Action": "s*:GetObject"}, "Action: 's*:GetObject': expected '*' or SERVICE:NAME"),
    (STATEMENT | {"Resource": "models"}, "Resource: 'models': expected '*' or an ARN"),
    (STATEMENT | {"Resource": "arn:aws:s3:::${"}, "'${' at character 14 begins no policy variable"),
    (STATEMENT | {"Resource": "arn:aws:s3:::${aws:username, x}"}, "begins no policy variable"),
    (STATEMENT | {"Principal": "everyone"}, "Principal: expected '*' or an object, got 'everyone'"),
    (STATEMENT | {"Principal": {}}, "Principal: expected '*' or an object, got {}"),
    (
        STATEMENT | {"Principal": {"aws": "*"}},
        "Principal.aws: expected AWS, Service, Federated, CanonicalUser (did you mean 'AWS'?)",
    ),
    (
        STATEMENT | {"Principal": {"AWS": [OWN, 7]}},
        "Principal.AWS: expected one or more strings, got ['111111111111', 7]",
    ),
    (STATEMENT | {"Principal": {"AWS": []}}, "Principal.AWS: expected one or more strings, got []"),
    (
        STATEMENT | {"Principal": {"AWS": "eve"}},
        "Principal.AWS: 'eve': expected '*', an account or the ARN of a user, role",
    ),
    (STATEMENT | {"Principal": {"AWS": "arn:aws:iam::*:root"}}, "Principal.AWS: 'arn:aws:iam::*:root': expected"),
    (
        STATEMENT | {"Principal": {"AWS": f"arn:aws:iam::{OWN}:role/*"}},
        "without wildcards (use a condition on aws:PrincipalArn)",
    ),
    (
        STATEMENT | {"Principal": {"AWS": f"arn:aws:iam::{OWN}:group/g"}},
        "Principal.AWS: 'arn:aws:iam::111111111111:group/g'",
    ),
    (STATEMENT | {"Condition": []}, "Condition: expected an object of operators, got []"),
    (STATEMENT | {"Condition": {"Bool": {}}}, "Condition.Bool: expected an object of condition keys, got {}"),
    (STATEMENT | {"Condition": {"Bool": "x"}}, "Condition.Bool: expected an object of condition keys, got 'x'"),
    (STATEMENT | {"Condition": {"Bool": {"a:b": "yes"}}}, "Condition.Bool.a:b: 'yes': expected true or false"),
    (STATEMENT | {"Condition": {"Null": {"a:b": "yes"}}}, "Condition.Null.a:b: 'yes': expected true or false"),
    (STATEMENT | {"Condition": {"NullIfExists": {"a:b": "true"}}}, "Null takes neither a qualifier nor IfExists"),
    (STATEMENT | {"Condition": {"StringLike": {"a:b": []}}}, "Condition.StringLike.a:b: no value"),
    (STATEMENT | {"Condition": {"StringLike": {"a:b": {}}}}, "expected a string, number or boolean, got {}"),
    (STATEMENT | {"Condition": {"StringLike": {"": "x"}}}, "a condition key without a name"),
    (
        STATEMENT | {"Condition": {"NumericEquals": {"a:b": "ten"}}},
        "Condition.NumericEquals.a:b: 'ten': expected a number",
    ),
    (
        STATEMENT | {"Condition": {"DateEquals": {"a:b": "2026-13-01"}}},
        "Condition.DateEquals.a:b: '2026-13-01': month must be",
    ),
    (STATEMENT | {"Condition": {"DateEquals": {"a:b": "monday"}}}, "'monday': expected a date such as"),
    (
        STATEMENT | {"Condition": {"IpAddress": {"a:b": "10.0.0.0/33"}}},
        "'10.0.0.0/33': expected an IP address or a range",
    ),
    (STATEMENT | {"Condition": {"BinaryEquals": {"a:b": "?"}}}, "Condition.BinaryEquals.a:b: '?': expected base64"),
]
UNSUPPORTED: list[tuple[Any, str]] = [
    (
        STATEMENT | {"Condition": {"StringEqual": {"a:b": "x"}}},
        "Condition.StringEqual: unknown operator (did you mean 'StringEquals'?)",
    ),
    (STATEMENT | {"Condition": {"stringequals": {"a:b": "x"}}}, "Condition.stringequals: unknown operator"),
    (STATEMENT | {"Condition": {"ForSomeValues:StringEquals": {"a:b": "x"}}}, "unknown qualifier 'ForSomeValues'"),
    (STATEMENT | {"Principal": {"CanonicalUser": "79a5"}}, "Principal.CanonicalUser: name the account instead"),
    (STATEMENT | {"Principal": {"Service": "*"}}, "Principal.Service: '*'"),
]


def parsed(document: Any) -> Policy:
    if isinstance(document, dict) and {"Effect", "Sid"} & set(document):
        document = {"Version": "2012-10-17", "Statement": [document]}
    return Policy.parse(document, name="p")


@pytest.mark.parametrize(("document", "message"), REFUSED)
def test_refused(document: Any, message: str) -> None:
    with pytest.raises(PolicyError) as raised:
        parsed(document)
    assert message in str(raised.value)
    assert str(raised.value).startswith("p: ")
    assert not isinstance(raised.value, Unsupported)


@pytest.mark.parametrize(("document", "message"), UNSUPPORTED)
def test_unsupported(document: Any, message: str) -> None:
    with pytest.raises(Unsupported) as raised:
        parsed(document)
    assert str(raised.value).startswith("p: statement 1 (Read): ")
    assert message in str(raised.value)


def test_variables_work_in_strings_and_arns_only() -> None:
    with pytest.raises(PolicyError, match="policy variables work with string and ARN operators only"):
        parsed(STATEMENT | {"Condition": {"NumericEquals": {"a:b": "${aws:EpochTime}"}}})


REQUESTS: list[tuple[Callable[[], object], str]] = [
    (
        lambda: Principal("group", "x", OWN),
        "principal kind 'group': expected role, user, root, service, federated, anonymous",
    ),
    (lambda: Principal("role", f"arn:aws:sts::{OWN}:assumed-role/a/b", OWN), "expected arn:aws:iam::ACCOUNT:role/NAME"),
    (lambda: Principal("user", f"arn:aws:iam::{OWN}:user/a", "222222222222"), "is not in account '222222222222'"),
    (lambda: Principal("service", "events", ""), "service 'events': expected a name like events.amazonaws.com"),
    (lambda: Principal("service", "events.amazonaws.com", OWN), "service principal with account"),
    (lambda: Principal("anonymous", "x", ""), "anonymous principal with ARN 'x'"),
    (lambda: Principal("role", ROLE.arn, OWN, f"arn:aws:sts::{OWN}:assumed-role/other/s"), "is not one of"),
    (lambda: Principal("role", ROLE.arn, OWN, "monday"), "session 'monday' is not one of"),
    (lambda: Principal("role", ROLE.arn, OWN, "arn:aws:sts::222222222222:assumed-role/train/s"), "is not one of"),
    (
        lambda: Principal("user", f"arn:aws:iam::{OWN}:user/a", OWN, f"arn:aws:sts::{OWN}:assumed-role/a/s"),
        "is not one",
    ),
    (lambda: Request(ROLE, "GetObject", "*", OWN), "action 'GetObject': expected SERVICE:NAME"),
    (lambda: Request(ROLE, "s3:Get*", "*", OWN), "action 's3:Get*': expected SERVICE:NAME"),
    (lambda: Request(ROLE, "s3:GetObject", "models/x", OWN), "resource 'models/x': expected an ARN or '*'"),
    (lambda: Request(ANONYMOUS, "s3:GetObject", "*", "me"), "resource account 'me': expected 12 digits"),
]


@pytest.mark.parametrize(("make", "message"), REQUESTS)
def test_requests(make: Callable[[], object], message: str) -> None:
    with pytest.raises(PolicyError) as raised:
        make()
    assert message in str(raised.value)


def test_a_key_given_twice() -> None:
    from tests.unit.iam_policy.build import ask, policy

    with pytest.raises(PolicyError, match="context key 'AWS:SourceVpc' is given twice"):
        ask(identity=policy(allow()), context={"aws:sourcevpc": "a", "AWS:SourceVpc": "b"})
