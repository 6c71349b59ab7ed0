"""Payload templates of the Amazon States Language: JSON whose `.$` members are paths or intrinsic functions.

https://docs.aws.amazon.com/step-functions/latest/dg/input-output-inputpath-params.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rehearsal.states import intrinsics
from rehearsal.states.paths import PathError, problem, select


def fill(template: Any, data: Any, context: Any) -> Any:
    """A payload template with the values of its `.$` members. Raises PathError."""
    if isinstance(template, dict):
        return {
            key.removesuffix(".$"): _value(part, data, context) if key.endswith(".$") else fill(part, data, context)
            for key, part in template.items()
        }
    if isinstance(template, list):
        return [fill(part, data, context) for part in template]
    return template


def problems(template: Any, where: str) -> Iterator[str]:
    """What is wrong with the paths of a payload template, each with its place."""
    if isinstance(template, dict):
        for key, part in template.items():
            here = f"{where}/{key}"
            if key.endswith(".$"):
                yield from _problem(part, here)
            else:
                yield from problems(part, here)
    elif isinstance(template, list):
        for number, part in enumerate(template):
            yield from problems(part, f"{where}[{number}]")


def _value(text: str, data: Any, context: Any) -> Any:
    return intrinsics.call(text, data, context) if intrinsics.is_call(text) else select(text, data, context)


def _problem(value: Any, where: str) -> Iterator[str]:
    if not isinstance(value, str) or not intrinsics.is_call(value):
        yield from problem(value, where)
        return
    try:
        intrinsics.check(value)
    except PathError as error:
        yield f"{where}: {error}"
