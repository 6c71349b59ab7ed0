"""Whether CodeBuild may take on a service role."""

from __future__ import annotations

from rehearsal.accounts import ROLE_ARN
from rehearsal.codebuild.settings import invalid
from rehearsal.roles import trusts_service


def check_role(role: str, account: str) -> None:
    """Raise ApiError when `role` is not a role of `account` that lets CodeBuild assume it."""
    found = ROLE_ARN.match(role)
    if not found or found["account"] != account or not trusts_service(role, "codebuild.amazonaws.com"):
        raise invalid(f"CodeBuild is not authorized to perform: sts:AssumeRole on {role}")
