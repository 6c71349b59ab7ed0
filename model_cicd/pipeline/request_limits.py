"""Limits of the service on what steps become: the literals of a compiled definition against those of the requests.

The limits are those of request_limits.json, which scripts/request_limits.py makes from the API's model.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from model_cicd.pipeline.compile import compile_pipeline
from model_cicd.pipeline.environment import PipelineEnvironment
from model_cicd.pipeline.execution_role_actions import steps_of
from model_cicd.pipeline.rules.registry import Finding, Subject
from model_cicd.text.errors import ModelCicdError

_FUNCTIONS = ("Get", "Std:Join", "Std:JsonGet")
_SHOWN = 60

Limits = Mapping[str, Mapping[str, Any]]


@functools.cache
def _data() -> tuple[Mapping[str, str], Mapping[str, Limits]]:
    found = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
    return found["steps"], found["limits"]


class _Uploaded(dict[str, str]):
    """Every local file is somewhere in S3."""

    def __contains__(self, file: object) -> bool:
        return True

    def __missing__(self, file: str) -> str:
        return "s3://bucket/code/file"


def check_requests(subject: Subject) -> Iterator[Finding]:
    """What a step asks of the service is within the limits of the service's API, as far as it is known.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Operations.html
    """
    environment = PipelineEnvironment(region="us-east-1", runs="", models="", standalone=True, files=_Uploaded())
    try:
        definition = compile_pipeline(subject.config, environment)
    except ModelCicdError:  # whoever compiles it is told
        return
    defaults = {f"Parameters.{each['Name']}": each.get("DefaultValue") for each in definition.get("Parameters", [])}
    places = {step.name: path for path, step in subject.steps}
    steps, limits = _data()
    for step in steps_of(definition):
        if step["Type"] in steps:
            for path, text in _wrong(step["Arguments"], "", "", limits[steps[step["Type"]]], defaults):
                yield places[step["Name"]], f"{path}: {text} (of {steps[step['Type']]})"


def _wrong(value: Any, path: str, key: str, limits: Limits, defaults: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Path as it is shown and what is wrong there; `key` is the path in the table."""
    if isinstance(value, dict) and len(value) == 1 and next(iter(value)) in _FUNCTIONS:
        value = defaults.get(str(value.get("Get")))
    text = _said(value, limits[key]) if key in limits else None
    if text:
        yield path, text
    if isinstance(value, list):
        for index, each in enumerate(value):
            yield from _wrong(each, f"{path}[{index}]", f"{key}[]", limits, defaults)
    elif isinstance(value, dict):
        for name, part in value.items():
            below = f"{key}{{}}" if f"{key}{{}}" in limits else f"{key}.{name}" if key else name
            yield from _wrong(part, f"{path}.{name}" if path else name, below, limits, defaults)


def _said(value: Any, limit: Mapping[str, Any]) -> str | None:
    low, high = limit.get("min", 0), limit.get("max")
    expected = f"expected {low} to {'any number' if high is None else high}"

    def within(size: float) -> bool:
        return size >= low and (high is None or size <= high)

    if isinstance(value, str) and "{{" not in value:  # no placeholder
        if not within(len(value)):
            return f"got {len(value)} characters, {expected}"
        if "pattern" in limit and not re.fullmatch(limit["pattern"], value):
            shown = value if len(value) <= _SHOWN else f"{value[:_SHOWN]}..."
            return f"got {shown!r}, expected the pattern {limit['pattern']}"
    elif isinstance(value, list | dict) and not within(len(value)):
        return f"got {len(value)} entries, {expected}"
    elif isinstance(value, int) and not isinstance(value, bool) and not within(value):
        return f"got {value}, {expected}"
    return None
