"""The instances and images that the steps of a compiled pipeline definition ask for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from model_cicd.pipeline.execution_role_actions import execution_role_actions, steps_of

#: how Service Quotas calls the use that steps of a type make of instances (`ml.m5.large for training job usage`)
_USES = {
    "Training": "training job",
    "Tuning": "training job",
    "Transform": "transform job",
    "Processing": "processing job",
    "ClarifyCheck": "processing job",
    "QualityCheck": "processing job",
}


def instances(definition: Mapping[str, Any]) -> Counter[tuple[str, str]]:
    """The most instances that one step has at once, by type and use; parameters count with their defaults."""
    values = {each["Name"]: each.get("DefaultValue") for each in definition.get("Parameters", [])}
    most: Counter[tuple[str, str]] = Counter()
    for step in steps_of(definition):
        use = _USES.get(step["Type"])
        if use is None:
            continue
        for type_, count in clusters(step.get("Arguments", {}), values):
            spot = _spot(step["Arguments"])
            key = (type_, f"spot {use}" if spot and use == "training job" else use)
            most[key] = max(most[key], count * _parallel(step, values))
    return most


def images(definition: Mapping[str, Any]) -> list[str]:
    """The image URIs that steps run or register, in order."""
    return [each for each in execution_role_actions(definition).images if ".dkr.ecr" in each]


def clusters(value: Any, values: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """Types and counts of instances anywhere in `value`; `values` are those of a pipeline's parameters."""
    if isinstance(value, dict):
        type_ = _known(value.get("InstanceType"), values)
        if isinstance(type_, str):
            count = _known(value.get("InstanceCount", 1), values)
            yield type_, int(count) if isinstance(count, int | str) and str(count).isdigit() else 1
        for each in value.values():
            yield from clusters(each, values)
    elif isinstance(value, list):
        for each in value:
            yield from clusters(each, values)


def _parallel(step: Mapping[str, Any], values: Mapping[str, Any]) -> int:
    """How many trainings a tuning step runs at once."""
    if step["Type"] != "Tuning":
        return 1
    limits = step["Arguments"].get("HyperParameterTuningJobConfig", {}).get("ResourceLimits", {})
    found = _known(limits.get("MaxParallelTrainingJobs"), values)
    return int(found) if str(found).isdigit() else 1


def _spot(value: Any) -> bool:
    if isinstance(value, dict):
        return value.get("EnableManagedSpotTraining") is True or any(_spot(each) for each in value.values())
    return isinstance(value, list) and any(_spot(each) for each in value)


def _known(value: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(value, dict) and str(value.get("Get", "")).startswith("Parameters."):
        return values.get(value["Get"].removeprefix("Parameters."))
    return value
