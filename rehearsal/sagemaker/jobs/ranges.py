"""Draws hyperparameters from their ranges.

https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-define-ranges.html
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterator

from rehearsal.api import Params, invalid


def proposals(strategy: str, ranges: Params, seed: int) -> Iterator[dict[str, str]]:
    """Hyperparameters for one trial after the other; Grid ends when all combinations were given.

    Raises ApiError ValidationException for ranges that are empty, and for a Grid of numbers, as AWS has none.
    """
    _check(ranges)
    if strategy != "Grid":
        generator = random.Random(seed)
        return (draw(ranges, generator) for _ in itertools.count())
    if ranges.get("IntegerParameterRanges") or ranges.get("ContinuousParameterRanges"):
        raise invalid("Strategy Grid: takes CategoricalParameterRanges only")
    rows = ranges.get("CategoricalParameterRanges", [])
    names = [row["Name"] for row in rows]
    found = itertools.product(*(row["Values"] for row in rows))
    return (dict(zip(names, values, strict=True)) for values in found)


def draw(ranges: Params, generator: random.Random) -> dict[str, str]:
    """One value of each range, evenly on its scale."""
    found = {}
    for row in ranges.get("IntegerParameterRanges", []):
        low, high = float(row["MinValue"]), float(row["MaxValue"])
        # half a step beyond both ends, so that these come as often as the others
        value = _scaled(row, low if _scale(row) != "Linear" else low - 0.5, high + 0.5, generator)
        found[row["Name"]] = str(min(max(round(value), int(low)), int(high)))
    for row in ranges.get("ContinuousParameterRanges", []):
        value = _scaled(row, float(row["MinValue"]), float(row["MaxValue"]), generator)
        found[row["Name"]] = repr(value)
    for row in ranges.get("CategoricalParameterRanges", []):
        found[row["Name"]] = generator.choice(row["Values"])
    return found


def _scaled(row: Params, low: float, high: float, generator: random.Random) -> float:
    scale = _scale(row)
    if scale == "Logarithmic":
        return math.exp(generator.uniform(math.log(low), math.log(high)))
    if scale == "ReverseLogarithmic":
        return 1 - math.exp(generator.uniform(math.log(1 - high), math.log(1 - low)))
    return generator.uniform(low, high)


def _scale(row: Params) -> str:
    """Auto is linear here."""
    scale = str(row.get("ScalingType", "Auto"))
    return "Linear" if scale == "Auto" else scale


def _check(ranges: Params) -> None:
    for row in [*ranges.get("IntegerParameterRanges", []), *ranges.get("ContinuousParameterRanges", [])]:
        try:
            low, high = float(row["MinValue"]), float(row["MaxValue"])
        except ValueError:
            raise invalid(f"{row['Name']}: MinValue and MaxValue must be numbers") from None
        if low > high:
            raise invalid(f"{row['Name']}: MinValue {row['MinValue']} is over MaxValue {row['MaxValue']}")
        if _scale(row) == "Logarithmic" and low <= 0:
            raise invalid(f"{row['Name']}: ScalingType Logarithmic: MinValue must be over 0")
        if _scale(row) == "ReverseLogarithmic" and not 0 <= low <= high < 1:
            raise invalid(f"{row['Name']}: ScalingType ReverseLogarithmic: the range must be within 0 and 1")
