"""The stack of an environment, updated as a promotion would: the template that is there, other values of parameters."""

from __future__ import annotations

from typing import Any

from model_cicd.aws.accounts import parameters
from model_cicd.operate.access import Access
from model_cicd.operate.records import Place
from model_cicd.operate.serving import PARAMETER, describe_stack, first_failure
from model_cicd.promotion.redeploy import Redeployment, redeploy
from model_cicd.text.errors import ModelCicdError


def deployed(access: Access, client: Any, place: Place) -> dict[str, Any]:
    """The stack of `place`. Raises ModelCicdError where nothing was promoted yet, or it is being changed."""
    with access.asking("cloudformation:DescribeStacks", f"stack {place.stack_name} of account {place.account}"):
        stack = describe_stack(client, place.stack_name)
    if stack is None or PARAMETER not in parameters(stack):
        raise ModelCicdError(f"{place.name} serves nothing yet: account {place.account} has no {place.stack_name}")
    if stack["StackStatus"].endswith("_IN_PROGRESS"):
        raise ModelCicdError(f"{place.name} is being changed: stack {place.stack_name} is {stack['StackStatus']}")
    return stack


def change(access: Access, client: Any, place: Place, wanted: Redeployment) -> None:
    """Update the stack and wait. Raises ModelCicdError when that fails, and the environment is as it was."""
    with access.asking("cloudformation:CreateChangeSet", f"stack {place.stack_name} of account {place.account}"):
        done = redeploy(lambda: client, wanted)
    if done["StackStatus"] != "UPDATE_COMPLETE":
        cause = _cause(access, client, wanted.stack["StackId"])
        raise ModelCicdError(f"{place.name} stays as it was: {place.stack_name} is {done['StackStatus']}{cause}")


def _cause(access: Access, client: Any, stack_id: str) -> str:
    with access.asking("cloudformation:DescribeStackEvents", stack_id):
        failed = first_failure(client.describe_stack_events(StackName=stack_id)["StackEvents"])
    return f": {failed}" if failed else ""
