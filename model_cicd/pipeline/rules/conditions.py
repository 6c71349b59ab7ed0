"""Rules on what decides between the branches of a pipeline."""

from __future__ import annotations

from collections.abc import Iterator

from model_cicd.pipeline.expressions import ParameterRef
from model_cicd.pipeline.rules.registry import Finding, Subject, rule
from model_cicd.pipeline.steps.condition import MEMBERSHIPS, ORDERS, BetterThanServing, Condition
from model_cicd.pipeline.walk import find
from model_cicd.text.errors import describe
from model_cicd.text.metrics import NONE, SERVING_VERSION

_GROUPS = {"or": "or_", "and": "and_", "not": "not_", "betterThanServing": "better_than_serving"}
_NAMES = "or, and, not, betterThanServing"
_COMPARISON = {
    "operator": "operator",
    "stepName": "step_name",
    "propertyFile": "property_file",
    "jsonPath": "json_path",
    "value": "value",
    "threshold": "threshold",
    "values": "values",
}
_FILE = ("stepName", "propertyFile", "jsonPath")


@rule
def check_condition_forms(subject: Subject) -> Iterator[Finding]:
    """A condition is a comparison with all its parts, or one of `or`, `and` and `not`."""
    for path, condition in find(subject.config, Condition):
        groups = [key for key, name in _GROUPS.items() if getattr(condition, name) is not None]
        parts = [key for key, name in _COMPARISON.items() if getattr(condition, name) is not None]
        if groups:
            if len(groups) + bool(parts) > 1:
                got = ", ".join([*groups, *parts])
                yield path, f"got {got}, expected a comparison (operator, ...) or one of {_NAMES} alone"
            continue
        wrong = _incomplete(condition.operator, parts)
        if wrong:
            yield path, wrong


def _incomplete(operator: str | None, parts: list[str]) -> str | None:
    """What a comparison lacks or has too much of."""
    if operator is None:
        return f"the key is missing: operator, or one of {_NAMES}"
    from_file = [key for key in _FILE if key in parts]
    if ("value" in parts) == bool(from_file):
        got = "both" if from_file else "neither"
        return f"got {got}, expected value, or stepName, propertyFile and jsonPath, to compare"
    if from_file and len(from_file) < len(_FILE):
        return f"the key is missing: {', '.join(key for key in _FILE if key not in parts)}"
    wanted, other = ("values", "threshold") if operator in MEMBERSHIPS else ("threshold", "values")
    if wanted not in parts:
        return f"the key is missing: {wanted}, what {operator} compares with"
    if other in parts:
        return f"got {other}, expected only {wanted} with {operator}"
    return None


@rule
def check_thresholds(subject: Subject) -> Iterator[Finding]:
    """Orders are between numbers."""
    kinds = {each.name: each.type for each in subject.config.pipeline.parameters}
    for path, condition in find(subject.config, Condition):
        if condition.operator not in ORDERS:
            continue
        for key, value in (("threshold", condition.threshold), ("value", condition.value)):
            if isinstance(value, ParameterRef):
                kind = kinds.get(value.name, "Float")
                if kind not in ("Integer", "Float"):
                    message = f"parameter {value.name!r} is {kind}, expected a number with {condition.operator}"
                    yield (*path, key), message
            elif isinstance(value, bool | str):
                quoted = " (without quotes)" if isinstance(value, str) and _number(value) else ""
                message = f"got {describe(value)}, expected a number{quoted} with {condition.operator}"
                yield (*path, key), message


@rule
def check_better_than_serving(subject: Subject) -> Iterator[Finding]:
    """What is compared with what serves is told of it: by the parameter ServingVersion, `none` by default."""
    declared = {each.name: each for each in subject.config.pipeline.parameters}
    told = declared.get(SERVING_VERSION)
    for path, condition in find(subject.config, BetterThanServing):
        if told is None:
            yield path, f"the parameter is missing: {SERVING_VERSION}, of type String with the default {NONE!r}"
        elif told.type != "String":
            yield path, f"parameter {SERVING_VERSION!r} is {told.type}, expected String with the default {NONE!r}"
        by = condition.by
        kind = declared[by.name].type if isinstance(by, ParameterRef) and by.name in declared else "Float"
        if isinstance(by, bool | str) or kind not in ("Integer", "Float"):
            yield (*path, "by"), f"got {describe(by)}, expected a number, in units of {condition.metric}"


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
