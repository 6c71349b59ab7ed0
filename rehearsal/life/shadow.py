"""Shadows: while a version is compared with what serves, somebody has to ask the endpoint; nobody may notice."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from rehearsal.errors import RehearsalError
from rehearsal.job.promote import Promoter
from rehearsal.job.scene import Ground

_PAUSE_SECONDS = 0.2
#: features of the seed's data, which the model was not trained for
_ROW = ",".join(["0.01"] * 10)


@dataclass
class Asked:
    """How often the endpoints with shadows were asked, and what went wrong."""

    requests: int = 0
    failures: list[str] = field(default_factory=list)


def shadowed(settings: Mapping[str, Any]) -> list[str]:
    """The environments of a group in which versions are compared first, by name."""
    environments = [settings.get("buildEnvironment") or {}, *(settings.get("deployEnvironments") or [])]
    return [str(each["name"]) for each in environments if (each.get("endpoint") or {}).get("shadow")]


@contextlib.contextmanager
def asking(ground: Ground, promoter: Promoter) -> Iterator[Asked]:
    """While somebody asks each endpoint that has shadows, again and again."""
    places = [each for each in promoter.places if each["name"] in shadowed(ground.settings)]
    asked, over = Asked(), threading.Event()
    runtimes = [
        ground.aws.client("sagemaker-runtime", account=each["account"], region=each["region"]) for each in places
    ]

    def ask() -> None:
        while not over.wait(_PAUSE_SECONDS):
            for place, runtime in zip(places, runtimes, strict=True):
                asked.requests += 1
                try:
                    runtime.invoke_endpoint(EndpointName=place["endpointName"], ContentType="text/csv", Body=_ROW)
                except ClientError as error:
                    asked.failures.append(str(error))

    thread = threading.Thread(target=ask, name="asks endpoints with shadows")
    if places:
        thread.start()
    try:
        yield asked
    finally:
        over.set()
        if places:
            thread.join()


def compared(ground: Ground, scene: str, promoter: Promoter, asked: Asked) -> dict[str, str]:
    """What the builds of shadows said, by environment. Raises RehearsalError where one did not pass or calls failed."""
    if asked.failures:
        raise RehearsalError(scene, f"{len(asked.failures)} of {asked.requests} requests failed: {asked.failures[0]}")
    found = {}
    for each in promoter.actions(promoter.promoted()):
        if each["actionName"] == "Shadow":
            variables = (each.get("output") or {}).get("outputVariables") or {}
            found[each["stageName"].removeprefix("Deploy-")] = variables.get("Compared", "")
    for name in shadowed(ground.settings):
        if not found.get(name, "").startswith("passed: "):
            raise RehearsalError(scene, f"the shadow of {name} says {found.get(name)!r}, expected that it passed")
    return found
