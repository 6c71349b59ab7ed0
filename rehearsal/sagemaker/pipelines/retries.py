"""Retry policies of steps. https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-retry-policy.html"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from rehearsal.api import Params
from rehearsal.sagemaker.shapes import nearest

SERVICE_FAULT, THROTTLING = "Step.SERVICE_FAULT", "Step.THROTTLING"
JOB_INTERNAL_ERROR, CAPACITY_ERROR = "SageMaker.JOB_INTERNAL_ERROR", "SageMaker.CAPACITY_ERROR"
RESOURCE_LIMIT = "SageMaker.RESOURCE_LIMIT"
EXCEPTIONS = (SERVICE_FAULT, THROTTLING, JOB_INTERNAL_ERROR, CAPACITY_ERROR, RESOURCE_LIMIT)

_NUMBERS = ("IntervalSeconds", "BackoffRate", "MaxAttempts", "ExpireAfterMin")
# What the service says of failures that are its own, by the beginning of a job's FailureReason or the code of an error.
_WORDS = {
    "InternalServerError": JOB_INTERNAL_ERROR,
    "CapacityError": CAPACITY_ERROR,
    "ResourceLimitExceeded": RESOURCE_LIMIT,
    "ThrottlingException": THROTTLING,
    "InternalFailure": SERVICE_FAULT,
    "ServiceUnavailable": SERVICE_FAULT,
}
_TEXTS = {
    SERVICE_FAULT: "ServiceUnavailable: The request has failed due to a temporary failure of the server.",
    THROTTLING: "ThrottlingException: Rate exceeded",
    JOB_INTERNAL_ERROR: "InternalServerError: We encountered an internal error. Please try again.",
    CAPACITY_ERROR: "CapacityError: Unable to provision requested ML compute capacity. Please retry using a "
    "different ML instance type.",
    RESOURCE_LIMIT: "ResourceLimitExceeded: The account-level service limit for the instance type is exceeded.",
}


@dataclass(frozen=True)
class Policy:
    """One policy: the exception types it is for, and its waits (seconds) and limits."""

    exceptions: tuple[str, ...]
    interval: float
    backoff: float
    attempts: int
    expires: float | None


@dataclass
class Retrier:
    """Counts the attempts of one step. Every policy counts for itself, as each has limits of its own."""

    policies: tuple[Policy, ...]
    began: float = field(default_factory=time.monotonic)
    used: dict[Policy, int] = field(default_factory=dict)

    def wait(self, kind: str | None) -> float | None:
        """Seconds until the next attempt after a failure of `kind`; None when there is none."""
        policy = next((policy for policy in self.policies if kind in policy.exceptions), None)
        if policy is None:
            return None
        retried = self.used.get(policy, 0)
        if retried >= policy.attempts:
            return None
        if policy.expires is not None and time.monotonic() - self.began > policy.expires:
            return None
        self.used[policy] = retried + 1
        return float(policy.interval * policy.backoff**retried)


def parse(step: Params) -> tuple[Policy, ...]:
    """The policies of a step without problems; what they leave out is as AWS has it."""
    return tuple(_policy(policy) for policy in step.get("RetryPolicies", []))


def kind_of(text: str) -> str | None:
    """The exception type of a failure that begins with one of the service's words, else None."""
    return next((kind for word, kind in _WORDS.items() if text.startswith(word)), None)


def words(kind: str) -> str:
    """What the service says of a failure of this type."""
    return _TEXTS[kind]


def _policy(policy: Params) -> Policy:
    kinds = policy["ExceptionType"]
    minutes = policy.get("ExpireAfterMin")
    return Policy(
        exceptions=tuple(kinds) if isinstance(kinds, list) else (kinds,),
        interval=policy.get("IntervalSeconds", 1),
        backoff=policy.get("BackoffRate", 2.0),
        attempts=policy.get("MaxAttempts", 5 if minutes is None else 1_000_000),
        expires=None if minutes is None else minutes * 60,
    )


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
            if kind not in EXCEPTIONS:
                close = nearest(str(kind), EXCEPTIONS)
                yield f"{where}.ExceptionType: got {kind!r}, expected {', '.join(EXCEPTIONS)}{close}"
        for name in _NUMBERS:
            if isinstance(policy.get(name, 1), bool) or not isinstance(policy.get(name, 1), int | float):
                yield f"{where}.{name}: got {policy[name]!r}, expected a number"
