"""AWS's resource schemas of every type, whole, from the data of cfn-lint, which moto brings along.

https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html
"""

from __future__ import annotations

import functools
import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from rehearsal.errors import RehearsalError

REGION = "us-east-1"


def types() -> frozenset[str]:
    """The names of all types of AWS. Raises RehearsalError when cfn-lint has its data elsewhere."""
    return frozenset(_index())


def whole(kind: str) -> dict[str, Any]:
    """The schema of a type. Raises KeyError when AWS has none of that name."""
    found: dict[str, Any] = json.loads((_data() / "resources" / f"{_index()[kind]}.json").read_text(encoding="utf-8"))
    return found


def reduced(found: dict[str, Any]) -> dict[str, Any]:
    """The part of a schema that `rehearsal.cloudformation.schemas.Schema` holds."""
    read_only = paths(found, "readOnlyProperties")
    importable = "read" in found.get("handlers", {})
    properties = {key: value for key, value in tree(found, found).items() if key not in read_only}
    return {
        "required": sorted(found.get("required", [])),
        "create_only": sorted({path.partition(".")[0] for path in paths(found, "createOnlyProperties")}),
        "read_only": sorted(read_only),
        "identifier": paths(found, "primaryIdentifier") if importable else [],
        "system_tags": found.get("tagging", {}).get("cloudFormationSystemTags", "Tags" in properties),
        "properties": dict(sorted(properties.items())),
    }


def tree(node: dict[str, Any], root: dict[str, Any], inside: tuple[str, ...] = ()) -> Any:
    """The form of a property: an object lists its keys, a list has the form of its items, null takes anything."""
    while "$ref" in node:
        name = node["$ref"].rpartition("/")[2]
        if name in inside:  # a definition that holds itself
            return None
        node, inside = root["definitions"][name], (*inside, name)
    forms = [tree(form, root, inside) for form in (*node.get("oneOf", []), *node.get("anyOf", []))]
    keys = {key: tree(value, root, inside) for key, value in node.get("properties", {}).items()}
    for form in forms:
        keys |= form if isinstance(form, dict) else {}
    if keys:
        return dict(sorted(keys.items()))
    items = tree(node["items"], root, inside) if "items" in node else None
    return None if items is None else [items]


def paths(found: dict[str, Any], name: str) -> list[str]:
    """One of a schema's lists of properties: nested ones are written `Parent.Child`."""
    return [path.removeprefix("/properties/").replace("/", ".") for path in found.get(name) or []]


@functools.cache
def _index() -> dict[str, str]:
    try:
        found: dict[str, str] = json.loads((_data() / "providers" / f"{REGION}.json").read_text(encoding="utf-8"))
    except OSError as error:
        text = f"cfn-lint has no {error.filename}: expected its version 1.50 or a newer one, with schemas as JSON"
        raise RehearsalError("resource schemas", text) from None
    return {kind: name for kind, name in found.items() if kind.startswith("AWS::")}


def _data() -> Path:
    found = find_spec("cfnlint")  # which is not imported: that takes most of a second
    if found is None or found.origin is None:
        raise RehearsalError("resource schemas", "cfn-lint is not installed: pip install 'model-cicd[rehearsal]'")
    return Path(found.origin).parent / "data" / "schemas"
