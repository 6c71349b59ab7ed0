"""Write rehearsal/cloudformation/schemas.json: what AWS's resource schemas say of the types that the rehearsal has.

And model_cicd/plan/replacements.json: of the same types, the properties whose change replaces a resource.

cfn-lint (MIT-0) carries the schemas of all types as 18 MB of JSON and takes most of a second to import; the rehearsal
needs a thousandth of it. Run for a new type and after an update of cfn-lint; a test says when it is due.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cfnlint
from cfnlint.schema.manager import ProviderSchemaManager

from rehearsal.cloudformation.registry import PROVIDERS

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "rehearsal" / "cloudformation" / "schemas.json"
REPLACEMENTS = ROOT / "model_cicd" / "plan" / "replacements.json"
REGION = "us-east-1"


def schemas() -> dict[str, dict[str, Any]]:
    """Of each type what `rehearsal.cloudformation.schemas.Schema` holds, from the schemas in cfn-lint's package."""
    return {kind: schema(found) for kind, found in _of_aws().items()}


def _of_aws() -> dict[str, dict[str, Any]]:
    bundled = Path(cfnlint.__file__).parent / "data" / "schemas"  # and not a newer download in the user's cache
    manager = ProviderSchemaManager(bundled / "providers", bundled / "resources")
    return {kind: manager.get_resource_schema(REGION, kind).schema for kind in sorted(PROVIDERS)}


def schema(found: dict[str, Any]) -> dict[str, Any]:
    """The part of one schema that is needed."""
    read_only = _paths(found, "readOnlyProperties")
    importable = "read" in found.get("handlers", {})
    properties = {key: value for key, value in tree(found, found).items() if key not in read_only}
    return {
        "required": sorted(found.get("required", [])),
        "create_only": sorted({path.partition(".")[0] for path in _paths(found, "createOnlyProperties")}),
        "read_only": sorted(read_only),
        "identifier": _paths(found, "primaryIdentifier") if importable else [],
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


def _paths(found: dict[str, Any], name: str) -> list[str]:
    return [path.removeprefix("/properties/").replace("/", ".") for path in found.get(name) or []]


def text() -> str:
    """The file: a line for each property of a type."""
    types = []
    for kind, found in schemas().items():
        properties = [f"    {json.dumps(key)}: {json.dumps(value)}" for key, value in found.pop("properties").items()]
        lines = [f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in found.items()]
        lines.append('  "properties": {\n' + ",\n".join(properties) + "\n  }")
        types.append(f"{json.dumps(kind)}: {{\n" + ",\n".join(lines) + "\n}")
    return "{\n" + ",\n".join(types) + "\n}\n"


def replacements() -> str:
    """The file of properties whose change replaces a resource: a line for each type."""
    lists = ("createOnlyProperties", "conditionalCreateOnlyProperties")
    lines = [
        f"{json.dumps(kind)}: {json.dumps(sorted(path for name in lists for path in _paths(found, name)))}"
        for kind, found in _of_aws().items()
    ]
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    TARGET.write_text(text(), encoding="utf-8")
    REPLACEMENTS.write_text(replacements(), encoding="utf-8")
