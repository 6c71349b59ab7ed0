"""Fitting template values to an API's shapes: the case of keys, and text that is a number or a boolean."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def fit(shape: Any, value: Any, where: str) -> Any:
    """`value` as the botocore shape wants it.

    Templates write `Name` where an API says `name`, and may give numbers and booleans as text (or the other way
    round). Raises ValueError for a key that the API does not have.
    """
    kind = shape.type_name
    if kind == "structure" and isinstance(value, dict):
        return _structure(shape, value, where)
    if kind == "list" and isinstance(value, list):
        return [fit(shape.member, item, where) for item in value]
    if kind == "map" and isinstance(value, dict):
        return {key: fit(shape.value, item, f"{where}.{key}") for key, item in value.items()}
    return _scalar(kind, value)


def _structure(shape: Any, value: dict[str, Any], where: str) -> dict[str, Any]:
    members = {name.lower(): name for name in shape.members}
    fitted: dict[str, Any] = {}
    for key, item in value.items():
        name = members.get(key.lower())
        if name is None:
            raise ValueError(f"{where}: the API has no {key}")
        fitted[name] = fit(shape.members[name], item, f"{where}.{name}")
    return fitted


def _scalar(kind: str, value: Any) -> Any:
    if kind == "string" and not isinstance(value, str):
        return _text(value)
    if kind in ("integer", "long") and not isinstance(value, bool):
        return int(value)
    if kind in ("float", "double") and not isinstance(value, bool):
        return float(value)
    if kind == "boolean" and isinstance(value, str):
        return boolean(value)
    return value


def boolean(value: Any) -> bool:
    """A boolean that a template may give as text. Raises ValueError for anything else."""
    if isinstance(value, bool):
        return value
    if str(value).lower() in ("true", "false"):
        return str(value).lower() == "true"
    raise ValueError(f"expected true or false, got {value!r}")


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value) if isinstance(value, dict | list) else str(value)


def document(value: Any) -> str:
    """A policy or other document as JSON text; text is passed on as it is."""
    return value if isinstance(value, str) else json.dumps(value)


def tag_map(tags: Any) -> dict[str, str]:
    """The property Tags in either of its forms, or None, as an object of key and value."""
    return dict(tags or {}) if isinstance(tags, dict) else {tag["Key"]: tag["Value"] for tag in tags or []}


def own_tags(tags: Any) -> dict[str, str]:
    """`tag_map` without those that CloudFormation sets by itself."""
    return {key: value for key, value in tag_map(tags).items() if not key.startswith("aws:")}


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags as a list of `Key` and `Value`."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]
