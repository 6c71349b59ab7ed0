"""Expressions in pipeline definitions: `Get`, `Std:Join` and `Std:JsonGet`.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-properties.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

FUNCTIONS = ("Get", "Std:Join", "Std:JsonGet")
EXECUTION_VARIABLES = ("PipelineName", "PipelineArn", "PipelineExecutionId", "PipelineExecutionArn", "StartDateTime",
                       "CurrentDateTime")  # fmt: skip

# The members by which elements of lists in Describe answers are named.
NAMES = ("OutputName", "InputName", "ChannelName", "MetricName", "Name")
_TOKEN = re.compile(r"\.?(?P<name>[A-Za-z0-9_-]+)|\[(?P<index>\d+)\]|\[(?P<quote>['\"])(?P<key>.*?)(?P=quote)\]")


class ExpressionError(Exception):
    """An expression is malformed or has no value; the text says which."""


class Scope(Protocol):
    """Where values come from while a pipeline runs."""

    def parameter(self, name: str) -> Any:
        """The value of a pipeline parameter."""

    def execution(self, name: str) -> Any:
        """The value of an execution variable."""

    def properties(self, step: str) -> Any:
        """What a step that ended shows of itself."""

    def property_file(self, step: str, name: str) -> Any:
        """The content of a step's property file, parsed."""

    def document(self, uri: str) -> Any:
        """The content of a JSON object in S3, parsed."""


@dataclass(frozen=True)
class Reference:
    """What one `Get` names: `kind` Parameters, Steps or Execution, then the keys below it."""

    kind: str
    keys: tuple[str | int, ...]
    text: str


def is_expression(value: Any) -> bool:
    """Whether a value is one of the functions."""
    return isinstance(value, dict) and len(value) == 1 and next(iter(value)) in FUNCTIONS


def tokens(path: str) -> tuple[str | int, ...]:
    """`a.b[0]['c d']` -> ('a', 'b', 0, 'c d'). Raises ExpressionError."""
    keys: list[str | int] = []
    position = 0
    while position < len(path):
        found = _TOKEN.match(path, position)
        if not found or (position == 0 and path.startswith(".")):
            raise ExpressionError(f"cannot read the path {path!r} from {path[position:]!r} on")
        index = found["index"]
        keys.append(int(index) if index is not None else found["name"] or found["key"])
        position = found.end()
    return tuple(keys)


def reference(text: Any) -> Reference:
    """The meaning of a `Get`. Raises ExpressionError."""
    if not isinstance(text, str):
        raise ExpressionError(f"Get: got {text!r}, expected a string")
    keys = tokens(text)
    if len(keys) < 2 or keys[0] not in ("Parameters", "Steps", "Execution"):
        raise ExpressionError(f"Get {text!r}: expected Parameters.NAME, Steps.NAME.PROPERTY or Execution.VARIABLE")
    return Reference(str(keys[0]), keys[1:], text)


def references(value: Any) -> Iterator[Reference]:
    """Every `Get` inside a value. Raises ExpressionError for malformed expressions."""
    if isinstance(value, list):
        for item in value:
            yield from references(item)
    elif not isinstance(value, dict):
        return
    elif not is_expression(value):
        for item in value.values():
            yield from references(item)
    elif "Get" in value:
        yield reference(value["Get"])
    elif "Std:Join" in value:
        yield from references(_join(value["Std:Join"])[1])
    else:
        source, _ = _json_get(value["Std:JsonGet"])
        yield from references(source)


def evaluate(value: Any, scope: Scope) -> Any:
    """`value` with every expression in it replaced by what it stands for. Raises ExpressionError."""
    if isinstance(value, list):
        return [evaluate(item, scope) for item in value]
    if not isinstance(value, dict):
        return value
    if not is_expression(value):
        return {key: evaluate(item, scope) for key, item in value.items()}
    if "Get" in value:
        return _get(reference(value["Get"]), scope)
    if "Std:Join" in value:
        on, parts = _join(value["Std:Join"])
        return on.join(text(evaluate(part, scope)) for part in parts)
    return _read(value["Std:JsonGet"], scope)


def text(value: Any) -> str:
    """A value as Std:Join writes it. Raises ExpressionError."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        raise ExpressionError(f"Std:Join: {value!r} is no plain value")
    return str(value)


def lookup(document: Any, keys: tuple[str | int, ...], what: str) -> Any:
    """Follow keys into a document; a list is entered by position or by the name of an element.

    Raises ExpressionError, which names what is there instead.
    """
    for key in keys:
        found = entered(document, key)
        if found is None:
            raise ExpressionError(f"{what}: there is no {key!r}{_has(document)}")
        document = found
    return document


def entered(document: Any, key: str | int) -> Any:
    """What a key leads to in a document, None when there is nothing."""
    if isinstance(document, dict):
        return document.get(str(key))
    if isinstance(document, list):
        if isinstance(key, int):
            return document[key] if key < len(document) else None
        return next((item for item in document if isinstance(item, dict) and key in map(item.get, NAMES)), None)
    return None


def _has(document: Any) -> str:
    return f"; there are {', '.join(map(str, document))}" if isinstance(document, dict) and document else ""


def _get(found: Reference, scope: Scope) -> Any:
    name = str(found.keys[0])
    if found.kind == "Parameters":
        return scope.parameter(name)
    if found.kind == "Execution":
        return scope.execution(name)
    return lookup(scope.properties(name), found.keys[1:], found.text)


def _join(arguments: Any) -> tuple[str, list[Any]]:
    if not isinstance(arguments, dict) or not isinstance(arguments.get("Values"), list):
        raise ExpressionError('Std:Join: expected {"On": "...", "Values": [...]}')
    unknown = sorted(set(arguments) - {"On", "Values"})
    if unknown:
        raise ExpressionError(f"Std:Join: unknown member {', '.join(unknown)}")
    return str(arguments.get("On", "")), arguments["Values"]


def _json_get(arguments: Any) -> tuple[Any, str]:
    """The source (`Get` of a property file, or S3 URI) and the path."""
    if not isinstance(arguments, dict) or not isinstance(arguments.get("Path"), str):
        raise ExpressionError("Std:JsonGet: expected PropertyFile or S3Uri, and Path")
    unknown = sorted(set(arguments) - {"PropertyFile", "S3Uri", "Path", "Step"})
    if unknown:
        raise ExpressionError(f"Std:JsonGet: unknown member {', '.join(unknown)}")
    path = arguments["Path"]
    tokens(path.removeprefix("$").removeprefix("."))
    if "S3Uri" in arguments:
        return arguments["S3Uri"], path
    source: Any = arguments.get("PropertyFile")
    if not is_expression(source) or "Get" not in source:
        raise ExpressionError(
            f'Std:JsonGet: PropertyFile: got {source!r}, expected {{"Get": "Steps.STEP.PropertyFiles.NAME"}}'
        )
    keys = reference(source["Get"]).keys
    if len(keys) != 3 or keys[1] != "PropertyFiles":
        raise ExpressionError(f"Std:JsonGet: {source['Get']!r} is not Steps.STEP.PropertyFiles.NAME")
    return source, path


def _read(arguments: Any, scope: Scope) -> Any:
    source, path = _json_get(arguments)
    if "S3Uri" in arguments:
        uri = str(evaluate(source, scope))
        document, what = scope.document(uri), uri
    else:
        step, _, name = reference(source["Get"]).keys
        document, what = scope.property_file(str(step), str(name)), f"property file {name} of step {step}"
    return lookup(document, tokens(path.removeprefix("$").removeprefix(".")), what)
