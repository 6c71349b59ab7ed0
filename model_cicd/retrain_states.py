"""When drift starts a training, and when it does not, as state machines of Step Functions. Pure.

Executions are the memory: one that started a training waits until its cooldown is over, and has started an execution of
the other machine, which is there for the days in which retrainings are counted. So nothing has to reckon with times.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from model_cicd.aws.reason import REASON
from model_cicd.aws.states import IS_OLDEST, State, call, oldest_running, running

#: so long retrainings are counted
COUNTED_DAYS = 30
#: executions are listed a moment after they began
_SECONDS_TO_BE_LISTED = 30
_FOUND = "$.found"


@dataclass(frozen=True)
class Watched:
    """An environment by name: the role of the jobs that monitor it, and where its captures are (an S3 URI)."""

    name: str
    role_arn: str
    captured: str


@dataclass(frozen=True)
class Retraining:
    """At most `at_most` trainings in 30 days, `cooldown_hours` apart, of `pipeline`; `counter_arn` counts them."""

    at_most: int
    cooldown_hours: int
    pipeline: str
    counter_arn: str
    watched: Sequence[Watched]


def definition(retraining: Retraining, partition: str) -> dict[str, Any]:
    """The machine that an event of a job with violations starts."""
    sdk = f"arn:{partition}:states:::aws-sdk"
    states = {**_which(retraining), **_turn(sdk), **_count(retraining, sdk), **_start(retraining, sdk)}
    return {"StartAt": "Which", "States": states}


def counter() -> dict[str, Any]:
    """The machine whose executions are the retrainings of the last 30 days."""
    return {
        "StartAt": "Counted",
        "States": {
            "Counted": {"Type": "Wait", "Seconds": COUNTED_DAYS * 86400, "Next": "Forgotten"},
            **_ends("Forgotten"),
        },
    }


def _which(retraining: Retraining) -> Mapping[str, State]:
    """The environment, by the role of the job; of the event only the job's ARN and the time are told."""
    states: dict[str, State] = {
        "Which": {
            "Type": "Choice",
            "Choices": [
                {"Variable": "$.detail.RoleArn", "StringEquals": each.role_arn, "Next": f"Of-{each.name}"}
                for each in retraining.watched
            ],
            "Default": "NotOurs",
        },
        **_ends("NotOurs"),
    }
    for each in retraining.watched:
        said = f"drift in {each.name}, found by {{}}; captured data {each.captured} until {{}}".replace("'", "\\'")
        states[f"Of-{each.name}"] = {
            "Type": "Pass",
            "Parameters": {"reason.$": f"States.Format('{said}', $.detail.ProcessingJobArn, $.time)"},
            "Next": "Settle",
        }
    return states


def _turn(sdk: str) -> Mapping[str, State]:
    """Whether this execution is the oldest that runs: while another one does, its cooldown lasts."""
    first = {**IS_OLDEST, "Next": "Counting"}
    return {
        "Settle": {"Type": "Wait", "Seconds": _SECONDS_TO_BE_LISTED, "Next": "Running"},
        **oldest_running(sdk, _FOUND, "Settle"),
        "First": {"Type": "Choice", "Choices": [first], "Default": "InCooldown"},
        **_ends("InCooldown"),
    }


def _count(retraining: Retraining, sdk: str) -> Mapping[str, State]:
    most = retraining.at_most
    counter_machine = {"StateMachineArn": retraining.counter_arn}
    used = {"Variable": f"{_FOUND}.executions[{most - 1}]", "IsPresent": True, "Next": "UsedUp"}
    return {
        "Counting": running(sdk, counter_machine, "Room", at=_FOUND, most=most),
        "Room": {"Type": "Choice", "Choices": [used], "Default": "Count"},
        "Count": call(f"{sdk}:sfn:startExecution", counter_machine, "Train"),
        **_ends("UsedUp"),
    }


def _start(retraining: Retraining, sdk: str) -> Mapping[str, State]:
    wanted = {"Name": retraining.pipeline, "Variables": [{"Name": REASON, "Value.$": "$.reason"}]}
    return {
        "Train": call(f"{sdk}:codepipeline:startPipelineExecution", wanted, "Cooldown"),
        "Cooldown": {"Type": "Wait", "Seconds": retraining.cooldown_hours * 3600, "Next": "Over"},
        **_ends("Over"),
    }


def _ends(name: str) -> Mapping[str, State]:
    return {name: {"Type": "Succeed"}}
