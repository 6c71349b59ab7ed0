"""Whether CodeBuild may take on a service role."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from rehearsal.accounts import ROLE_ARN
from rehearsal.codebuild.settings import invalid

if TYPE_CHECKING:
    from rehearsal.world import World


def check_role(world: World, role: str, account: str, region: str) -> None:
    """Raise ApiError when `role` is not a role of `account` that trusts CodeBuild."""
    found = ROLE_ARN.match(role)
    if not found or found["account"] != account:
        raise _untrusted(role)
    try:
        described = world.client("iam", account=account, region=region).get_role(RoleName=found["name"])["Role"]
    except ClientError:
        raise _untrusted(role) from None
    if described["Arn"] != role or not _trusts(described["AssumeRolePolicyDocument"]):
        raise _untrusted(role)


def _trusts(policy: dict[str, Any]) -> bool:
    statements = policy.get("Statement", [])
    for statement in statements if isinstance(statements, list) else [statements]:
        principal = statement.get("Principal", {})
        services = principal.get("Service", []) if isinstance(principal, dict) else []
        if statement.get("Effect") == "Allow" and "codebuild.amazonaws.com" in (
            services if isinstance(services, list) else [services]
        ):
            return True
    return False


def _untrusted(role: str) -> Exception:
    return invalid(f"CodeBuild is not authorized to perform: sts:AssumeRole on {role}")
