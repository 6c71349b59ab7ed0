"""Roles that services take on: whether one exists and whom it trusts.

Only Effect, Principal and the kind of action are looked at: conditions of a trust policy are not decided here.
"""

from __future__ import annotations

import json
from typing import Any

from moto.iam.models import iam_backends

from rehearsal.accounts import ROLE_ARN


def trusts_service(role: str, service: str) -> bool:
    """Whether the role (an ARN) exists and its trust policy names the service principal (`events.amazonaws.com`)."""
    return any(service in _list(principal.get("Service")) for principal in _trusted(role))


def trusts_role(role: str, other: str) -> bool:
    """Whether the role exists and its trust policy names the other role or that role's account."""
    found = ROLE_ARN.match(other)
    if found is None:
        return False
    account = found["account"]
    names = {"*", other, account, f"arn:{found['partition']}:iam::{account}:root"}
    return any(names & set(_list(principal.get("AWS"))) for principal in _trusted(role))


def _trusted(role: str) -> list[dict[str, Any]]:
    """The principals that may assume a role; none when there is no such role."""
    found = ROLE_ARN.match(role)
    if found is None:
        return []
    roles = iam_backends[found["account"]][found["partition"]].roles.values()
    made = next((each for each in roles if each.arn == role), None)
    if made is None:
        return []
    policy = made.assume_role_policy_document
    statements = _list((json.loads(policy) if isinstance(policy, str) else policy).get("Statement"))
    principals = [each.get("Principal", {}) for each in statements if each.get("Effect") == "Allow"]
    return [{"AWS": "*"} if each == "*" else each for each in principals]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
