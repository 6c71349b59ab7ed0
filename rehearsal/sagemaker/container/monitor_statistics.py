"""Statistics of columns in the form of statistics.json, and how far two of them are apart.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-interpreting-statistics.html
"""

import bisect
import collections
import math
from collections.abc import Mapping, Sequence
from typing import Any

from monitor_records import number  # type: ignore[import-not-found]

BUCKETS = 10
#: the sketch's parameters as the container writes them; its data are the values themselves, up to this many
SKETCH = {"c": 0.64, "k": 2048.0}
SMALL = 20  # distinct texts up to which a column is one of categories


def features(names: Sequence[str], rows: Sequence[Sequence[str]]) -> list[dict[str, Any]]:
    """The statistics of each column."""
    return [feature(name, [row[index] if index < len(row) else "" for row in rows]) for index, name in enumerate(names)]


def feature(name: str, values: Sequence[str]) -> dict[str, Any]:
    """The statistics of one column; an empty text is a missing value."""
    present = [value for value in values if value.strip() != ""]
    common = {"num_present": len(present), "num_missing": len(values) - len(present)}
    kind = inferred(present)
    if kind in ("Integral", "Fractional"):
        return {"name": name, "inferred_type": kind, "numerical_statistics": _numerical(common, present)}
    if kind == "Unknown":
        return {"name": name, "inferred_type": kind}
    counts = collections.Counter(present)
    buckets = (
        [{"value": value, "count": count} for value, count in sorted(counts.items())] if len(counts) <= SMALL else []
    )
    return {
        "name": name,
        "inferred_type": kind,
        "string_statistics": {
            "common": common,
            "distinct_count": float(len(counts)),
            "distribution": {"categorical": {"buckets": buckets}},
        },
    }


def inferred(present: Sequence[str]) -> str:
    """Integral, Fractional, String, or Unknown where there is nothing."""
    if not present:
        return "Unknown"
    if all(_whole(value) for value in present):
        return "Integral"
    return "Fractional" if all(number(value) is not None for value in present) else "String"


def share_of(kind: str, present: Sequence[str]) -> float:
    """How much of the values is of a type, 0 to 1."""
    if not present or kind in ("String", "Unknown"):
        return 1.0
    fits = _whole if kind == "Integral" else (lambda value: number(value) is not None)
    return sum(1 for value in present if fits(value)) / len(present)


def distance(base: Mapping[str, Any], now: Mapping[str, Any], method: str) -> float | None:
    """How far the distribution of a column is from its baseline, 0 to 1; None where they cannot be compared.

    Of numbers the largest difference of the two cumulative distributions; with `Robust` less what small samples
    differ by chance. Of categories the largest difference of two shares.
    https://github.com/awslabs/deequ/blob/master/src/main/scala/com/amazon/deequ/analyzers/Distance.scala
    """
    if "numerical_statistics" in base and "numerical_statistics" in now:
        first, second = (sorted(_sample(each["numerical_statistics"])) for each in (base, now))
        if not first or not second:
            return None
        apart = max(abs(_below(first, value) - _below(second, value)) for value in {*first, *second})
        return _robust(apart, len(first), len(second)) if method == "Robust" else apart
    if "string_statistics" in base and "string_statistics" in now:
        one, two = (_shares(each["string_statistics"]) for each in (base, now))
        if not one or not two:
            return None
        return max(abs(one.get(value, 0.0) - two.get(value, 0.0)) for value in {*one, *two})
    return None


def _robust(apart: float, first: int, second: int) -> float:
    return max(0.0, apart - 1.8 * math.sqrt((first + second) / (first * second)))


def _numerical(common: Mapping[str, int], present: Sequence[str]) -> dict[str, Any]:
    values = sorted(float(value) for value in present)
    mean = math.fsum(values) / len(values)
    return {
        "common": common,
        "mean": mean,
        "sum": math.fsum(values),
        "std_dev": math.sqrt(math.fsum((value - mean) ** 2 for value in values) / len(values)),
        "min": values[0],
        "max": values[-1],
        "distribution": {
            "kll": {"buckets": _buckets(values), "sketch": {"parameters": SKETCH, "data": [_thinned(values)]}},
        },
    }


def _buckets(values: Sequence[float]) -> list[dict[str, float]]:
    low, high = values[0], values[-1]
    edges = [low + (high - low) * index / BUCKETS for index in range(BUCKETS)] + [high]
    found = []
    for index in range(BUCKETS):
        begin = bisect.bisect_left(values, edges[index])
        end = len(values) if index == BUCKETS - 1 else bisect.bisect_left(values, edges[index + 1])
        count = max(end - begin, 0)
        found.append({"lower_bound": edges[index], "upper_bound": edges[index + 1], "count": float(count)})
    return found


def _thinned(values: Sequence[float]) -> list[float]:
    """At most `k` of sorted values, evenly."""
    limit = int(SKETCH["k"])
    if len(values) <= limit:
        return list(values)
    return [values[index * (len(values) - 1) // (limit - 1)] for index in range(limit)]


def _sample(statistics: Mapping[str, Any]) -> list[float]:
    data = statistics["distribution"]["kll"]["sketch"]["data"]
    return [value for level, part in enumerate(data) for value in part for _ in range(2**level)]


def _shares(statistics: Mapping[str, Any]) -> dict[str, float]:
    buckets = statistics["distribution"]["categorical"]["buckets"]
    total = sum(bucket["count"] for bucket in buckets)
    return {bucket["value"]: bucket["count"] / total for bucket in buckets}


def _below(values: Sequence[float], value: float) -> float:
    return bisect.bisect_right(values, value) / len(values)


def _whole(value: str) -> bool:
    try:
        int(value)
    except ValueError:
        return False
    return True
