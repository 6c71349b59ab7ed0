"""Condition operators: how one value of the request is compared with the values of a condition.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import base64
import binascii
import datetime
import ipaddress
import math
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from iam_policy import arn
from iam_policy.errors import PolicyError
from iam_policy.text import Lookup, Tokens, pattern, plain, resolve, tokens

Test = Callable[[str, Lookup], bool]
"""Whether one value of the request, the variables given, matches one value of the condition."""


@dataclass(frozen=True)
class Base:
    """An operator without its qualifier and IfExists.

    Attributes:
        compile: makes a test of a value as written; raises PolicyError when it is not of the operator's type.
        negated: the condition holds when *no* value matches, and when the key is absent.
    """

    compile: Callable[[str, bool], Test]
    negated: bool = False


def _text(match: Callable[[Tokens, str], bool]) -> Callable[[str, bool], Test]:
    """Operators whose values may hold policy variables; one without a value matches nothing."""

    def compiled(written: str, variables: bool) -> Test:
        parsed = tokens(written, variables=variables)

        def test(value: str, lookup: Lookup) -> bool:
            resolved = resolve(parsed, lookup)
            return resolved is not None and match(resolved, value)

        return test

    return compiled


def _typed(parse: Callable[[str], Any], compare: Callable[[Any, Any], bool]) -> Callable[[str, bool], Test]:
    """Operators on values of a type, without variables; a value of the request that is not of it matches nothing."""

    def compiled(written: str, variables: bool) -> Test:
        if variables and "${" in written:
            raise PolicyError(f"{written!r}: policy variables work with string and ARN operators only")
        wanted = parse(written)

        def test(value: str, lookup: Lookup) -> bool:
            try:
                return compare(parse(value), wanted)
            except PolicyError:
                return False

        return test

    return compiled


def _number(text: str) -> float:
    if not re.fullmatch(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", text):
        raise PolicyError(f"{text!r}: expected a number")
    return float(text)


_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(Z|[+-]\d\d:?\d\d))?)?)?")


def _date(text: str) -> float:
    """Seconds since 1970: an epoch number or the W3C profile of ISO 8601 (https://www.w3.org/TR/NOTE-datetime)."""
    match = _DATE.fullmatch(text)
    if match is None or (match[2] is None and len(text) != 4):
        if re.fullmatch(r"\d+(\.\d+)?", text):
            return float(text)
        raise PolicyError(f"{text!r}: expected a date such as 2026-01-31T12:00:00Z or seconds since 1970")
    year, month, day, hour, minute, second = (int(match[index] or least) for index, least in _LEAST)
    zone = match[8] or "Z"
    offset = 0 if zone == "Z" else int(zone[0] + "1") * (int(zone[1:3]) * 60 + int(zone[-2:]))
    try:
        moment = datetime.datetime(year, month, day, hour, minute, second, tzinfo=datetime.UTC)
    except ValueError as error:
        raise PolicyError(f"{text!r}: {error}") from error
    return moment.timestamp() - offset * 60 + float(f"0.{match[7] or 0}")


_LEAST = ((1, 1), (2, 1), (3, 1), (4, 0), (5, 0), (6, 0))


def _bool(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise PolicyError(f"{text!r}: expected true or false")
    return text.lower() == "true"


def _binary(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise PolicyError(f"{text!r}: expected base64") from error


Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise PolicyError(f"{text!r}: expected an IP address or a range such as 203.0.113.0/24") from error


def _within(inner: Network, outer: Network) -> bool:
    if isinstance(inner, ipaddress.IPv4Network):
        return isinstance(outer, ipaddress.IPv4Network) and inner.subnet_of(outer)
    return isinstance(outer, ipaddress.IPv6Network) and inner.subnet_of(outer)


def _near(first: float, second: float) -> bool:
    return math.isclose(first, second, rel_tol=1e-12, abs_tol=1e-12)


_equals = _text(lambda wanted, value: plain(wanted) == value)
_equals_ignore_case = _text(lambda wanted, value: plain(wanted).lower() == value.lower())
_like = _text(lambda wanted, value: pattern(wanted).fullmatch(value) is not None)
_arn = _text(arn.like)
_ip = _typed(_network, _within)

OPERATORS: dict[str, Base] = {
    "StringEquals": Base(_equals),
    "StringNotEquals": Base(_equals, negated=True),
    "StringEqualsIgnoreCase": Base(_equals_ignore_case),
    "StringNotEqualsIgnoreCase": Base(_equals_ignore_case, negated=True),
    "StringLike": Base(_like),
    "StringNotLike": Base(_like, negated=True),
    "Bool": Base(_typed(_bool, operator.eq)),
    "BinaryEquals": Base(_typed(_binary, operator.eq)),
    "IpAddress": Base(_ip),
    "NotIpAddress": Base(_ip, negated=True),
    "ArnEquals": Base(_arn),
    "ArnNotEquals": Base(_arn, negated=True),
    "ArnLike": Base(_arn),
    "ArnNotLike": Base(_arn, negated=True),
}
for _kind, _parse in (("Numeric", _number), ("Date", _date)):
    OPERATORS |= {
        f"{_kind}Equals": Base(_typed(_parse, _near)),
        f"{_kind}NotEquals": Base(_typed(_parse, _near), negated=True),
        f"{_kind}LessThan": Base(_typed(_parse, operator.lt)),
        f"{_kind}LessThanEquals": Base(_typed(_parse, operator.le)),
        f"{_kind}GreaterThan": Base(_typed(_parse, operator.gt)),
        f"{_kind}GreaterThanEquals": Base(_typed(_parse, operator.ge)),
    }
