"""Stack policies: which updates of which resources a stack allows.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/protect-stack-resources.html
"""

from __future__ import annotations

import fnmatch
import json
from typing import Any

from rehearsal.cloudformation.template import error

LIMIT = 16_384  # bytes
ACTIONS = ("Update:Modify", "Update:Replace", "Update:Delete", "Update:*", "*")
_MEMBERS = {"Sid", "Effect", "Principal", "Action", "NotAction", "Resource", "NotResource", "Condition"}
_TESTS = ("StringEquals", "StringLike", "StringNotEquals", "StringNotLike")


def read(text: str) -> str:
    """A policy that can be one, as it was given. Raises ValidationError."""
    if len(text.encode()) > LIMIT:
        raise error(f"Stack policy may not exceed {LIMIT} bytes.")
    try:
        for statement in _statements(text):
            _check(statement)
    except (ValueError, AttributeError, TypeError, KeyError) as cause:
        raise error(f"Error validating stack policy: Malformed input ({cause})") from None
    return text


def denied(text: str | None, action: str, logical_id: str, kind: str) -> str | None:
    """Why a policy forbids an action (`Update:Modify`) on a resource, or None. What nothing allows is forbidden."""
    if text is None:
        return None
    allowed = False
    for number, statement in enumerate(_statements(text), 1):
        if not _applies(statement, action, logical_id, kind):
            continue
        if statement["Effect"] == "Deny":
            return _reason(f"Statement [#{number}] denies", action, logical_id)
        allowed = True
    return None if allowed else _reason("no statement allows", action, logical_id)


def _reason(who: str, action: str, logical_id: str) -> str:
    return f"Action denied by stack policy: {who} [{action}] for resource [LogicalResourceId/{logical_id}];"


def _statements(text: str) -> list[dict[str, Any]]:
    held = json.loads(text)["Statement"]
    return list(held) if isinstance(held, list) else [held]


def _check(statement: dict[str, Any]) -> None:
    unknown = sorted(statement.keys() - _MEMBERS)
    if unknown:
        raise ValueError(f"unknown element {unknown[0]}")
    if statement["Effect"] not in ("Allow", "Deny"):
        raise ValueError(f"Effect is {statement['Effect']!r}, expected Allow or Deny")
    if statement.get("Principal") not in ("*", {"AWS": "*"}):
        raise ValueError(f"Principal is {statement.get('Principal')!r}, expected '*'")
    for action in _several(statement, "Action") + _several(statement, "NotAction"):
        if action not in ACTIONS:
            raise ValueError(f"Action is {action!r}, expected one of {', '.join(ACTIONS)}")
    for operator, tests in (statement.get("Condition") or {}).items():
        if operator not in _TESTS or set(tests) != {"ResourceType"}:
            raise ValueError(
                f"Condition {operator} of {', '.join(tests)}, expected {', '.join(_TESTS)} of ResourceType"
            )
    if not statement.keys() & {"Action", "NotAction"} or not statement.keys() & {"Resource", "NotResource"}:
        raise ValueError("a statement needs Action and Resource, or NotAction and NotResource")


def _applies(statement: dict[str, Any], action: str, logical_id: str, kind: str) -> bool:
    acts = any(fnmatch.fnmatchcase(action, each) for each in _several(statement, "Action", "NotAction"))
    name = f"LogicalResourceId/{logical_id}"
    named = any(fnmatch.fnmatchcase(name, each) for each in _several(statement, "Resource", "NotResource"))
    if acts is ("NotAction" in statement) or named is ("NotResource" in statement):
        return False
    tests = (statement.get("Condition") or {}).items()
    return all(_holds(operator, held["ResourceType"], kind) for operator, held in tests)


def _holds(operator: str, held: Any, kind: str) -> bool:
    values = held if isinstance(held, list) else [held]
    like = operator.endswith("Like")
    met = any(fnmatch.fnmatchcase(kind, each) if like else each == kind for each in values)
    return met is not ("Not" in operator)


def _several(statement: dict[str, Any], *names: str) -> list[str]:
    held: Any = next((statement[name] for name in names if name in statement), [])
    return list(held) if isinstance(held, list) else [held]
