"""Which metric a pipeline execution was judged by, and against what: read from its definition."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any


@dataclasses.dataclass(frozen=True)
class Gate:
    """A condition on a property file: the metric at `path` of the report against `limit` by `operator`."""

    path: str
    operator: str
    limit: float

    def value(self, report: Any) -> float | None:
        """The metric in a parsed report, or None when it is not there."""
        for part in self.path.split("."):
            report = report.get(part) if isinstance(report, dict) else None
        return float(report) if isinstance(report, int | float) else None


def gates(definition: Mapping[str, Any], parameters: Mapping[str, str]) -> Iterator[Gate]:
    """The gates of a definition; `parameters` are the values of one execution, the others have their defaults."""
    defaults = {
        each["Name"]: each["DefaultValue"] for each in definition.get("Parameters", []) if "DefaultValue" in each
    }
    parameters = {**defaults, **parameters}
    for step in definition.get("Steps", []):
        arguments = step.get("Arguments", {})
        for condition in arguments.get("Conditions", []) if step.get("Type") == "Condition" else []:
            yield from _gate(condition, parameters)
        for branch in ("IfSteps", "ElseSteps"):
            yield from gates({"Steps": arguments.get(branch, [])}, parameters)


def _gate(condition: Mapping[str, Any], parameters: Mapping[str, Any]) -> Iterator[Gate]:
    """The gate that a condition is, if it compares a value of a report with a number."""
    kind = str(condition["Type"])
    if kind == "Not" and condition["Condition"]["Type"] == "Equals":
        kind, condition = "NotEquals", condition["Condition"]
    left, right = condition.get("LeftValue"), condition.get("RightValue")
    path = left.get("Std:JsonGet", {}).get("Path") if isinstance(left, dict) else None
    if isinstance(right, dict):
        right = parameters.get(str(right.get("Get", "")).removeprefix("Parameters."))
    try:
        if path and right is not None:
            yield Gate(path, kind, float(right))
    except (TypeError, ValueError):  # compared with a text
        return
