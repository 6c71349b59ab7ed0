"""Deployment configurations: what SageMaker refuses of them, and the steps in which traffic goes to a new fleet.

https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-blue-green.html
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from rehearsal.api import Params, invalid, unsupported

_HALF = 0.5
_TENTH = 0.1


@dataclass(frozen=True)
class Plan:
    """`shares` of the traffic on the new fleet, one after the other; seconds of waiting; alarms that roll back."""

    shares: tuple[float, ...]
    wait: float
    termination: float
    alarms: tuple[str, ...]


def refuse(params: Params) -> None:
    """Raise ApiError for a deployment that the embedded AWS does not support."""
    if "RollingUpdatePolicy" in params.get("DeploymentConfig", {}):
        raise unsupported("DeploymentConfig RollingUpdatePolicy")


def plan(deployment: Params | None, config: Params, current: list[str]) -> Plan:
    """The plan for an endpoint configuration; `current` are the names of the variants that serve now (none: creation).

    Raises ApiError ValidationException.
    """
    if not deployment:
        return Plan((1.0,), 0, 0, ())
    alarms = tuple(each["AlarmName"] for each in deployment.get("AutoRollbackConfiguration", {}).get("Alarms", []))
    policy = deployment.get("BlueGreenUpdatePolicy")
    if not policy:
        return Plan((1.0,), 0, 0, alarms)
    traffic = policy["TrafficRoutingConfiguration"]
    kind = traffic["Type"]
    _members(traffic, kind)
    variants = config["ProductionVariants"]
    if any("ServerlessConfig" in each for each in variants) and (kind != "ALL_AT_ONCE" or alarms):
        raise invalid(
            "Deployment guardrails are not supported for serverless endpoints: traffic shifting other than "
            "ALL_AT_ONCE and automatic rollback need instances."
        )
    names = [each["VariantName"] for each in variants]
    if kind != "ALL_AT_ONCE" and current and sorted(current) != sorted(names):
        raise invalid(
            f"Traffic routing type {kind} needs the same variant names in the new endpoint configuration as in the old "
            f"one: got {', '.join(names)}, expected {', '.join(current)}."
        )
    shares: tuple[float, ...] = (1.0,)
    if kind == "CANARY":
        shares = (_share(traffic["CanarySize"], variants, "CanarySize", 0.0), 1.0)
    elif kind == "LINEAR":
        step = _share(traffic["LinearStepSize"], variants, "LinearStepSize", _TENTH)
        shares = (*(step * number for number in range(1, math.ceil(1 / step))), 1.0)
    return Plan(shares, traffic["WaitIntervalInSeconds"], policy.get("TerminationWaitInSeconds", 0), alarms)


def _members(traffic: Params, kind: str) -> None:
    wanted = {"CANARY": "CanarySize", "LINEAR": "LinearStepSize"}
    for routing, member in wanted.items():
        if (member in traffic) != (kind == routing):
            text = "is required for" if kind == routing else "cannot be specified for"
            raise invalid(f"{member} {text} traffic routing type {kind}.")


def _share(size: Params, variants: list[Any], member: str, low: float) -> float:
    """The part of the capacity that `size` is, for the smallest variant. Raises ApiError ValidationException."""
    found = 0.0
    for variant in variants:
        total = variant["InitialInstanceCount"]
        value = size["Value"]
        count = math.ceil(total * value / 100) if size["Type"] == "CAPACITY_PERCENT" else value
        share = count / total
        if share > _HALF or share < low:
            between = "less than or equal to 50%" if not low else "10-50%"
            raise invalid(
                f"{member} must be {between} of the variant's total instance count: got {value} {size['Type']}, which "
                f"is {count} of {total} instances of variant {variant['VariantName']}."
            )
        found = max(found, share)
    return found
