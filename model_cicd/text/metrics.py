"""The metrics among the properties of a version, as a line for people."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

#: an approval's text holds a thousand characters at most, of which the metrics get this share
LONGEST_METRICS = 240
_NUMBER = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,20})?(?:[eE][+-]?[0-9]{1,2})?")
_THRESHOLD = re.compile(r"(?P<bound>Max|Min)(?P<metric>[A-Z].*)")
_BOUND_WORDS = {"Max": "at most", "Min": "at least"}
#: the version that served when this one was trained, or `none`; and what its metrics begin with
SERVING_VERSION, NONE, SERVING = "ServingVersion", "none", "Serving"
_NO_METRIC = ("Id", "Arn", "Url")  # ends of names whose values are never metrics, even where they are digits


@dataclass(frozen=True)
class Metric:
    """A number among a version's metadata; `bound` is `Max` or `Min` where it has a `threshold`, else empty.

    `serving` is what the version that served then measured on the same data, where it was compared.
    """

    name: str
    value: float
    bound: str = ""
    threshold: float | None = None
    serving: float | None = None

    def __str__(self) -> str:
        words = [f"{_BOUND_WORDS[self.bound]} {self.threshold:.6g}"] if self.threshold is not None else []
        words += [f"what served had {self.serving:.6g}"] if self.serving is not None else []
        return f"{self.name} {self.value:.6g}" + (f" ({', '.join(words)})" if words else "")


def metrics(properties: Mapping[str, str]) -> str:
    """The numbers among a version's metadata, each with its threshold: `Mse 3.1 (at most 4)`; cut where it is long."""
    text = ", ".join([*compared(properties), *map(str, measured(properties))])
    if len(text) > LONGEST_METRICS:
        text = text[:LONGEST_METRICS].rpartition(", ")[0] + ", ..."
    return text or "no metrics"


def measured(properties: Mapping[str, str]) -> list[Metric]:
    """The numbers among a version's metadata: those with a threshold first, the rest by name.

    The threshold of `Mse` is `MaxMse` or `MinMse`; what the version that served measured is `ServingMse`.
    """
    numbers = {
        name: float(value)
        for name, value in properties.items()
        if _NUMBER.fullmatch(str(value)) and not name.endswith(_NO_METRIC) and name != SERVING_VERSION
    }
    served = {name: numbers.pop(f"{SERVING}{name}") for name in list(numbers) if f"{SERVING}{name}" in numbers}
    bounds = {found["metric"]: found["bound"] for found in map(_THRESHOLD.fullmatch, numbers) if found}
    bounds = {name: bound for name, bound in bounds.items() if name in numbers}
    plain = [name for name in numbers if name not in bounds and not _is_threshold(name, bounds)]
    bounded = [
        Metric(name, numbers[name], bound, numbers[bound + name], served.get(name))
        for name, bound in sorted(bounds.items())
    ]
    return [*bounded, *(Metric(name, numbers[name], serving=served.get(name)) for name in sorted(plain))]


def compared(properties: Mapping[str, str]) -> list[str]:
    """What the version was compared with, in words; nothing where its training does not say."""
    version = str(properties.get(SERVING_VERSION, ""))
    if version == NONE:
        return ["compared with no version"]
    return [f"compared with version {version}"] if re.fullmatch("[1-9][0-9]{0,8}", version) else []


def _is_threshold(name: str, bounds: Mapping[str, str]) -> bool:
    found = _THRESHOLD.fullmatch(name)
    return found is not None and bounds.get(found["metric"]) == found["bound"]
