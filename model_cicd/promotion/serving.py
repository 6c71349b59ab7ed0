"""What an environment serves, as its endpoint stack says it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: stacks in these states hold no endpoint and never did
NEVER_SERVED = ("REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_COMPLETE")


def outputs(stack: Mapping[str, Any]) -> dict[str, str]:
    """The outputs of a stack as DescribeStacks answers it, by key."""
    return {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs") or []}


def served(stack: Mapping[str, Any] | None) -> str:
    """The version that a stack serves, in words for an approval: `version 3 (commit 1a2b3c4d5e6f)`."""
    if stack is None or stack["StackStatus"] in NEVER_SERVED:
        return "nothing, it has no endpoint yet"
    found = outputs(stack)
    if "Version" not in found:
        return f"unknown (its stack is in {stack['StackStatus']})"
    return f"version {found['Version']} (commit {found.get('Commit', 'unknown')[:12]})"


def blocked(stack: Mapping[str, Any] | None) -> bool:
    """Whether a first deployment failed and left a stack that CloudFormation will not update."""
    return stack is not None and stack["StackStatus"] in ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED")
