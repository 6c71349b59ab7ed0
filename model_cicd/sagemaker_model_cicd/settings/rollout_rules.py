"""What must hold between the settings of a rollout: step sizes against the instances there are, waits against alarms.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_TrafficRoutingConfig.html
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from model_cicd.sagemaker_model_cicd.settings.endpoint import DEFAULT_STEP_PERCENT, DEFAULT_WAIT_MINUTES
from model_cicd.text.errors import describe
from model_cicd.text.messages import Complaint, KeyPath
from model_cicd.text.untrusted import integer, mapping

#: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_BlueGreenUpdatePolicy.html
LONGEST_ROLLOUT = 8 * 60  # minutes
_MOST_PERCENT = 50
_LEAST_LINEAR_PERCENT = 10
_STEPWISE = ("canary", "linear")
_OF_STEPS = ("stepInstances", "stepPercent", "waitMinutes")


def rollout_complaints(
    path: KeyPath, deployment: Mapping[str, Any], fewest: int | None, most: int | None
) -> Iterator[Complaint]:
    """What is wrong with `deployment` at `path`, of an endpoint with `fewest` to `most` instances (None: not known)."""
    strategy = deployment.get("strategy", "all-at-once")
    if strategy in _STEPWISE:
        yield from _steps(path, deployment, str(strategy), fewest, most)
    elif strategy == "all-at-once":
        for key in _OF_STEPS:
            if deployment.get(key) is not None:
                yield (
                    (*path, key),
                    f"got {key} with the strategy all-at-once, which has no steps; expected canary or linear with it",
                )
    yield from _alarms(path, deployment, stepwise=strategy in _STEPWISE)


def _steps(
    path: KeyPath, deployment: Mapping[str, Any], strategy: str, fewest: int | None, most: int | None
) -> Iterator[Complaint]:
    if fewest == 1:
        given = "strategy" if "strategy" in deployment else ""
        yield (
            (*path, given) if given else path,
            f"got {strategy!r} with as few as 1 instance, expected at least 2 (instanceCount, or minCapacity of "
            "autoscaling): a step takes half of the instances at most",
        )
        return
    instances, percent = integer(deployment.get("stepInstances")), integer(deployment.get("stepPercent"))
    if all(deployment.get(key) is not None for key in ("stepInstances", "stepPercent")):
        yield (*path, "stepPercent"), "got stepPercent with stepInstances, expected one of them"
        return
    if instances is not None:
        yield from _instances((*path, "stepInstances"), instances, strategy, fewest, most)
    elif percent is not None:
        yield from _percent((*path, "stepPercent"), percent, strategy, fewest)
    yield from _duration(path, deployment, strategy, most)


def _instances(path: KeyPath, step: int, strategy: str, fewest: int | None, most: int | None) -> Iterator[Complaint]:
    if fewest is not None and fewest >= 1 and step > fewest // 2:
        yield path, f"got {describe(step)} with as few as {fewest} instances, expected at most half: {fewest // 2}"
    elif strategy == "linear" and most is not None and step * 100 < most * _LEAST_LINEAR_PERCENT:
        least = math.ceil(most * _LEAST_LINEAR_PERCENT / 100)
        yield path, f"got {describe(step)} with as many as {most} instances, expected at least a tenth: {least}"


def _percent(path: KeyPath, step: int, strategy: str, fewest: int | None) -> Iterator[Complaint]:
    if strategy == "linear" and 0 < step < _LEAST_LINEAR_PERCENT:
        yield path, f"got {describe(step)}, expected {_LEAST_LINEAR_PERCENT} to {_MOST_PERCENT} with linear, in percent"
    elif fewest is not None and fewest >= 1 and 0 < step <= _MOST_PERCENT and step * fewest < 100:
        least = math.ceil(100 / fewest)
        yield (
            path,
            f"got {describe(step)}, which is less than one of as few as {fewest} instances; "
            f"expected at least {least}, in percent",
        )


def _duration(path: KeyPath, deployment: Mapping[str, Any], strategy: str, most: int | None) -> Iterator[Complaint]:
    instances = integer(deployment.get("stepInstances"))
    percent = integer(deployment.get("stepPercent")) or DEFAULT_STEP_PERCENT
    wait, last = _minutes(deployment, "waitMinutes"), _minutes(deployment, "terminationWaitMinutes")
    if wait is None or last is None or (instances is not None and not most):
        return
    steps = 2
    if strategy == "linear":
        steps = math.ceil((most or 0) / instances) if instances else math.ceil(100 / percent)
    total = (steps - 1) * wait + last
    if total > LONGEST_ROLLOUT:
        yield (
            (*path, "waitMinutes"),
            f"got {describe(wait)}: {steps} steps take {total} minutes with terminationWaitMinutes, expected at most "
            f"{LONGEST_ROLLOUT}, SageMaker's limit",
        )


def _alarms(path: KeyPath, deployment: Mapping[str, Any], *, stepwise: bool) -> Iterator[Complaint]:
    """Alarms that need longer than a version is watched: they could never roll it back."""
    wait = _minutes(deployment, "waitMinutes") if stepwise else 0
    last = _minutes(deployment, "terminationWaitMinutes")
    if wait is None or last is None:
        return
    watched = "waitMinutes and terminationWaitMinutes" if stepwise else "terminationWaitMinutes"
    alarms = mapping(deployment.get("alarms"))
    given = [key for key in ("errors5xx", "latencyMs") if isinstance(alarms.get(key), Mapping)]
    places = {(*path, "alarms", key): alarms[key] for key in given}
    if len(given) < 2:
        places[*path, "terminationWaitMinutes"] = {}  # an alarm as it is by default
    for where, alarm in places.items():
        period, periods = integer(alarm.get("periodSeconds", 60)), integer(alarm.get("evaluationPeriods", 1))
        if period is None or periods is None or period * periods <= 60 * (wait + last):
            continue
        yield (
            where,
            f"got an alarm that takes {period * periods // 60} min, while a new version is watched for {wait + last} "
            f"min ({watched}); expected more time, or the alarm never rolls a version back",
        )


def _minutes(deployment: Mapping[str, Any], key: str) -> int | None:
    return integer(deployment.get(key, DEFAULT_WAIT_MINUTES))
