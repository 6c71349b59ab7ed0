"""Step caching: a step with the same key attributes as an earlier, successful run of it is not run again.

https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-caching.html
"""

from __future__ import annotations

import datetime
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rehearsal.api import Params
from rehearsal.sagemaker.listing import now
from rehearsal.sagemaker.shapes import nearest

# As AWS's guide writes them (30d, 5y, T16m, 30dT5h): those of ISO 8601, with or without the P.
_DURATION = re.compile(
    r"P?(?=[\dT])(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?",
    re.IGNORECASE | re.ASCII,
)
_DAYS = {"years": 365, "months": 30, "weeks": 7, "days": 1}
_LONGEST = 1000 * 365 * 86400

Expiry = datetime.timedelta


@dataclass(frozen=True)
class Hit:
    """An earlier run: the execution it was part of, and what the step showed."""

    execution_arn: str
    metadata: Params
    properties: Params


class Cache:
    """Successful runs by pipeline, step and key. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runs: dict[tuple[str, str, str], tuple[datetime.datetime, Hit]] = {}

    def find(self, pipeline_arn: str, step: str, key: str, expires: Expiry) -> Hit | None:
        """The latest run that is not older than `expires`."""
        with self._lock:
            found = self._runs.get((pipeline_arn, step, key))
        return found[1] if found and now() - found[0] <= expires else None

    def keep(self, pipeline_arn: str, step: str, key: str, hit: Hit) -> None:
        """Remember a successful run."""
        with self._lock:
            self._runs[pipeline_arn, step, key] = (now(), hit)


def key(values: Params) -> str:
    """The cache key of the values of a step's key attributes.

    https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-default-keys.html
    """
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()


def problems(step: Params) -> Iterator[str]:
    """What is wrong with a step's CacheConfig."""
    config = step.get("CacheConfig")
    if config is None:
        return
    if not isinstance(config, dict) or not isinstance(config.get("Enabled", False), bool):
        yield "CacheConfig: expected Enabled (true or false) and ExpireAfter"
        return
    known = ("Enabled", "ExpireAfter")
    yield from (f"CacheConfig.{name}: unknown member{nearest(name, known)}" for name in config if name not in known)
    given = config.get("ExpireAfter", "" if config.get("Enabled") else "P1D")
    if not isinstance(given, str) or not _DURATION.fullmatch(given):
        yield f"CacheConfig.ExpireAfter: got {given!r}, expected a duration (30d, T12h, P30DT12H)"


def expiry(step: Params) -> Expiry | None:
    """How old a run may be to be used again; None when the step is not cached."""
    config: dict[str, Any] = step.get("CacheConfig") or {}
    if not config.get("Enabled"):
        return None
    found = _DURATION.fullmatch(config["ExpireAfter"])
    assert found, "problems() was asked first"
    parts = {name: int(text) for name, text in found.groupdict().items() if text}
    days = sum(count * _DAYS[name] for name, count in parts.items() if name in _DAYS)
    hours, minutes, seconds = (parts.get(name, 0) for name in ("hours", "minutes", "seconds"))
    return datetime.timedelta(seconds=min(days * 86400 + hours * 3600 + minutes * 60 + seconds, _LONGEST))
