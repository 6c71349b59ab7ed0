"""Deleting stacks in other accounts, as the CDK's roles do."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from model_cicd.aws import accounts
from model_cicd.aws.sessions import plain_errors
from model_cicd.text.errors import ModelCicdError

#: CloudFormation gives up on most resources sooner
_LONGEST_SECONDS = 2 * 3600
_PAUSES_SECONDS = (0.5, 1.0, 2.0, 5.0)  # between looks at a stack; the last one stays


@dataclass(frozen=True)
class DeployedStack:
    """A stack that exists; `client` is CloudFormation in its account, as the CDK's deploy role.

    CloudFormation deletes with the role `cfn_exec_role_arn`; `described` is what DescribeStacks answered.
    """

    name: str
    account: str
    cfn_exec_role_arn: str
    client: Any
    stack_id: str
    described: Mapping[str, Any] = field(default_factory=dict, repr=False)


def delete(stacks: Sequence[DeployedStack], say: Callable[[str], None]) -> None:
    """Delete the stacks side by side and wait for all of them. Raises ModelCicdError when one stays."""
    with plain_errors():
        for each in stacks:
            say(f"deleting stack {each.name} in account {each.account}")
            each.client.delete_stack(StackName=each.stack_id, RoleARN=each.cfn_exec_role_arn)
        stayed = [problem for each in stacks if (problem := _wait(each))]
    if stayed:
        raise ModelCicdError("\n".join(stayed))


def _wait(each: DeployedStack, longest_seconds: float = _LONGEST_SECONDS) -> str | None:
    """None once the stack is gone, or why it stays."""
    pauses, deadline = iter(_PAUSES_SECONDS), time.monotonic() + longest_seconds
    while True:
        stack: Mapping[str, Any] | None = accounts.stack(each.client, each.stack_id)
        status = stack["StackStatus"] if stack else "DELETE_COMPLETE"
        if status == "DELETE_COMPLETE":
            return None
        if status != "DELETE_IN_PROGRESS":
            reason = (stack or {}).get("StackStatusReason", "")
            return f"stack {each.name} in account {each.account}: {status} {reason}"
        if time.monotonic() > deadline:
            waited = f"{longest_seconds / 60:.0f} minutes"
            return f"stack {each.name} in account {each.account}: still {status} after {waited}; look at its events"
        time.sleep(next(pauses, _PAUSES_SECONDS[-1]))
