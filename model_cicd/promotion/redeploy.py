"""An endpoint stack on another release: the template that is deployed there, other values of what promotions give."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from model_cicd.aws.accounts import parameters
from model_cicd.text.errors import ModelCicdError

_ROLLBACK_TOKEN = "rollback-to-"
_ROLLBACK = re.compile(rf"{_ROLLBACK_TOKEN}(\d+)(-.*)?")
_POLL_SECONDS = (0.5, 1, 2, 4, 8, 10)


@dataclass(frozen=True)
class Redeployment:
    """What is to be done to a stack, as DescribeStacks answers it: `parameters` get values, the others keep theirs.

    CloudFormation acts with `cfn_exec_role_arn`, on a change set of the name `change_set`; the events of the stack have
    `token`, if any.
    """

    stack: Mapping[str, Any]
    parameters: Mapping[str, str]
    cfn_exec_role_arn: str
    change_set: str
    token: str = ""


def rollback_token(version: int | str) -> str:
    """A new token by which the events of a stack say that a version serves again: nothing else does, for 90 days."""
    return f"{_ROLLBACK_TOKEN}{version}-{uuid.uuid4()}"


def rolled_back_to(token: str) -> int | None:
    """The version in a token of a rollback, or None of any other one."""
    found = _ROLLBACK.fullmatch(token)
    return int(found[1]) if found else None


def redeploy(client: Callable[[], Any], wanted: Redeployment) -> dict[str, Any]:
    """Update the stack and wait; it as it is then. `client` gives CloudFormation, as a role that may deploy.

    Raises ModelCicdError when the change set cannot be made.
    """
    name, stack_id = wanted.stack["StackName"], wanted.stack["StackId"]
    given: list[dict[str, Any]] = [
        {"ParameterKey": key, "ParameterValue": wanted.parameters[key]}
        if key in wanted.parameters
        else {"ParameterKey": key, "UsePreviousValue": True}
        for key in sorted(parameters(wanted.stack))
    ]
    client().delete_change_set(StackName=name, ChangeSetName=wanted.change_set)
    made = client().create_change_set(
        StackName=name,
        ChangeSetName=wanted.change_set,
        ChangeSetType="UPDATE",
        UsePreviousTemplate=True,
        Parameters=given,
        Capabilities=["CAPABILITY_NAMED_IAM"],
        RoleARN=wanted.cfn_exec_role_arn,
    )
    found = _wait(lambda: client().describe_change_set(ChangeSetName=made["Id"], StackName=name), "Status")
    if found["Status"] != "CREATE_COMPLETE":
        raise ModelCicdError(f"the change set of {name} failed: {found.get('StatusReason', '')}")
    named = {"ClientRequestToken": wanted.token} if wanted.token else {}
    client().execute_change_set(ChangeSetName=made["Id"], StackName=name, **named)
    time.sleep(_POLL_SECONDS[0])
    return _wait(lambda: client().describe_stacks(StackName=stack_id)["Stacks"][0], "StackStatus")


def _wait(look: Callable[[], dict[str, Any]], key: str) -> dict[str, Any]:
    pauses = iter(_POLL_SECONDS)
    while (found := look())[key].endswith(("_IN_PROGRESS", "_PENDING")):
        time.sleep(next(pauses, _POLL_SECONDS[-1]))
    return found
