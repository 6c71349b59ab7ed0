"""Trust policies, and the quotas of policies. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from moto.iam.models import iam_backends

from rehearsal.api import ApiError
from rehearsal.validation.existence import missing
from rehearsal.validation.rule import Given, Rule, document, length, parsed, several, statements

TRUST_POLICY, MANAGED_POLICY = 2048, 6144  # characters, without white space
INLINE_POLICIES = {"Role": 10_240, "User": 2048, "Group": 5120}  # of all of them together
ATTACHED = 10  # managed policies of a role, user or group


def trust(given: Given) -> None:
    """The trust policy of CreateRole and UpdateAssumeRolePolicy."""
    text = given.params.get("AssumeRolePolicyDocument") or given.params["PolicyDocument"]
    found = document(text, _malformed("This policy contains invalid Json"))
    for statement in statements(found):
        if not statement.keys() & {"Principal", "NotPrincipal"}:
            raise _malformed("Missing required field Principal")
        if statement.keys() & {"Resource", "NotResource"}:
            raise _malformed("Has prohibited field Resource")
        actions = [*several(statement.get("Action")), *several(statement.get("NotAction"))]
        if any(not str(action).lower().startswith("sts:") for action in actions if action != "*"):
            raise _malformed("AssumeRole policy may only specify STS AssumeRole actions.")
    for kind, value in missing(found, given.accounts):
        raise _malformed(f'Invalid principal in policy: "{kind.upper()}":"{value}"')
    _readable(found)
    if length(text) > TRUST_POLICY:
        raise _exceeded("ACLSizePerRole", TRUST_POLICY)


def boundary(given: Given) -> None:
    """The policy that bounds a role or user exists."""
    arn = given.params.get("PermissionsBoundary")
    if arn is None:
        return
    known = iam_backends[given.caller.account][given.caller.partition].managed_policies
    if arn not in known:
        raise ApiError("NoSuchEntity", f"Scope ARN: {arn} does not exist or is not attachable.", 404)


def role(given: Given) -> None:
    """A new role: its name, whose case makes no difference, its trust policy and its boundary."""
    name = given.params["RoleName"]
    roles = iam_backends[given.caller.account][given.caller.partition].roles.values()
    if any(each.name != name and each.name.lower() == name.lower() for each in list(roles)):
        raise ApiError("EntityAlreadyExists", f"Role with name {name} already exists.", 409)
    trust(given)
    boundary(given)


def managed(given: Given) -> None:
    """The document of a managed policy."""
    text = given.params["PolicyDocument"]
    _of_identity(text)
    if length(text) > MANAGED_POLICY:
        raise _exceeded("PolicySize", MANAGED_POLICY)


def inline(kind: str) -> Rule:
    """The inline policies of a role, user or group, together."""

    def check(given: Given) -> None:
        text, limit = given.params["PolicyDocument"], INLINE_POLICIES[kind]
        _of_identity(text)
        name = given.params[f"{kind}Name"]
        others = {
            policy: held if isinstance(held, str) else json.dumps(held)
            for policy, held in dict(getattr(_find(given, kind), "policies", {})).items()
            if policy != given.params["PolicyName"]
        }
        if length(text) + sum(map(length, others.values())) > limit:
            raise _limit(f"Maximum policy size of {limit} bytes exceeded for {kind.lower()} {name}")

    return check


def attach(kind: str) -> Rule:
    """One more managed policy of a role, user or group."""

    def check(given: Given) -> None:
        attached: Mapping[str, Any] = getattr(_find(given, kind), "managed_policies", {})
        if given.params["PolicyArn"] not in attached and len(attached) >= ATTACHED:
            raise _exceeded(f"PoliciesPer{kind}", ATTACHED)

    return check


def _find(given: Given, kind: str) -> Any | None:
    backend = iam_backends[given.caller.account][given.caller.partition]
    held: dict[str, Any] = getattr(backend, f"{kind.lower()}s")
    return next((each for each in list(held.values()) if each.name == given.params[f"{kind}Name"]), None)


def _of_identity(text: str) -> None:
    found = document(text, _malformed("Syntax errors in policy."))
    if any(statement.keys() & {"Principal", "NotPrincipal"} for statement in statements(found)):
        raise _malformed("Policy document should not specify a principal.")
    _readable(found)


def _readable(found: dict[str, Any]) -> None:
    try:
        parsed(found, "the policy")
    except ValueError as cause:
        raise _malformed(f"Syntax errors in policy. ({cause})") from None


def _malformed(message: str) -> ApiError:
    return ApiError("MalformedPolicyDocument", message)


def _exceeded(quota: str, limit: int) -> ApiError:
    return _limit(f"Cannot exceed quota for {quota}: {limit}")


def _limit(message: str) -> ApiError:
    return ApiError("LimitExceeded", message, 409)


def _of_each(prefix: str, suffix: str, rule: Callable[[str], Rule]) -> dict[tuple[str, str], Rule]:
    return {("iam", f"{prefix}{kind}{suffix}"): rule(kind) for kind in INLINE_POLICIES}


RULES: dict[tuple[str, str], Rule] = {
    ("iam", "CreateRole"): role,
    ("iam", "CreateUser"): boundary,
    ("iam", "PutRolePermissionsBoundary"): boundary,
    ("iam", "PutUserPermissionsBoundary"): boundary,
    ("iam", "UpdateAssumeRolePolicy"): trust,
    ("iam", "CreatePolicy"): managed,
    ("iam", "CreatePolicyVersion"): managed,
    **_of_each("Put", "Policy", inline),
    **_of_each("Attach", "Policy", attach),
}
