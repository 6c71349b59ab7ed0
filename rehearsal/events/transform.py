"""What a target receives: the event, a constant, a part of the event, or a template filled from it.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_STEP = re.compile(r"\.(?P<name>[\w/-]+)|\[(?P<index>\d+|\*)\]|\['(?P<quoted>[^']+)'\]")
_PLACEHOLDER = re.compile(r"<(?P<name>[\w.-]+)>")
_RESERVED = ("aws.events.rule-arn", "aws.events.rule-name", "aws.events.event.ingestion-time", "aws.events.event",
             "aws.events.event.json")  # fmt: skip
_MISSING = object()


class TransformError(ValueError):
    """A path or template is not valid; the text says why."""


def check(target: Mapping[str, Any]) -> None:
    """Refuse a target whose Input, InputPath or InputTransformer cannot work. Raises TransformError."""
    given = [name for name in ("Input", "InputPath", "InputTransformer") if target.get(name) is not None]
    if len(given) > 1:
        raise TransformError(f"Only one of Input, InputPath, or InputTransformer must be provided: got {given}")
    if target.get("Input") is not None:
        try:
            json.loads(target["Input"])
        except ValueError as error:
            raise TransformError(f"Input for target {target['Id']} is not valid JSON: {error}") from None
    if target.get("InputPath") is not None:
        _steps(target["InputPath"])
    transformer = target.get("InputTransformer")
    if transformer:
        paths = transformer.get("InputPathsMap") or {}
        for name, path in paths.items():
            if name.startswith("AWS.") or name in _RESERVED:
                raise TransformError(f"InputPathsMap: the name {name} is reserved")
            _steps(path)
        used = {found["name"] for found in _PLACEHOLDER.finditer(transformer["InputTemplate"])}
        unknown = sorted(name for name in used - set(paths) if not name.startswith("aws."))
        unknown += sorted(name for name in used if name.startswith("aws.") and name not in _RESERVED)
        if unknown:
            raise TransformError(f"InputTemplate names {', '.join(unknown)}, which InputPathsMap does not define")


def payload(target: Mapping[str, Any], event: Mapping[str, Any], *, rule_arn: str, rule_name: str) -> str:
    """The text that the target receives. Raises TransformError when a template does not give JSON."""
    if target.get("Input") is not None:
        return str(target["Input"])
    if target.get("InputPath") is not None:
        value = select(event, target["InputPath"])
        return json.dumps(None if value is _MISSING else value)
    transformer = target.get("InputTransformer")
    if not transformer:
        return json.dumps(event)
    values: dict[str, Any] = {
        "aws.events.rule-arn": rule_arn,
        "aws.events.rule-name": rule_name,
        "aws.events.event.ingestion-time": event["time"],
        "aws.events.event": {name: value for name, value in event.items() if name != "detail"},
        "aws.events.event.json": event,
    }
    for name, path in (transformer.get("InputPathsMap") or {}).items():
        values[name] = select(event, path)
    return _fill(transformer["InputTemplate"], values)


def select(event: Any, path: str) -> Any:
    """The value at a path such as `$.detail.items[0]`; an absent one is a private marker, printed as nothing."""
    return _walk([event], _steps(path), False)


def _walk(values: list[Any], steps: list[str | int], many: bool) -> Any:
    for step in steps:
        following: list[Any] = []
        for value in values:
            if step == -1:
                following += value if isinstance(value, list) else []
            elif isinstance(step, int):
                following += value[step : step + 1] if isinstance(value, list) else []
            elif isinstance(value, Mapping) and step in value:
                following.append(value[step])
        many = many or step == -1
        values = following
    if many:
        return values
    return values[0] if values else _MISSING


def _steps(path: str) -> list[str | int]:
    if not path.startswith("$"):
        raise TransformError(f"{path!r} is no JSON path: expected it to start with $")
    steps: list[str | int] = []
    place = 1
    while place < len(path):
        found = _STEP.match(path, place)
        if not found:
            raise TransformError(f"{path!r} is no JSON path that EventBridge supports")
        index = found["index"]
        steps.append(-1 if index == "*" else int(index) if index else found["name"] or found["quoted"])
        place = found.end()
    return steps


def _fill(template: str, values: Mapping[str, Any]) -> str:
    """Replace the placeholders: JSON values outside quotes; inside them plain text, which EventBridge does not escape.

    What is no JSON has a line in quotes for each line of text, and keeps the quotes.
    """
    out: list[str] = []
    end, quoted = 0, False
    for found in _PLACEHOLDER.finditer(template):
        between = template[end : found.start()]
        quoted ^= len(re.findall(r'(?<!\\)"', between)) % 2 == 1
        value = values.get(found["name"], _MISSING)
        out += [between, _inside(value) if quoted else _outside(value)]
        end = found.end()
    filled = "".join(out) + template[end:]
    try:
        return json.dumps(json.loads(filled))
    except ValueError:
        pass
    if template.lstrip().startswith(("{", "[")):
        raise TransformError(f"the input template did not give JSON: {filled}")
    return filled


def _outside(value: Any) -> str:
    return '""' if value is _MISSING else json.dumps(value)


def _inside(value: Any) -> str:
    if value is _MISSING:
        return ""
    return value if isinstance(value, str) else json.dumps(value)
