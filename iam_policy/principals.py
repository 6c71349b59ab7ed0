"""The Principal and NotPrincipal elements of resource policies and trust policies.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from iam_policy.errors import PolicyError, Unsupported, nearest
from iam_policy.request import WITHOUT_ACCOUNT, Principal

TYPES = ("AWS", "Service", "Federated", "CanonicalUser")
_ARN = re.compile(
    r"arn:[a-z-]+:(iam::(?P<account>\d{12}):(root|user/.+|role/.+)|sts::\d{12}:(assumed-role|federated-user)/.+)"
)
_OTHER = re.compile(r"\*|\d{12}|A[A-Z]{3}[A-Z0-9]{12,}")  # everyone, an account, a unique id


class Match(enum.IntEnum):
    """How closely a statement names the caller; what it is worth depends on it."""

    NONE = 0
    ACCOUNT = 1  # its account: delegates to the account's identity policies
    ROLE = 2  # the role of the session: limited by its boundary and session policies
    DIRECT = 3  # the user, session or service itself, or everyone


#: looked up once: of an enumeration, that takes longer than the comparison
NONE, DIRECT = Match.NONE, Match.DIRECT


@dataclass(frozen=True)
class Principals:
    """Who a statement is about: values by type, in the policy's order; everyone is `AWS: *`."""

    aws: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    federated: tuple[str, ...] = ()
    negated: bool = False

    def match(self, caller: Principal, *, effect: str, bounded: bool) -> Match:
        """How the statement's principals meet the caller.

        Args:
            caller: who asks.
            effect: of the statement, for NotPrincipal.
            bounded: whether the caller has a permissions boundary; such callers are never exempt from a Deny with
                NotPrincipal ("will always deny any IAM principal that has a permissions boundary policy attached").
        """
        if not self.negated:
            return self._closest(caller)
        if effect == "Allow":
            return Match.NONE if self._closest(caller) else Match.DIRECT
        return Match.NONE if self._exempt(caller) and not bounded else Match.DIRECT

    def _closest(self, caller: Principal) -> Match:
        if caller.kind in WITHOUT_ACCOUNT:
            listed = {"service": self.services, "web-identity": self.federated}.get(caller.kind, ())
            return DIRECT if caller.arn in listed or "*" in self.aws else NONE
        closest = NONE
        for value in self.aws:
            meets = _meets(value, caller)
            closest = max(closest, meets)
        return closest

    def _exempt(self, caller: Principal) -> bool:
        """NotPrincipal with Deny: the caller *and* its account must be listed ("you must also specify the account")."""
        if caller.kind in WITHOUT_ACCOUNT or "*" in self.aws:
            return bool(self._closest(caller))
        met = {_meets(value, caller) for value in self.aws}
        return Match.DIRECT in met if caller.kind == "root" else Match.ACCOUNT in met and len(met - {Match.NONE}) > 1


def _meets(value: str, caller: Principal) -> Match:
    if value == "*":
        return DIRECT
    if caller.kind in WITHOUT_ACCOUNT:
        return NONE
    if value == caller.account:
        return DIRECT if caller.kind == "root" else Match.ACCOUNT
    if value == caller.arn:
        return Match.ROLE if caller.kind == "role" else DIRECT
    return DIRECT if value == caller.session_arn else NONE


def parse(element: Any, *, member: str) -> Principals:
    """`member` is Principal or NotPrincipal.

    Raises:
        PolicyError: a wrong shape or value.
        Unsupported: canonical users.
    """
    negated = member == "NotPrincipal"
    if element == "*":
        return Principals(("*",), negated=negated)
    if not isinstance(element, Mapping) or not element:
        raise PolicyError(f"{member}: expected '*' or an object, got {element!r}")
    by_type: dict[str, tuple[str, ...]] = {}
    for kind, values in element.items():
        if kind not in TYPES:
            raise PolicyError(f"{member}.{kind}: expected {', '.join(TYPES)}{nearest(str(kind), TYPES)}")
        if kind == "CanonicalUser":
            raise Unsupported(f"{member}.CanonicalUser: name the account instead")
        listed = values if isinstance(values, list | tuple) else [values]
        if not listed or not all(isinstance(value, str) and value for value in listed):
            raise PolicyError(f"{member}.{kind}: expected one or more strings, got {values!r}")
        by_type[kind] = tuple(listed)
    if "*" in by_type.get("Service", ()):
        raise Unsupported(f"{member}.Service: '*' (every service)")
    return Principals(
        tuple(_aws(by_type.get("AWS", ()), member)),
        by_type.get("Service", ()),
        by_type.get("Federated", ()),
        negated,
    )


def _aws(values: Iterable[str], member: str) -> Iterable[str]:
    """Accounts as 12 digits in both of their spellings; the unique id of a deleted principal meets nobody."""
    for value in values:
        match = _ARN.fullmatch(value)
        if match and value.endswith(":root"):
            yield match["account"]
        elif _OTHER.fullmatch(value) or (match and not set("*?") & set(value)):
            yield value
        else:
            raise PolicyError(
                f"{member}.AWS: {value!r}: expected '*', an account or the ARN of a user, role or session, "
                "without wildcards (use a condition on aws:PrincipalArn)"
            )
