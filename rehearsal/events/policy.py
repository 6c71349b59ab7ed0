"""The resource policy of an event bus: who else may put events on it. What it cannot decide it refuses to store.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-bus-perms.html
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rehearsal.api import ApiError, Params

_KEYS = ("aws:PrincipalOrgID", "aws:PrincipalArn", "aws:PrincipalAccount", "aws:SourceAccount", "aws:SourceArn",
         "events:source", "events:detail-type")  # fmt: skip
_OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda value, wanted: value == wanted,
    "StringLike": fnmatch.fnmatchcase,
    "ArnEquals": fnmatch.fnmatchcase,
    "ArnLike": fnmatch.fnmatchcase,
}
_MEMBERS = {"Sid", "Effect", "Principal", "Action", "Resource", "Condition"}


@dataclass(frozen=True)
class Request:
    """A PutEvents on a bus: who (account and ARN of user or role), in which organization, with what event."""

    account: str
    principal: str
    organization: str | None
    source: str
    detail_type: str

    def value(self, key: str) -> str | None:
        """The value of a condition key, or None when the request has none."""
        return {
            "aws:principalorgid": self.organization,
            "aws:principalarn": self.principal,
            "aws:principalaccount": self.account,
            "aws:sourceaccount": self.account,
            "events:source": self.source,
            "events:detail-type": self.detail_type,
        }.get(key.lower())


def check(statements: Iterable[Params]) -> None:
    """Refuse statements that `allows` could not decide, naming what it is. Raises ApiError."""
    for number, statement in enumerate(statements):
        place = f"statement {statement.get('Sid', number)} of the event bus policy"
        unknown = sorted(set(statement) - _MEMBERS)
        if unknown:
            raise ApiError("ValidationException", f"the embedded AWS does not support {', '.join(unknown)} in {place}")
        if statement.get("Effect") not in ("Allow", "Deny") or not statement.get("Action"):
            raise ApiError("ValidationException", f"{place}: Effect (Allow or Deny) and Action are required")
        if "Principal" not in statement or _principals(statement["Principal"]) is None:
            raise ApiError("ValidationException", f"{place}: Principal must be *, an account or an ARN")
        for operator, keys in (statement.get("Condition") or {}).items():
            known = {key.lower() for key in _KEYS}
            bad = [operator] if operator not in _OPERATORS else [key for key in keys if key.lower() not in known]
            if bad:
                text = f"the embedded AWS does not support condition {', '.join(bad)} in {place}"
                raise ApiError("ValidationException", text)


def allows(statements: Iterable[Params], bus_arn: str, request: Request) -> bool:
    """Whether the policy lets a foreign account put an event on the bus."""
    matching = [statement for statement in statements if _matches(statement, bus_arn, request)]
    return bool(matching) and all(statement["Effect"] == "Allow" for statement in matching)


def _matches(statement: Mapping[str, Any], bus_arn: str, request: Request) -> bool:
    actions = [action.lower() for action in _list(statement["Action"])]
    if not any(fnmatch.fnmatchcase("events:putevents", action) for action in actions):
        return False
    if not any(fnmatch.fnmatchcase(bus_arn, resource) for resource in _list(statement.get("Resource", "*"))):
        return False
    if not any(_is(principal, request) for principal in _principals(statement["Principal"]) or []):
        return False
    for operator, keys in (statement.get("Condition") or {}).items():
        for key, wanted in keys.items():
            value = request.value(key)
            if value is None or not any(_OPERATORS[operator](value, each) for each in _list(wanted)):
                return False
    return True


def _principals(principal: Any) -> list[str] | None:
    if principal == "*":
        return ["*"]
    if isinstance(principal, Mapping) and set(principal) <= {"AWS", "Service"}:
        return _list(principal.get("AWS", []))
    return None


def _is(principal: str, request: Request) -> bool:
    root = re.match(r"^(?:arn:[\w-]+:iam::)?(\d{12})(?::root)?$", principal)
    return principal == "*" or (root is not None and root[1] == request.account) or principal == request.principal


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [value]
