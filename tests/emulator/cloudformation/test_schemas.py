"""What the providers declare, against AWS's own resource schemas (as cfn-lint ships them)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from rehearsal.cloudformation.registry import PROVIDERS

# AWS documents these as "Update requires: Replacement" or refuses the update, although the schema does not say so.
MORE_REPLACED = {
    "AWS::Events::Rule": {"EventBusName"},
    "AWS::SNS::Topic": {"ContentBasedDeduplication"},
}
TYPES = sorted(PROVIDERS)


def schema(kind: str) -> dict[str, Any]:
    found: dict[str, Any] = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema
    return found


def resolved(node: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        node = root["definitions"][node["$ref"].rpartition("/")[2]]
    return node


def unknown(tree: Any, node: dict[str, Any], root: dict[str, Any], path: str) -> Iterator[str]:
    """The paths of `tree` that the schema does not have."""
    node = resolved(node, root)
    alternatives = [node, *node.get("oneOf", []), *node.get("anyOf", [])]
    if isinstance(tree, list):
        items = next((found["items"] for found in alternatives if "items" in found), None)
        if items is None:
            yield f"{path}[]"
        else:
            yield from unknown(tree[0], items, root, f"{path}[]")
    elif isinstance(tree, dict):
        properties: dict[str, Any] = {}
        for found in alternatives:
            properties |= resolved(found, root).get("properties", {})
        for key, below in tree.items():
            if key in properties:
                yield from unknown(below, properties[key], root, f"{path}.{key}")
            else:
                yield f"{path}.{key}"


@pytest.mark.parametrize("kind", TYPES)
def test_every_declared_property_is_one_of_aws(kind: str) -> None:
    found = schema(kind)
    assert list(unknown(PROVIDERS[kind].properties, found, found, kind)) == []


@pytest.mark.parametrize("kind", TYPES)
def test_required_properties_are_those_of_aws(kind: str) -> None:
    assert set(PROVIDERS[kind].required) == set(schema(kind).get("required", [])) & set(PROVIDERS[kind].properties)


@pytest.mark.parametrize("kind", TYPES)
def test_properties_that_replace_are_those_of_aws(kind: str) -> None:
    provider = PROVIDERS[kind]
    fixed = {path.split("/")[2] for path in schema(kind).get("createOnlyProperties") or []}
    assert provider.replace_on == (fixed | MORE_REPLACED.get(kind, set())) & set(provider.properties)


@pytest.mark.parametrize("kind", TYPES)
def test_import_is_by_the_primary_identifier_and_only_where_aws_has_handlers(kind: str) -> None:
    provider, found = PROVIDERS[kind], schema(kind)
    if not provider.identifier:
        return
    assert "read" in found["handlers"]
    assert [f"/properties/{name}" for name in provider.identifier] == found["primaryIdentifier"]
    read_only = set(found.get("readOnlyProperties") or [])
    assert provider.read_only_id == bool(read_only & set(found["primaryIdentifier"]))


@pytest.mark.parametrize("kind", TYPES)
def test_attributes_are_those_that_get_att_takes(kind: str) -> None:
    found = schema(kind)
    known = {path.removeprefix("/properties/") for path in found.get("readOnlyProperties") or []} | set(
        found["properties"]
    )
    assert set(PROVIDERS[kind].attributes) <= known
