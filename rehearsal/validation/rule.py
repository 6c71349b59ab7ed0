"""What a rule is given, and what documents of policies have in common."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from iam_policy import Policy, PolicyError, Unsupported
from rehearsal.accounts import Accounts
from rehearsal.api import ApiError, Caller, Params


@dataclass(frozen=True)
class Given:
    """A request that a rule looks at, and whose it is."""

    service: str
    operation: str
    params: Params
    caller: Caller
    accounts: Accounts


Rule = Callable[[Given], None]
"""Raises ApiError for what AWS refuses."""


def document(text: str, unreadable: ApiError) -> dict[str, Any]:
    """A policy document. Raises `unreadable` when the text is no JSON object."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise unreadable from None
    if not isinstance(found, dict):
        raise unreadable
    return found


def parsed(found: dict[str, Any], name: str) -> Policy | None:
    """A document as the decisions read it, None when they cannot. Raises ValueError: what IAM would refuse."""
    try:
        return Policy.parse(found, name=name)
    except Unsupported:
        return None
    except PolicyError as cause:
        raise ValueError(str(cause)) from None


def statements(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The statements of a document, one by itself too."""
    held = found.get("Statement")
    return [each for each in (held if isinstance(held, list) else [held]) if isinstance(each, dict)]


def several(value: Any) -> list[Any]:
    """What stands alone or in a list."""
    return value if isinstance(value, list) else [] if value is None else [value]


def named_principals(found: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The type and value of everybody that a document names, everyone as `AWS` and `*`."""
    for statement in statements(found):
        for member in ("Principal", "NotPrincipal"):
            held = statement.get(member)
            if isinstance(held, str):
                yield "AWS", held
            elif isinstance(held, dict):
                yield from ((kind, str(value)) for kind, values in held.items() for value in several(values))


def length(text: str) -> int:
    """The characters of a policy that count: white space does not.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    """
    return sum(not each.isspace() for each in text)
