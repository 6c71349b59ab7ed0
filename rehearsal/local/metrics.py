"""What an execution measured: the numbers in the property files that its conditions read, as `model-cicd run` shows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from rehearsal.api import Params
from rehearsal.local.local_aws import LocalAws
from rehearsal.local.report import local_path, outputs
from rehearsal.sagemaker.pipelines.state import Execution

_GET = "Std:JsonGet"


def metrics(aws: LocalAws, execution: Execution) -> Iterator[Params]:
    """`StepName`, `Name` (a path in the file) and `Value` of each number; a stubbed step measured nothing."""
    made = {(each["StepName"], each["OutputName"]): each["S3Uri"] for each in outputs(aws, execution)}
    for step, name in dict.fromkeys(_read(execution)):
        file = execution.definition.steps[step].property_files[name]
        uri = made.get((step, file.output))
        if uri is None or step in aws.step_options.stubs:
            continue
        path = local_path(aws, f"{uri.rstrip('/')}/{file.path}")
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        yield from ({"StepName": step, "Name": key, "Value": value} for key, value in numbers(data))


def numbers(data: Any, path: str = "") -> Iterator[tuple[str, float]]:
    """The numbers in a JSON document by their paths."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield from numbers(value, f"{path}.{key}" if path else str(key))
    elif isinstance(data, int | float) and not isinstance(data, bool):
        yield path, data


def _read(execution: Execution) -> Iterator[tuple[str, str]]:
    """The property files that conditions read, by step and name."""
    for step in execution.definition.steps.values():
        if step.type == "Condition":
            yield from _sources(step.arguments["Conditions"])


def _sources(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        if "PropertyFile" in value.get(_GET, {}):
            _, step, _, name = value[_GET]["PropertyFile"]["Get"].split(".")
            yield step, name
        for each in value.values():
            yield from _sources(each)
    elif isinstance(value, list):
        for each in value:
            yield from _sources(each)
