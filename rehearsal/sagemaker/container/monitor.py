"""Runs in place of `sagemaker-model-monitor-analyzer`: reads a data set, writes statistics, constraints and violations.

What it is to do is in the variables that AWS documents:
https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-byoc-contract-inputs.html
"""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

import monitor_data as data  # type: ignore[import-not-found]
import monitor_model as model  # type: ignore[import-not-found]
import monitor_records as records  # type: ignore[import-not-found]

OUTPUT = Path("/opt/ml/output")
METRICS = OUTPUT / "metrics" / "cloudwatch" / "cloudwatch_metrics.jsonl"


def main() -> None:
    """One analysis; the message of the job says whether anything was violated."""
    given = os.environ
    try:
        found = _model_quality(given) if given.get("analysis_type") == "MODEL_QUALITY" else _data_quality(given)
    except (records.RecordError, KeyError, ValueError) as error:
        fail(f"{type(error).__name__}: {error}")
    count = len(found)
    text = "CompletedWithViolations: Job completed successfully with {} violations." if count else "Completed: {}"
    OUTPUT.mkdir(parents=True, exist_ok=True)
    (OUTPUT / "message").write_text(text.format(count or "Job completed successfully with no violations."))


def _data_quality(given: Mapping[str, str]) -> list[dict[str, str]]:
    base = _baseline(given)
    names, rows = _rows(given, base)
    found = data.statistics_of(names, rows)
    _write(given, "statistics.json", found)
    _write(given, "constraints.json", base.constraints if base and _scheduled(given) else data.constraints_of(found))
    if base is None:
        return []
    listed = list(data.violations(base, rows, found))
    _write(given, "constraint_violations.json", {"violations": listed})
    if base.constraints.get("monitoring_config", {}).get("emit_metrics", "Enabled") == "Enabled":
        _emit(given, _data_metrics(base, found))
    return listed


def _scheduled(given: Mapping[str, str]) -> bool:
    """Whether it analyses for a schedule; a step of a pipeline suggests constraints besides the check."""
    return "sagemaker_monitoring_schedule_name" in given


def _rows(given: Mapping[str, str], base: Any) -> tuple[list[str], list[list[str]]]:
    """Names and rows. Of captures the outputs come first, and the names are those of the baseline, by position."""
    kind = json.loads(given["dataset_format"])
    source = Path(given["dataset_source"])
    if "csv" in kind:
        names, rows = records.csv_rows(source, header=kind["csv"].get("header") is True)
        return names, rows
    if "sagemakerCaptureJson" not in kind:
        raise records.RecordError(f"dataset_format: the stand-in reads csv and captures, got {', '.join(kind)}")
    wanted = kind["sagemakerCaptureJson"]["captureIndexNames"]
    rows = []
    for each in records.captures(source, (given["start_time"], given["end_time"])):
        outputs = each.outputs if "endpointOutput" in wanted else []
        for index in range(max(len(each.inputs), len(outputs))):
            rows.append([*_at(outputs, index), *_at(each.inputs, index)])
    if not rows:
        raise records.RecordError(f"nothing was captured from {given['start_time']} to {given['end_time']}")
    width = max(len(row) for row in rows)
    known = base.names if base else []
    return [known[index] if index < len(known) else f"_c{index}" for index in range(max(width, len(known)))], rows


def _model_quality(given: Mapping[str, str]) -> list[dict[str, str]]:
    kind = given["problem_type"]
    pairs = _pairs(given)
    found = model.statistics_of(kind, pairs, float(given.get("probability_threshold_attribute", "0.5")))
    _write(given, "statistics.json", found)
    path = given.get("baseline_constraints")
    if not path:
        _write(given, "constraints.json", model.constraints_of(kind, found))
        return []
    constraints = json.loads(Path(path).read_text())
    _write(given, "constraints.json", constraints if _scheduled(given) else model.constraints_of(kind, found))
    listed = list(model.violations(kind, constraints, found))
    _write(given, "constraint_violations.json", {"violations": listed})
    metrics = found[f"{model.MEMBERS[kind]}_metrics"]
    _emit(given, [{"MetricName": name, "Value": metric["value"]} for name, metric in metrics.items()])
    return listed


