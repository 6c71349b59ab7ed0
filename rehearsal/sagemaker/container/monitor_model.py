"""Model quality: predictions against ground truth, their metrics, and which thresholds they pass.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-model-quality-metrics.html
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Pair = tuple[float, float]  # prediction, truth
MEMBERS = {"Regression": "regression", "BinaryClassification": "binary_classification"}
#: metrics of which less is worse; of all others more is
BETTER_HIGH = ("r2", "recall", "precision", "accuracy", "f1", "true_positive_rate", "true_negative_rate")


def statistics_of(kind: str, pairs: Sequence[Pair], threshold: float) -> dict[str, Any]:
    """statistics.json of a kind of problem; `threshold` is the probability from which a prediction is the class 1."""
    measured = _regression(pairs) if kind == "Regression" else _binary(pairs, threshold)
    metrics = {name: {"value": value, "standard_deviation": "NaN"} for name, value in measured.items()}
    return {"version": 0.0, "dataset": {"item_count": len(pairs)}, f"{MEMBERS[kind]}_metrics": metrics}


def constraints_of(kind: str, found: Mapping[str, Any]) -> dict[str, Any]:
    """constraints.json that predictions with these metrics suggest: no worse than now."""
    limits = {
        name: {
            "threshold": metric["value"],
            "comparison_operator": "LessThanThreshold" if name in BETTER_HIGH else "GreaterThanThreshold",
        }
        for name, metric in found[f"{MEMBERS[kind]}_metrics"].items()
    }
    return {"version": 0.0, f"{MEMBERS[kind]}_constraints": limits}


def violations(kind: str, constraints: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """Each metric that passed its threshold."""
    metrics = found[f"{MEMBERS[kind]}_metrics"]
    for name, limit in constraints.get(f"{MEMBERS[kind]}_constraints", {}).items():
        if name not in metrics:
            continue
        value, operator = metrics[name]["value"], limit["comparison_operator"]
        low = value < limit["threshold"]
        if low if operator == "LessThanThreshold" else value > limit["threshold"]:
            text = f"Metric {name} with {value} +/- NaN was {operator} '{limit['threshold']}'"
            yield {"constraint_check_type": operator, "description": text, "metric_name": name}


def _regression(pairs: Sequence[Pair]) -> dict[str, float]:
    errors = [predicted - truth for predicted, truth in pairs]
    mean = math.fsum(truth for _, truth in pairs) / len(pairs)
    squares = math.fsum(error**2 for error in errors)
    spread = math.fsum((truth - mean) ** 2 for _, truth in pairs)
    mse = squares / len(pairs)
    return {
        "mae": math.fsum(abs(error) for error in errors) / len(pairs),
        "mse": mse,
        "rmse": math.sqrt(mse),
        "r2": 1 - squares / spread if spread else 0.0,
    }


def _binary(pairs: Sequence[Pair], threshold: float) -> dict[str, float]:
    judged = [(predicted >= threshold, truth >= 0.5) for predicted, truth in pairs]
    hit = sum(1 for said, truth in judged if said and truth)
    wrong = sum(1 for said, truth in judged if said and not truth)
    missed = sum(1 for said, truth in judged if not said and truth)
    right = len(judged) - hit - wrong - missed
    precision, recall = _ratio(hit, hit + wrong), _ratio(hit, hit + missed)
    return {
        "accuracy": (hit + right) / len(judged),
        "precision": precision,
        "recall": recall,
        "f1": _ratio(2 * precision * recall, precision + recall),
        "false_positive_rate": _ratio(wrong, wrong + right),
    }


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
