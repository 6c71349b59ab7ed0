"""Retry policies of steps: checked, and without effect, as the failures they are for do not happen here.

https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-retry-policy.html
"""

from __future__ import annotations

from collections.abc import Iterator

from rehearsal.api import Params
from rehearsal.sagemaker.shapes import nearest

_NUMBERS = ("IntervalSeconds", "BackoffRate", "MaxAttempts", "ExpireAfterMin")
_EXCEPTIONS = ("Step.SERVICE_FAULT", "Step.THROTTLING", "SageMaker.JOB_INTERNAL_ERROR", "SageMaker.CAPACITY_ERROR",
               "SageMaker.RESOURCE_LIMIT")  # fmt: skip


def problems(step: Params) -> Iterator[str]:
    """What is wrong with a step's RetryPolicies."""
    for index, policy in enumerate(step.get("RetryPolicies", [])):
        where = f"RetryPolicies[{index}]"
        if not isinstance(policy, dict):
            yield f"{where}: got {type(policy).__name__}, expected an object"
            continue
        known = ("ExceptionType", *_NUMBERS)
        yield from (f"{where}.{name}: unknown member{nearest(name, known)}" for name in policy if name not in known)
        kinds = policy.get("ExceptionType", [])
        for kind in kinds if isinstance(kinds, list) and kinds else [kinds]:
            if kind not in _EXCEPTIONS:
                close = nearest(str(kind), _EXCEPTIONS)
                yield f"{where}.ExceptionType: got {kind!r}, expected {', '.join(_EXCEPTIONS)}{close}"
        for name in _NUMBERS:
            if isinstance(policy.get(name, 1), bool) or not isinstance(policy.get(name, 1), int | float):
                yield f"{where}.{name}: got {policy[name]!r}, expected a number"
