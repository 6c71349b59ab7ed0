"""The Condition element: every operator, absent keys, multivalued keys, qualifiers."""

from __future__ import annotations

from typing import Any

import pytest

from iam_policy.operators import OPERATORS
from tests.unit.iam_policy.build import (
    ANONYMOUS,
    DENIED,
    OWN,
    ROLE,
    USER,
    allow,
    ask,
    deny,
    policy,
    role,
    root,
    service,
)

ABSENT = None


def holds(when: dict[str, Any], context: dict[str, Any], **tags: str) -> bool:
    """Whether a statement with this condition applies."""
    return ask(role(**tags), identity=policy(allow(when=when)), context=context).allowed


# operator, values of the policy, value of the request, whether the condition holds
OPERATIONS: list[tuple[str, Any, Any, bool]] = [
    ("StringEquals", "red", "red", True),
    ("StringEquals", "red", "Red", False),
    ("StringEquals", ["blue", "red"], "red", True),
    ("StringEquals", "r*", "red", False),
    ("StringEquals", "r*", "r*", True),
    ("StringEquals", 7, "7", True),
    ("StringEquals", "red", ABSENT, False),
    ("StringNotEquals", "red", "blue", True),
    ("StringNotEquals", "red", "red", False),
    ("StringNotEquals", ["blue", "red"], "red", False),
    ("StringNotEquals", "red", ABSENT, True),
    ("StringEqualsIgnoreCase", "red", "RED", True),
    ("StringEqualsIgnoreCase", "RED", "red", True),
    ("StringEqualsIgnoreCase", "red", "blue", False),
    ("StringNotEqualsIgnoreCase", "red", "RED", False),
    ("StringNotEqualsIgnoreCase", "red", ABSENT, True),
    ("StringLike", "r*d", "rapid", True),
    ("StringLike", "r?d", "red", True),
    ("StringLike", "r?d", "rd", False),
    ("StringLike", "R*", "red", False),
    ("StringLike", "r${*}d", "red", False),
    ("StringLike", "r${*}d", "r*d", True),
    ("StringLike", "r.d", "red", False),
    ("StringLike", "a*", "a\nb", True),
    ("StringNotLike", ["r*", "b*"], "green", True),
    ("StringNotLike", ["r*", "b*"], "blue", False),
    ("NumericEquals", "10", "10.0", True),
    ("NumericEquals", 10, "11", False),
    ("NumericEquals", 10, "ten", False),
    ("NumericNotEquals", 10, "11", True),
    ("NumericNotEquals", 10, "10", False),
    ("NumericNotEquals", 10, ABSENT, True),
    ("NumericLessThan", 10, "9.5", True),
    ("NumericLessThan", 10, "10", False),
    ("NumericLessThanEquals", 10, "10", True),
    ("NumericGreaterThan", -1, "0", True),
    ("NumericGreaterThan", 10, "10", False),
    ("NumericGreaterThanEquals", 10, "10", True),
    ("NumericGreaterThanEquals", 10, ABSENT, False),
    ("DateEquals", "2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z", True),
    ("DateEquals", "2026-01-31T12:00:00Z", "2026-01-31T13:00:00+01:00", True),
    ("DateEquals", "1769860800", "2026-01-31T12:00:00Z", True),
    ("DateEquals", "2026-01-31T12:00:00Z", "1769860800", True),
    ("DateNotEquals", "2026-01-31T12:00:00Z", "2026-01-31T12:00:01Z", True),
    ("DateNotEquals", "2026-01-31T12:00:00Z", ABSENT, True),
    ("DateLessThan", "2026-02-01", "2026-01-31T23:59:59Z", True),
    ("DateLessThan", "2026", "2026-01-01T00:00:00Z", False),
    ("DateLessThanEquals", "2026", "2026-01-01T00:00:00Z", True),
    ("DateGreaterThan", "2026-01-31T12:00:00.5Z", "2026-01-31T12:00:01Z", True),
    ("DateGreaterThan", "2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z", False),
    ("DateGreaterThanEquals", "2026-01-31T12:00Z", "2026-01-31T12:00:00Z", True),
    ("DateLessThan", "2026-02-01", "tomorrow", False),
    ("Bool", "true", "true", True),
    ("Bool", True, "true", True),
    ("Bool", "false", "true", False),
    ("Bool", "False", "false", True),
    ("Bool", "True", "true", True),
    ("Bool", "false", ABSENT, False),
    ("Bool", "true", "yes", False),
    ("BinaryEquals", "cmVk", "cmVk", True),
    ("BinaryEquals", "cmVk", "Ymx1ZQ==", False),
    ("IpAddress", "203.0.113.0/24", "203.0.113.9", True),
    ("IpAddress", "203.0.113.0/24", "203.0.114.9", False),
    ("IpAddress", "203.0.113.9", "203.0.113.9", True),
    ("IpAddress", "203.0.113.9/24", "203.0.113.7", True),
    ("IpAddress", ["10.0.0.0/8", "2001:db8::/32"], "2001:db8::1", True),
    ("IpAddress", "0.0.0.0/0", "203.0.113.9", True),
    ("IpAddress", "0.0.0.0/0", "2001:db8::1", False),
    ("IpAddress", "10.0.0.0/8", ABSENT, False),
    ("IpAddress", "10.0.0.0/8", "somewhere", False),
    ("NotIpAddress", "203.0.113.0/24", "198.51.100.1", True),
    ("NotIpAddress", "203.0.113.0/24", "203.0.113.9", False),
    ("NotIpAddress", "203.0.113.0/24", ABSENT, True),
    ("ArnEquals", "arn:aws:iam::111111111111:role/*", "arn:aws:iam::111111111111:role/a/b", True),
    ("ArnEquals", "arn:aws:iam::111111111111:role/?", "arn:aws:iam::111111111111:role/a", True),
    ("ArnEquals", "arn:aws:iam::111111111111:role/A", "arn:aws:iam::111111111111:role/a", False),
    ("ArnLike", "arn:aws:*:*:*:a", "arn:aws:sns:us-east-1:111111111111:a", True),
    ("ArnLike", "arn:aws:*:a", "arn:aws:sns:us-east-1:111111111111:a", False),  # a wildcard stays in its part
    ("ArnLike", "arn:aws:logs:*:*:*", "arn:aws:logs:us-east-1:111111111111:log-group:a:b", True),
    ("ArnLike", "*", "arn:aws:sns:us-east-1:111111111111:a", False),  # six parts, or nothing
    ("ArnNotEquals", "arn:aws:sns:*:*:a", "arn:aws:sns:us-east-1:111111111111:b", True),
    ("ArnNotEquals", "arn:aws:sns:*:*:a", ABSENT, True),
    ("ArnNotLike", "arn:aws:sns:*:*:a", "arn:aws:sns:us-east-1:111111111111:a", False),
    # IfExists
    ("StringEqualsIfExists", "red", ABSENT, True),
    ("StringEqualsIfExists", "red", "blue", False),
    ("BoolIfExists", "false", ABSENT, True),
    ("StringNotEqualsIfExists", "red", ABSENT, True),
    ("StringNotEqualsIfExists", "red", "red", False),
    ("NumericLessThanIfExists", 3600, ABSENT, True),
    # Null
    ("Null", "true", ABSENT, True),
    ("Null", "true", "red", False),
    ("Null", "True", ABSENT, True),
    ("Null", "false", "red", True),
    ("Null", False, ABSENT, False),
    ("Null", ["true", "false"], "red", True),
    ("Null", "true", [], True),
    # multivalued keys
    ("ForAnyValue:StringEquals", ["red", "blue"], ["green", "red"], True),
    ("ForAnyValue:StringEquals", ["red", "blue"], ["green"], False),
    ("ForAnyValue:StringEquals", "red", "red", True),
    ("ForAnyValue:StringEquals", "red", ABSENT, False),
    ("ForAnyValue:StringEquals", "red", [], False),
    ("ForAnyValue:StringNotEquals", ["red", "blue"], ["red", "green"], True),
    ("ForAnyValue:StringNotEquals", ["red", "blue"], ["red", "blue"], False),
    ("ForAnyValue:StringNotEquals", "red", ABSENT, False),
    ("ForAnyValue:StringEqualsIfExists", "red", ABSENT, True),
    ("ForAnyValue:StringLike", "r*", ["green", "rapid"], True),
    ("ForAllValues:StringEquals", ["red", "blue"], ["red"], True),
    ("ForAllValues:StringEquals", ["red", "blue"], ["red", "green"], False),
    ("ForAllValues:StringEquals", "red", ABSENT, True),
    ("ForAllValues:StringEquals", "red", [], True),
    ("ForAllValues:StringNotEquals", ["red", "blue"], ["green"], True),
    ("ForAllValues:StringNotEquals", ["red", "blue"], ["green", "red"], False),
    ("ForAllValues:ArnLike", "arn:aws:sns:*:*:*", ["arn:aws:sns:us-east-1:111111111111:a"], True),
    # a multivalued key without a qualifier: nothing matches, negated or not
    ("StringEquals", "red", ["red"], False),
    ("StringNotEquals", "red", ["blue"], False),
]


