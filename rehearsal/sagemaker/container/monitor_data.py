"""Data quality: constraints that a data set suggests, and how another one violates them.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-byoc-constraints.html
https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-interpreting-violations.html
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import monitor_statistics as statistics  # type: ignore[import-not-found]

Row = Sequence[str]
DEFAULTS = {
    "evaluate_constraints": "Enabled",
    "emit_metrics": "Enabled",
    "datatype_check_threshold": 1.0,
    "domain_content_threshold": 1.0,
    "distribution_constraints": {
        "perform_comparison": "Enabled",
        "comparison_threshold": 0.1,
        "comparison_method": "Robust",
        "categorical_comparison_threshold": 0.1,
        "categorical_drift_method": "LInfinity",
    },
}


@dataclass(frozen=True)
class Baseline:
    """What a data set is held against: constraints.json, and statistics.json where there is one."""

    constraints: Mapping[str, Any]
    statistics: Mapping[str, Any]

    @property
    def names(self) -> list[str]:
        """The columns, in their order."""
        return [each["name"] for each in self.constraints["features"]]


def statistics_of(names: Sequence[str], rows: Sequence[Row]) -> dict[str, Any]:
    """statistics.json."""
    return {"version": 0.0, "dataset": {"item_count": len(rows)}, "features": statistics.features(names, rows)}


def constraints_of(found: Mapping[str, Any]) -> dict[str, Any]:
    """constraints.json that a data set with these statistics suggests."""
    features = []
    for each in found["features"]:
        numbers, texts = each.get("numerical_statistics"), each.get("string_statistics")
        common = (numbers or texts or {"common": {"num_present": 0, "num_missing": 1}})["common"]
        total = common["num_present"] + common["num_missing"]
        suggested = {
            "name": each["name"],
            "inferred_type": each["inferred_type"],
            "completeness": common["num_present"] / total if total else 0.0,
        }
        if numbers:
            suggested["num_constraints"] = {"is_non_negative": numbers["min"] >= 0}
        buckets = texts["distribution"]["categorical"]["buckets"] if texts else []
        if buckets:
            suggested["string_constraints"] = {"domains": [bucket["value"] for bucket in buckets]}
        features.append(suggested)
    return {"version": 0.0, "features": features, "monitoring_config": DEFAULTS}


def violations(base: Baseline, rows: Sequence[Row], found: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """What violates a baseline; `found` are the statistics of the rows."""
    width = max(len(row) for row in rows)
    expected = len(base.names)
    if width != expected:
        kind, word = ("extra_column_check", "extra") if width > expected else ("missing_column_check", "missing")
        name = f"_c{expected}" if width > expected else base.names[width]
        yield _violation(
            f"{name}",
            kind,
            f"There are {word} columns in current dataset. Number of columns in current dataset: {width}, "
            f"Number of columns in baseline constraints: {expected}",
        )
    before = {each["name"]: each for each in base.statistics.get("features", [])}
    now = {each["name"]: each for each in found["features"]}
    for index, constraint in enumerate(base.constraints["features"]):
        if index < width:
            config = _config(base.constraints, constraint)
            values = [row[index] if index < len(row) else "" for row in rows]
            yield from _of_column(constraint, config, values)
            yield from _drift(constraint["name"], config, before.get(constraint["name"]), now[constraint["name"]])


def drifts(base: Baseline, found: Mapping[str, Any]) -> dict[str, float]:
    """How far each column is from its baseline, where that can be said."""
    before = {each["name"]: each for each in base.statistics.get("features", [])}
    made = {}
    for constraint, each in zip(base.constraints["features"], found["features"], strict=False):
        if each["name"] in before:
            method = _config(base.constraints, constraint)["distribution_constraints"]["comparison_method"]
            apart = statistics.distance(before[each["name"]], each, method)
            if apart is not None:
                made[each["name"]] = apart
    return made


def _of_column(
    constraint: Mapping[str, Any], config: Mapping[str, Any], values: Sequence[str]
) -> Iterator[dict[str, str]]:
    name, kind = constraint["name"], constraint["inferred_type"]
    present = [value for value in values if value.strip() != ""]
    share, needed = statistics.share_of(kind, present), float(config["datatype_check_threshold"])
    if share < needed:
        yield _violation(
            name,
            "data_type_check",
            f"Data type match requirement is not met. Expected data type: {kind}, Expected match: {needed * 100}%. "
            f"Observed: Only {share * 100}% of data is {kind}.",
        )
    completeness = len(present) / len(values)
    if completeness < constraint["completeness"]:
        yield _violation(
            name,
            "completeness_check",
            f"Completeness requirement is not met. Expected: {constraint['completeness'] * 100}%. "
            f"Observed: {completeness * 100}%.",
        )
    domains = constraint.get("string_constraints", {}).get("domains")
    if domains and present:
        known = sum(1 for value in present if value in domains) / len(present)
        if known < float(config["domain_content_threshold"]):
            yield _violation(
                name,
                "categorical_values_check",
                f"Values outside of the baseline's domains: {known * 100}% are in them, expected "
                f"{float(config['domain_content_threshold']) * 100}%.",
            )


def _drift(
    name: str, config: Mapping[str, Any], before: Mapping[str, Any] | None, now: Mapping[str, Any]
) -> Iterator[dict[str, str]]:
    rules = config["distribution_constraints"]
    if before is None or rules["perform_comparison"] != "Enabled":
        return
    apart = statistics.distance(before, now, rules["comparison_method"])
    member = "comparison_threshold" if "numerical_statistics" in before else "categorical_comparison_threshold"
    limit = float(rules.get(member, rules["comparison_threshold"]))
    if apart is not None and apart > limit:
        text = f"Baseline drift distance: {apart} exceeds threshold: {limit}"
        yield _violation(name, "baseline_drift_check", text)


def _config(constraints: Mapping[str, Any], constraint: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a column: defaults, those of all columns, and its own."""
    made: dict[str, Any] = DEFAULTS | {}
    for given in (constraints.get("monitoring_config", {}), constraint.get("monitoringConfigOverrides", {})):
        rules = made["distribution_constraints"] | given.get("distribution_constraints", {})
        made = made | given | {"distribution_constraints": rules}
    return made


def _violation(name: str, kind: str, text: str) -> dict[str, str]:
    return {"feature_name": name, "constraint_check_type": kind, "description": text}
