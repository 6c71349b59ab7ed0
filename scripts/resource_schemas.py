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

from rehearsal.cloudformation.aws_schemas import REGION, paths, reduced, tree
from rehearsal.cloudformation.registry import PROVIDERS

__all__ = ["tree"]

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "rehearsal" / "cloudformation" / "schemas.json"
REPLACEMENTS = ROOT / "model_cicd" / "plan" / "replacements.json"


def schemas() -> dict[str, dict[str, Any]]:
    """Of each type what `rehearsal.cloudformation.schemas.Schema` holds, from the schemas in cfn-lint's package."""
    return {kind: reduced(found) for kind, found in _of_aws().items()}


def _of_aws() -> dict[str, dict[str, Any]]:
    bundled = Path(cfnlint.__file__).parent / "data" / "schemas"  # and not a newer download in the user's cache
    manager = ProviderSchemaManager(bundled / "providers", bundled / "resources")
    return {kind: manager.get_resource_schema(REGION, kind).schema for kind in sorted(PROVIDERS)}


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
        f"{json.dumps(kind)}: {json.dumps(sorted(path for name in lists for path in paths(found, name)))}"
        for kind, found in _of_aws().items()
    ]
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    TARGET.write_text(text(), encoding="utf-8")
    REPLACEMENTS.write_text(replacements(), encoding="utf-8")
