"""States of state machines that call AWS, and how an execution finds out whether it is its machine's oldest. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

State = dict[str, Any]

_RETRY = {"ErrorEquals": ["States.TaskFailed"], "IntervalSeconds": 5, "MaxAttempts": 4, "BackoffRate": 3}
#: of a Choice after `oldest_running`: this execution is the oldest
IS_OLDEST = {"Variable": "$.turn.oldest.ExecutionArn", "StringEqualsPath": "$.turn.own"}


def call(resource: str, parameters: Mapping[str, Any], following: str, result: str | None = None, **more: Any) -> State:
    """A call of AWS that is tried again; what it answers is at the path `result`, or nowhere.

    https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
    """
    return {
        "Type": "Task",
        "Resource": resource,
        "Parameters": parameters,
        "ResultPath": result,
        "Retry": [_RETRY],
        **more,
        "Next": following,
    }


def running(sdk: str, machine: Mapping[str, Any], following: str, *, at: str, most: int = 100, **more: Any) -> State:
    """Executions of a `machine` (its ARN, as parameters have it) that run, newest first, below the path `at`."""
    listed = {**machine, "StatusFilter": "RUNNING", "MaxResults": most}
    selected = {"ResultSelector": {"executions.$": "$.Executions"}}
    return call(f"{sdk}:sfn:listExecutions", listed, following, at, **more) | selected


def oldest_running(sdk: str, at: str, again: str, **more: Any) -> dict[str, State]:
    """The states Running, Listed and Oldest, which lead to First: the oldest execution of this machine, and this one.

    They go back to the state `again` where none is listed yet. `more` is of the call.
    """
    found = f"{at}.executions"
    oldest = f"States.ArrayGetItem({found}, States.MathAdd(States.ArrayLength({found}), -1))"
    return {
        "Running": running(sdk, {"StateMachineArn.$": "$$.StateMachine.Id"}, "Listed", at=at, **more),
        "Listed": {
            "Type": "Choice",
            "Choices": [{"Variable": f"{found}[0]", "IsPresent": True, "Next": "Oldest"}],
            "Default": again,
        },
        "Oldest": {
            "Type": "Pass",
            "Parameters": {"oldest.$": oldest, "own.$": "$$.Execution.Id"},
            "ResultPath": "$.turn",
            "Next": "First",
        },
    }
