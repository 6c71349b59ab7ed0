"""What AWS's resource schemas say of the supported types, kept in schemas.json by scripts/resource_schemas.py.

https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

#: A property tree: an object lists its keys, a list has one element, the form of its items; None takes whatever stands
#: there (scalars and free-form documents).
Tree = dict[str, Any]


@dataclass(frozen=True)
class Schema:
    """Of a resource type: the paths of its properties; nested ones are written `Parent.Child`, also in lists.

    `identifier` is empty when CloudFormation cannot import the type. `system_tags` says whether CloudFormation tags its
    resources with `aws:cloudformation:*`; types that say nothing about it but have tags count as such.
    """

    required: tuple[str, ...]
    create_only: tuple[str, ...]
    read_only: tuple[str, ...]
    identifier: tuple[str, ...]
    system_tags: bool
    properties: Tree


def schema(kind: str) -> Schema:
    """The schema of a resource type. Raises KeyError when the file does not have it."""
    found = _schemas().get(kind)
    if found is None:
        raise KeyError(f"schemas.json has no {kind}: run scripts/resource_schemas.py")
    fields: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in found.items()}
    return Schema(**fields)


@cache
def _schemas() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(__file__).with_name("schemas.json").read_text(encoding="utf-8"))
    return found


def without(tree: Any, paths: Collection[str], path: str = "") -> Any:
    """A property tree without some paths."""
    if isinstance(tree, list):
        return [without(tree[0], paths, path)]
    if not isinstance(tree, dict):
        return tree
    below = {key: f"{path}.{key}" if path else key for key in tree}
    return {key: without(item, paths, below[key]) for key, item in tree.items() if below[key] not in paths}


def has(tree: Any, path: str) -> bool:
    """Whether a property tree has a path."""
    for key in path.split("."):
        tree = tree[0] if isinstance(tree, list) else tree
        if not isinstance(tree, dict) or key not in tree:
            return False
        tree = tree[key]
    return True
