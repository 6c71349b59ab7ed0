"""The metrics among the properties of a version, as a line for people."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

#: an approval's text holds a thousand characters at most, of which the metrics get this share
LONGEST_METRICS = 240
_NUMBER = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,20})?(?:[eE][+-]?[0-9]{1,2})?")
_THRESHOLD = re.compile(r"(?P<bound>Max|Min)(?P<metric>[A-Z].*)")
_BOUND_WORDS = {"Max": "at most", "Min": "at least"}
_NO_METRIC = ("Id", "Arn", "Url")  # ends of names whose values are never metrics, even where they are digits


def metrics(properties: Mapping[str, str]) -> str:
    """The numbers among a version's metadata, each with its threshold: `Mse 3.1 (at most 4)`.

    The threshold of `Mse` is `MaxMse` or `MinMse`. Metrics with a threshold come first, the rest by name.
    """
    numbers = {
        name: str(value)
        for name, value in properties.items()
        if _NUMBER.fullmatch(str(value)) and not name.endswith(_NO_METRIC)
    }
    bounds = {found["metric"]: found["bound"] for found in map(_THRESHOLD.fullmatch, numbers) if found}
    bounds = {name: bound for name, bound in bounds.items() if name in numbers}
    plain = [name for name in numbers if name not in bounds and not _is_threshold(name, bounds)]
    shown = [*_with_bounds(numbers, bounds), *(f"{name} {_rounded(numbers[name])}" for name in sorted(plain))]
    text = ", ".join(shown)
    if len(text) > LONGEST_METRICS:
        text = text[:LONGEST_METRICS].rpartition(", ")[0] + ", ..."
    return text or "no metrics"


def _with_bounds(numbers: Mapping[str, str], bounds: Mapping[str, str]) -> Iterator[str]:
    for name, bound in sorted(bounds.items()):
        yield f"{name} {_rounded(numbers[name])} ({_BOUND_WORDS[bound]} {_rounded(numbers[bound + name])})"


def _is_threshold(name: str, bounds: Mapping[str, str]) -> bool:
    found = _THRESHOLD.fullmatch(name)
    return found is not None and bounds.get(found["metric"]) == found["bound"]


def _rounded(number: str) -> str:
    return f"{float(number):.6g}"
