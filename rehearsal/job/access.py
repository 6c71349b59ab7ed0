"""What a rehearsal found out about permissions, in words; the report holds it in full."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

PROVED = (
    "IAM allows it: every call was decided by the caller's policies, the resource's policy and a truthful context, "
    "as were the roles that services took on"
)
NOT_DECIDED = "that IAM would allow it: no call was decided (--iam off)"
NOT_ENFORCED = "that IAM allows it: what would have been denied was let through (--iam audit)"
LIMITS = "what no policy here says: your service control policies, policies of VPC endpoints, MFA, network conditions"
_SHOWN = 20


def proved(found: Mapping[str, Any] | None) -> tuple[str, ...]:
    """What the part `iam` of a report proves, if anything."""
    return (PROVED,) if found and found["mode"] == "enforce" else ()


def not_proved(found: Mapping[str, Any] | None) -> tuple[str, ...]:
    """What it does not."""
    mode = found["mode"] if found else "off"
    return (LIMITS,) if mode == "enforce" else (NOT_ENFORCED if mode == "audit" else NOT_DECIDED,)


def summary(found: Mapping[str, Any] | None) -> Iterator[str]:
    """Lines: how much was decided, what was denied, how much of what roles may do was not used."""
    if not found or found["mode"] == "off":
        return
    denied, roles = found["denied"], found["roles"]
    words = "denied" if found["mode"] == "enforce" else "would have been denied"
    yield f"IAM: {found['decisions']} decisions, {sum(each['count'] for each in denied)} {words}"
    for each in denied[:_SHOWN]:
        yield f"  - {each['text']}" + (f" ({each['count']} times)" if each["count"] > 1 else "")
    if len(denied) > _SHOWN:
        yield f"  - and {len(denied) - _SHOWN} more"
    if found["unmapped"]:
        yield f"  operations whose permissions are not known here: {', '.join(found['unmapped'])}"
    idle = sum(len(each["unused"]) for each in roles.values())
    used = sum(1 for each in roles.values() if each["used"])
    yield (
        f"  {used} of {len(roles)} roles were used; {idle} of their own grants never were: `iam.roles` of the report "
        "(--report) lists them"
    )