def _pairs(given: Mapping[str, str]) -> list[tuple[float, float]]:
    """Predictions and what was true: columns of a CSV file, or captures merged with ground truth."""
    kind = json.loads(given["dataset_format"])
    source = Path(given["dataset_source"])
    predicted = given.get("probability_attribute") or given.get("inference_attribute") or "0"
    if "csv" in kind:
        names, rows = records.csv_rows(source, header=kind["csv"].get("header") is True)
        left, right = _column(names, predicted), _column(names, given["ground_truth_attribute"])
        return [(float(row[left]), float(row[right])) for row in rows]
    truths = records.truths(Path(given["ground_truth_source"]))
    made = []
    for each in records.captures(source, (given["start_time"], given["end_time"])):
        known = truths.get(each.identity, [])
        made += [(float(row[int(predicted)]), float(truth)) for row, truth in zip(each.outputs, known, strict=False)]
    if not made:
        raise records.RecordError("no captured invocation has a ground truth with its eventId or inferenceId")
    return made


def _column(names: list[str], name: str) -> int:
    if name in names:
        return names.index(name)
    if name.isdecimal() and int(name) < len(names):
        return int(name)
    raise records.RecordError(f"got the column {name!r}, expected one of {', '.join(names)}")


def _baseline(given: Mapping[str, str]) -> Any:
    """The baseline of data quality, or None where there is none: then one is made."""
    path = given.get("baseline_constraints")
    if not path:
        return None
    statistics = given.get("baseline_statistics")
    return data.Baseline(
        json.loads(Path(path).read_text()), json.loads(Path(statistics).read_text()) if statistics else {}
    )


def _data_metrics(base: Any, found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-interpreting-cloudwatch.html"""
    made: list[dict[str, Any]] = []
    for each in found["features"]:
        name, numbers, texts = each["name"], each.get("numerical_statistics"), each.get("string_statistics")
        if not numbers and not texts:
            continue
        common = (numbers or texts)["common"]
        if numbers:
            values = {"SampleCount": common["num_present"], "Sum": numbers["sum"]}
            values |= {"Minimum": numbers["min"], "Maximum": numbers["max"]}
            made.append({"MetricName": f"feature_data_{name}", "StatisticValues": values})
        share = common["num_present"] / (common["num_present"] + common["num_missing"])
        made.append({"MetricName": f"feature_non_null_{name}", "Value": share})
    drifts = data.drifts(base, found).items()
    return made + [{"MetricName": f"feature_baseline_drift_{name}", "Value": apart} for name, apart in drifts]


def _emit(given: Mapping[str, str], metrics: list[dict[str, Any]]) -> None:
    """https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-byoc-cloudwatch.html"""
    if given.get("publish_cloudwatch_metrics") != "Enabled":
        return
    names = {"Endpoint": "sagemaker_endpoint_name", "MonitoringSchedule": "sagemaker_monitoring_schedule_name"}
    more = {
        "Timestamp": given["end_time"],
        "Dimensions": [{"Name": name, "Value": given[variable]} for name, variable in names.items()],
    }
    METRICS.parent.mkdir(parents=True, exist_ok=True)
    METRICS.write_text("".join(json.dumps(metric | more) + "\n" for metric in metrics))


def _at(rows: list[list[str]], index: int) -> list[str]:
    return rows[index] if index < len(rows) else []


def _write(given: Mapping[str, str], name: str, content: Any) -> None:
    folder = Path(given["output_path"])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(json.dumps(content, indent=1))


def fail(text: str) -> NoReturn:
    """End with the reason that the job shows."""
    OUTPUT.mkdir(parents=True, exist_ok=True)
    (OUTPUT / "failure").write_text(f"Error: {text}")
    print(text, file=sys.stderr)
    sys.exit(255)


if __name__ == "__main__":
    main()
