"""What must hold of an environment that sleeps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from model_cicd.text.errors import describe
from model_cicd.text.messages import Complaint, KeyPath
from model_cicd.text.untrusted import mapping


def asleep_complaints(path: KeyPath, environment: Mapping[str, Any]) -> Iterator[Complaint]:
    """What is wrong with `endpoint.asleep` of the settings `environment` at `path`."""
    endpoint = mapping(environment.get("endpoint"))
    asleep = endpoint.get("asleep")
    if not isinstance(asleep, Mapping):
        return
    here = (*path, "endpoint", "asleep")
    if environment.get("type") == "prod":
        yield here, "got asleep in an environment of type prod, expected it elsewhere only: prod never sleeps"
    if environment.get("monitoring") is not None:
        yield here, "got asleep with monitoring, expected one of them: schedules of monitoring need the endpoint"
    start, end = asleep.get("from"), asleep.get("until")
    if (start is None) != (end is None):
        missing = "until" if end is None else "from"
        yield here, f"got no {missing}, expected from and until, or neither of them"
    if start is not None and start == end:
        yield (*here, "until"), f"got {describe(end)}, expected another time than from"
    if start is None and end is None and asleep.get("days") is not None:
        yield (*here, "days"), "got days without times, expected from and until, or no days"
    if endpoint.get("serverless") is not None or environment.get("kind") == "serverless":
        yield (
            here,
            "got asleep with serverless, expected one of them: serverless costs nothing while nobody asks",
        )
