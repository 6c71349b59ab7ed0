"""What stands in the templates that the gate knows nothing of: types of resources, their properties, whole sections."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from model_cicd.access.assembly import Stack

_FILE = Path(__file__).parent / "known_types.yaml"
_SECTIONS = {
    *("AWSTemplateFormatVersion", "Conditions", "Description", "Mappings", "Metadata"),
    *("Outputs", "Parameters", "Resources", "Rules"),
}
_ATTRIBUTES = {"Condition", "DeletionPolicy", "DependsOn", "Metadata", "Properties", "Type", "UpdateReplacePolicy"}
_KEPT = ("DeletionPolicy", "UpdateReplacePolicy")


@functools.cache
def known_types() -> Mapping[str, Mapping[str, Any]]:
    """By type of resource, what known_types.yaml says of it."""
    return yaml.safe_load(_FILE.read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def unknown_in_template(stack: Stack, passing: Collection[str] = (), boundary: str | None = None) -> Iterator[str]:
    """What is not known of a stack; of those named in `passing`, nothing need outlive the stack.

    `boundary` is the name of the policy that has to limit every role.
    """
    for section in stack.template.keys() - _SECTIONS:
        yield f"stack {stack.name} has the section {section}, which is not known here"
    for logical_id, resource in stack.resources.items():
        where, kind = f"stack {stack.name}: {logical_id}", str(resource["Type"])
        known = known_types().get(kind)
        if known is None:
            yield f"{where} is of the type {kind}, which is not known here ({_digest(resource)})"
            continue
        properties = resource.get("Properties", {})
        exact, either = known.get("exactly", {}), known.get("either", {})
        right = {name for name, values in either.items() if properties.get(name) in values}
        for name in sorted(properties.keys() - {*known["has"], *exact, *right, "Tags"}):
            value = _digest(properties[name])
            yield f"{where} of type {kind} has the property {name}, which is not known here ({value})"
        for name in sorted(resource.keys() - _ATTRIBUTES):
            yield f"{where} of type {kind} has {name}, which is not known here"
        for name, value in exact.items():
            if properties.get(name) != value:
                yield f"{where} of type {kind} has {name} {_json(properties.get(name))}, expected {_json(value)}"
        if known.get("kept") and stack.name not in passing:
            for name in _KEPT:
                if resource.get(name) != "Retain":
                    yield f"{where} of type {kind} has {name} {_json(resource.get(name))}, expected Retain"
        if boundary and kind == "AWS::IAM::Role" and not _limited(properties, boundary):
            yield f"{where} of type {kind} lacks the permissions boundary {boundary}"


def _limited(properties: Mapping[str, Any], boundary: str) -> bool:
    return _json(properties.get("PermissionsBoundary")).rstrip('"]}').endswith(f":policy/{boundary}")


def _digest(value: Any) -> str:
    """What is acknowledged is this and no other content."""
    return hashlib.sha256(_json(value).encode()).hexdigest()[:8]


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