@pytest.mark.parametrize(("operator", "written", "requested", "expected"), OPERATIONS)
def test_operators(operator: str, written: Any, requested: Any, expected: bool) -> None:
    context = {} if requested is ABSENT else {"aws:Key": requested}
    assert holds({operator: {"aws:Key": written}}, context) is expected


def test_the_table_has_every_operator() -> None:
    tested = {operator.rpartition(":")[2].removesuffix("IfExists") for operator, *_ in OPERATIONS}
    assert tested == {*OPERATORS, "Null"}


def test_all_operators_and_keys_must_hold() -> None:
    when = {"StringEquals": {"aws:A": "1", "aws:B": "2"}, "Bool": {"aws:C": "true"}}
    assert holds(when, {"aws:A": "1", "aws:B": "2", "aws:C": "true"})
    assert not holds(when, {"aws:A": "1", "aws:B": "3", "aws:C": "true"})
    assert not holds(when, {"aws:A": "1", "aws:B": "2"})


def test_keys_are_not_case_sensitive() -> None:
    assert holds({"StringEquals": {"AWS:sourcevpc": "vpc-1"}}, {"aws:SourceVpc": "vpc-1"})
    assert holds({"StringEquals": {"aws:principaltag/TEAM": "red"}}, {}, Team="red")


