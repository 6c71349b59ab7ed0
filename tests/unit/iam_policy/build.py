"""Short words for the tables: principals, statements, policies."""

from __future__ import annotations

from typing import Any

from iam_policy import Decision, Effect, Policies, Policy, Principal, Request, decide

OWN, OTHER = "111111111111", "222222222222"
OBJECT, BUCKET = "arn:aws:s3:::models/live/model.tar.gz", "arn:aws:s3:::models"
KEY = f"arn:aws:kms:us-east-1:{OWN}:key/1234"
ROLE_TO_ASSUME = f"arn:aws:iam::{OWN}:role/deploy"
ROOT = f"arn:aws:iam::{OWN}:root"
OTHER_ROOT = f"arn:aws:iam::{OTHER}:root"

ALLOWED, DENIED, NOT_ALLOWED = Effect.ALLOWED, Effect.EXPLICITLY_DENIED, Effect.IMPLICITLY_DENIED


def role(account: str = OWN, name: str = "train", *, session: str | None = "monday", **tags: str) -> Principal:
    """A role's session."""
    plain = name.rpartition("/")[2]
    arn = f"arn:aws:sts::{account}:assumed-role/{plain}/{session}" if session else None
    return Principal("role", f"arn:aws:iam::{account}:role/{name}", account, arn, tags)


def user(account: str = OWN, name: str = "eve") -> Principal:
    """A user."""
    return Principal("user", f"arn:aws:iam::{account}:user/{name}", account)


def root(account: str = OWN) -> Principal:
    """An account's root user."""
    return Principal("root", f"arn:aws:iam::{account}:root", account)


def service(name: str = "events.amazonaws.com") -> Principal:
    """A service that acts in its own name."""
    return Principal("service", name, "")


ANONYMOUS = Principal("anonymous", "", "")
ROLE, USER = role(), user()


def statement(effect: str, action: Any = "*", resource: Any = "*", **members: Any) -> dict[str, Any]:
    """A statement; `resource=None` leaves Resource out; Principal as `to`, Condition as `when`."""
    found: dict[str, Any] = {"Effect": effect}
    if "to" in members:
        found["Principal"] = members.pop("to")
    if "when" in members:
        found["Condition"] = members.pop("when")
    if "NotAction" not in members:
        found["Action"] = action
    if "NotResource" not in members and resource is not None:
        found["Resource"] = resource
    return found | members


def allow(action: Any = "*", resource: Any = "*", **members: Any) -> dict[str, Any]:
    """An Allow statement."""
    return statement("Allow", action, resource, **members)


def deny(action: Any = "*", resource: Any = "*", **members: Any) -> dict[str, Any]:
    """A Deny statement."""
    return statement("Deny", action, resource, **members)


def policy(*statements: dict[str, Any], name: str = "p", version: str = "2012-10-17") -> Policy:
    """A policy of these statements."""
    return Policy.parse({"Version": version, "Statement": list(statements)}, name=name)


def ask(
    principal: Principal = ROLE,
    action: str = "s3:GetObject",
    on: str = OBJECT,
    *,
    owner: str = OWN,
    context: dict[str, Any] | None = None,
    **layers: Any,
) -> Decision:
    """Decide; layers are named as in Policies, a single `identity` or `session` policy needs no tuple."""
    for name in ("identity", "session"):
        if isinstance(layers.get(name), Policy):
            layers[name] = (layers[name],)
    return decide(Request(principal, action, on, owner, context or {}), Policies(**layers))
