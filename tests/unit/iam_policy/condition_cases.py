"""Random conditions, and request contexts that meet them now and then."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from iam_policy import Request

Written = tuple[Any, ...]


@dataclass(frozen=True)
class Kind:
    """Keys of one type, the operators of the type, what a request and what a policy says."""

    keys: tuple[str, ...]
    operators: tuple[str, ...]
    requested: tuple[str, ...]
    written: Written
    multivalued: bool = False


_TEXT = ("StringEquals", "StringEqualsIgnoreCase", "StringLike")
_TEXTS = tuple(word for name in _TEXT for word in (name, name.replace("String", "StringNot")))
_ORDER = ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
_WORDS = (
    "red",
    "blue",
    "",
    "Red",
    "r*d",
    "re",
    "${aws:PrincipalTag/team}",
    "${aws:username, 'red'}",
    "r?d",
    "*",
    "r${*}d",
)
_ARNS = tuple(f"Arn{name}" for name in ("Equals", "NotEquals", "Like", "NotLike"))

KINDS = (
    Kind(
        ("aws:SourceVpce", "aws:PrincipalTag/team", "aws:SourceIdentity"), _TEXTS, ("red", "blue", "Red", "r*d"), _WORDS
    ),
    Kind(("aws:username", "AWS:PrincipalAccount"), _TEXTS, ("red", "111111111111"), (*_WORDS, "111111111111")),
    Kind(("aws:TagKeys", "aws:PrincipalOrgPaths", "aws:CalledVia"), _TEXTS, ("red", "blue", "Red"), _WORDS, True),
    Kind(
        ("aws:SecureTransport", "aws:MultiFactorAuthPresent", "aws:PrincipalIsAWSService"),
        ("Bool",),
        ("true", "false"),
        ("true", "false", True, False, "True"),
    ),
    Kind(
        ("aws:MultiFactorAuthAge",),
        tuple(f"Numeric{name}" for name in _ORDER),
        ("0", "10", "3600"),
        (0, 10, "10", 10.5, "3600", "-1", "10.0"),
    ),
    Kind(
        ("aws:CurrentTime", "aws:TokenIssueTime"),
        tuple(f"Date{name}" for name in _ORDER),
        ("2026-01-31T12:00:00Z", "2026-01-31T13:00:00Z", "2026-02-01T00:00:00Z", "2026-01-31T12:00:00.500Z"),
        (
            *("2026-01-31T12:00:00Z", "2026-01-31", "2026-02-01", "1769860800", "2026-01-31T12:00:01Z"),
            *("2026-01-31T13:00:00+01:00", "2026-01-31T12:00Z", "2026"),
        ),
    ),
    Kind(
        ("aws:SourceIp", "aws:VpcSourceIp"),
        ("IpAddress", "NotIpAddress"),
        ("203.0.113.9", "10.0.0.1", "2001:db8::1"),
        (
            "203.0.113.0/24",
            "203.0.113.9",
            "203.0.113.8/31",
            "10.0.0.0/8",
            "2001:db8::/32",
            "2001:DB8:0:0::1",
            "0.0.0.0/0",
        ),
    ),
    Kind(
        ("aws:SourceArn", "aws:PrincipalArn"),
        _ARNS,
        ("arn:aws:iam::111111111111:role/deploy", "arn:aws:events:us-east-1:111111111111:rule/red/1"),
        (
            "arn:aws:iam::111111111111:role/deploy",
            "arn:aws:iam::111111111111:role/*",
            "arn:aws:iam::*:*/deploy",
            "arn:aws:*:*:*:rule/red/?",
            "arn:aws:events:us-east-?:111111111111:rule/${aws:PrincipalTag/team}/*",
        ),
    ),
    Kind(("aws:UserAgent",), ("BinaryEquals",), ("cmVk", "Ymx1ZQ=="), ("cmVk", "Ymx1ZQ==")),
)
#: twice as often as the others: what a set of values means is easily mistaken
MANY = next(kind for kind in KINDS if kind.multivalued)


def context(chance: random.Random) -> dict[str, str | list[str]]:
    """Some keys of every kind. Those that follow from the principal are left to the engine."""
    found: dict[str, str | list[str]] = {}
    for kind in KINDS:
        for key in kind.keys:
            if key.lower().startswith(("aws:principal", "aws:username")) and not kind.multivalued:
                continue
            if chance.random() < 0.35:
                continue
            if kind.multivalued:
                found[key] = chance.sample(kind.requested, chance.choice((1, 1, 2, 3)))
            else:
                found[key] = chance.choice(kind.requested)
    return found


def condition(chance: random.Random, request: Request) -> dict[str, Any]:
    """A Condition element with one or two operators."""
    found: dict[str, Any] = {}
    for _ in range(chance.choice((1, 1, 1, 2))):
        kind = chance.choice((*KINDS, MANY))
        key = chance.choice(kind.keys)
        if chance.random() < 0.15:
            key = key.upper()
        if chance.random() < 0.1:
            found.setdefault("Null", {})[key] = chance.choice(("true", "false", True, False))
            continue
        name = chance.choice(kind.operators)
        if chance.random() < (0.85 if kind.multivalued else 0.06):
            name = f"{chance.choice(('ForAnyValue', 'ForAllValues'))}:{name}"
        if chance.random() < 0.2:
            name += "IfExists"
        values = [_value(chance, kind, key, request) for _ in range(chance.choice((1, 1, 2)))]
        found.setdefault(name, {})[key] = values[0] if len(values) == 1 and chance.random() < 0.5 else values
    return found


def _value(chance: random.Random, kind: Kind, key: str, request: Request) -> Any:
    """What the request says, often, so that conditions hold."""
    for given, value in request.context.items():
        if given.lower() == key.lower() and value and chance.random() < 0.4:
            return value if isinstance(value, str) else chance.choice(value)
    return chance.choice(kind.written)