# who asks, key, the value that is filled in
DERIVED: list[tuple[Any, str, str | None]] = [
    (ROLE, "aws:PrincipalArn", "arn:aws:iam::111111111111:role/train"),
    (role(name="teams/red/train"), "aws:PrincipalArn", "arn:aws:iam::111111111111:role/teams/red/train"),
    (ROLE, "aws:PrincipalAccount", OWN),
    (ROLE, "aws:PrincipalType", "AssumedRole"),
    (ROLE, "aws:PrincipalIsAWSService", "false"),
    (ROLE, "aws:username", None),
    (ROLE, "aws:userid", None),
    (ROLE, "aws:ResourceAccount", OWN),
    (USER, "aws:username", "eve"),
    (USER, "aws:PrincipalType", "User"),
    (root(), "aws:PrincipalArn", "arn:aws:iam::111111111111:root"),
    (root(), "aws:PrincipalType", "Account"),
    (root(), "aws:userid", OWN),
    (service(), "aws:PrincipalIsAWSService", "true"),
    (service(), "aws:PrincipalServiceName", "events.amazonaws.com"),
    (service(), "aws:PrincipalArn", None),
    (service(), "aws:PrincipalAccount", None),
    (ANONYMOUS, "aws:PrincipalType", "Anonymous"),
    (ANONYMOUS, "aws:PrincipalArn", None),
    (ANONYMOUS, "aws:PrincipalAccount", "anonymous"),
]


@pytest.mark.parametrize(("caller", "key", "value"), DERIVED)
def test_keys_that_follow_from_the_request(caller: Any, key: str, value: str | None) -> None:
    when = {"Null": {key: "true"}} if value is None else {"StringEquals": {key: value}}
    assert ask(caller, resource=policy(deny(to="*", when=when))).effect is DENIED


def test_what_is_given_wins() -> None:
    when = {"StringEquals": {"aws:PrincipalArn": "arn:aws:iam::111111111111:role/other"}}
    assert holds(when, {"aws:principalarn": "arn:aws:iam::111111111111:role/other"})
