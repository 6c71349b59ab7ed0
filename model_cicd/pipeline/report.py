"""What an execution came to: steps, metrics, gates and the registered model, as data, as JSON and in words."""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from model_cicd.pipeline.expressions import ParameterRef
from model_cicd.pipeline.schema import PipelineConfig, Step
from model_cicd.pipeline.steps.condition import ConditionConfig, Reading, gains, readings
from model_cicd.text.metrics import NONE, SERVING_VERSION

_HOLDS: Mapping[str, tuple[str, Callable[[Any, Any], bool]]] = {
    "Equals": ("equal to", operator.eq),
    "NotEquals": ("other than", operator.ne),
    "GreaterThan": ("greater than", operator.gt),
    "GreaterThanOrEqualTo": ("at least", operator.ge),
    "LessThan": ("less than", operator.lt),
    "LessThanOrEqualTo": ("at most", operator.le),
}


@dataclass(frozen=True)
class StepReport:
    """A step; `seconds` is None when it has not ended."""

    name: str
    type: str
    status: str
    seconds: float | None
    failure_reason: str


@dataclass(frozen=True)
class ConditionReport:
    """One comparison of a condition; `holds` is None when the value could not be read."""

    step: str
    metric: str
    value: Any
    operator: str
    threshold: Any
    holds: bool | None

    def __str__(self) -> str:
        words = _HOLDS[self.operator][0]
        verdict = {True: "holds", False: "does not hold", None: "not known"}[self.holds]
        value, threshold = _number(self.value), _number(self.threshold)
        return f"{self.step}: {self.metric} is {value}, expected {words} {threshold}: {verdict}"


@dataclass(frozen=True)
class ModelPackage:
    """A registered model version."""

    arn: str
    group: str
    version: int
    approval_status: str


@dataclass(frozen=True)
class ApprovedVersion:
    """The newest approved version of the group, with the numbers among its properties."""

    arn: str
    version: int
    metrics: dict[str, float]


@dataclass
class RunReport:
    """The whole run. `gate` is `passed`, `failed` (a condition kept a model from being registered) or `none`.

    `registered_metrics` are the numbers among the properties of the registered version, `approved` is what they are
    held against; both are read for reports only.
    """

    pipeline_name: str
    pipeline_arn: str
    execution_arn: str
    status: str
    parameters: dict[str, Any]
    failure_reason: str = ""
    seconds: float | None = None
    steps: list[StepReport] = field(default_factory=list)
    metrics: dict[str, dict[str, float]] = field(default_factory=dict)
    conditions: list[ConditionReport] = field(default_factory=list)
    gate: str = "none"
    model_package: ModelPackage | None = None
    registered_metrics: dict[str, float] = field(default_factory=dict)
    approved: ApprovedVersion | None = None

    def to_json(self) -> str:
        """The report as JSON with camelCase keys."""
        return json.dumps(_camel(asdict(self)), indent=2) + "\n"


def comparisons(
    config: PipelineConfig, files: Mapping[tuple[str, str], Any], parameters: Mapping[str, Any]
) -> list[ConditionReport]:
    """Every comparison of the pipeline with its value; `files` are the property files by step and name."""
    found = []
    for step in config.pipeline.steps:
        compared = gains(step) if parameters.get(SERVING_VERSION, NONE) != NONE else ()
        for each in (*readings(step), *compared):
            threshold = each.threshold
            limit = parameters.get(threshold.name) if isinstance(threshold, ParameterRef) else threshold
            value = lookup(files.get((each.step_name, each.property_file)), each.json_path)
            found.append(_compare(step, each, value, limit))
    return found


def _compare(step: Step, each: Reading, value: Any, limit: Any) -> ConditionReport:
    try:
        holds = None if value is None or limit is None else _HOLDS[each.operator][1](value, limit)
    except TypeError:
        holds = None
    return ConditionReport(step.name, each.json_path, value, each.operator, limit, holds)


def guards(config: PipelineConfig, outcomes: Mapping[str, bool]) -> str:
    """`failed` when a condition's outcome kept a model from being registered, `passed` when it let one, or `none`."""
    verdict = "none"
    for step in config.pipeline.steps:
        condition = step.get(ConditionConfig)
        if condition is None or step.name not in outcomes:
            continue
        taken, other = condition.if_steps, condition.else_steps
        if not outcomes[step.name]:
            taken, other = other, taken
        if _registers(config, other) and not _registers(config, taken):
            return "failed"
        if _registers(config, taken):
            verdict = "passed"
    return verdict


def _registers(config: PipelineConfig, names: list[Any]) -> bool:
    return any(step.name in names and step.type == "RegisterModel" for step in config.pipeline.steps)


def lookup(data: Any, path: str) -> Any:
    """The value at a JSON path such as `regression_metrics.mse.value` or `scores[0]`; None when there is none."""
    for key, index in re.findall(r"([^.\[\]$]+)|\[(\d+)\]", path):
        if key and isinstance(data, dict):
            data = data.get(key)
        elif index and isinstance(data, list) and int(index) < len(data):
            data = data[int(index)]
        else:
            return None
    return data


def numbers(data: Any, path: str = "") -> Iterator[tuple[str, float]]:
    """The numbers in a JSON document by their paths."""
    match data:
        case bool():
            return
        case int() | float():
            yield path, data
        case dict():
            for key, value in data.items():
                yield from numbers(value, f"{path}.{key}" if path else str(key))
        case _:
            return


def _number(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _camel(value: Any) -> Any:
    """Keys of the report itself in camelCase; those of metrics and parameters as they are."""
    if not isinstance(value, dict):
        return [_camel(each) for each in value] if isinstance(value, list) else value
    return {
        re.sub(r"_([a-z])", lambda found: found[1].upper(), key): each
        if key in ("metrics", "parameters", "registered_metrics")
        else _camel(each)
        for key, each in value.items()
    }
