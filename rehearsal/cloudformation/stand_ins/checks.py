"""Properties against AWS's resource schema: kinds, patterns, lengths, ranges, listed values, what must be there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from jsonschema import Draft7Validator, validators
from jsonschema.exceptions import ValidationError

# What holds of single values, and of what must be there; AWS's schemas of the rest are no rules that it keeps to.
_RULES = ("enum", "maxItems", "maxLength", "maximum", "minItems", "minLength", "minimum", "pattern", "required", "type")


def problems(found: dict[str, Any], properties: dict[str, Any]) -> Iterator[str]:
    """What is wrong with the properties by the schema `found`, each with its path."""
    read_only = {path.split("/")[2] for path in found.get("readOnlyProperties", []) if path.count("/") == 2}
    own = {name: node for name, node in found["properties"].items() if name not in read_only}
    shape = {"type": "object", "properties": own, "definitions": found.get("definitions", {})}
    values = _fitted(shape, shape, {name: value for name, value in properties.items() if name != "Tags"})
    for error in _Validator(shape).iter_errors(values):
        if error.validator in _RULES:
            yield _text(error)


def node_at(found: dict[str, Any], path: str) -> dict[str, Any] | None:
    """The schema of the property at `path` (`Parent.Child`); None when there is none, or it is in a list."""
    node: dict[str, Any] = found
    for name in path.split("."):
        below = resolved(found, node).get("properties") or {}
        if name not in below:
            return None
        node = below[name]
    return resolved(found, node)


def resolved(found: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    """A node of the schema, its reference followed."""
    while "$ref" in node:
        node = found["definitions"][node["$ref"].rpartition("/")[2]]
    return node


def is_value(found: dict[str, Any], path: str) -> bool:
    """Whether a property is one value, or a list of such."""
    node = node_at(found, path)
    if node is None:
        return False
    if node.get("type") == "array":
        node = resolved(found, node.get("items", {}))
    return node.get("type") in ("string", "integer", "number", "boolean") and "properties" not in node


def _text(error: ValidationError) -> str:
    where = "/".join(["#", *map(str, error.absolute_path)])
    if error.validator == "required":
        return f"{where}: {error.message}"
    shown = re.sub(r"\s+", " ", str(error.instance))[:60]
    return f"{where}: got {shown!r}, expected {error.validator} {error.validator_value}"


def _fitted(found: dict[str, Any], node: Any, value: Any) -> Any:
    """A value of a template with texts that are numbers or booleans as such, and the other way round."""
    node = resolved(found, node) if isinstance(node, dict) else {}
    if isinstance(value, dict):
        below = node.get("properties", {})
        return {name: _fitted(found, below.get(name, {}), part) for name, part in value.items()}
    if isinstance(value, list):
        return [_fitted(found, node.get("items", {}), part) for part in value]
    kind = node.get("type")
    if isinstance(value, str) and kind in _FORMS:
        text, form = _FORMS[kind]
        return form(value) if re.fullmatch(text, value) else value
    if kind == "string" and isinstance(value, bool | int | float):
        return str(value).lower()
    return value


_FORMS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "integer": (r"-?\d{1,18}", int),
    "number": (r"-?\d{1,18}(\.\d{1,18})?", float),
    "boolean": ("true|false", lambda text: text == "true"),
}


def _pattern(validator: Any, pattern: str, instance: Any, schema: Any) -> Iterator[ValidationError]:
    """Patterns that Python has not, as those of Unicode's classes, say nothing."""
    try:
        found = not isinstance(instance, str) or re.search(pattern, instance)
    except re.error:
        return
    if not found:
        yield ValidationError("pattern")


_Validator = validators.extend(Draft7Validator, {"pattern": _pattern})
