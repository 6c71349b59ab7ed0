"""Properties before anything is touched: unknown and missing ones, and tags of the stack."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cfn_template import function_of
from rehearsal.cloudformation.provider import Provider
from rehearsal.cloudformation.shapes import tag_list
from rehearsal.cloudformation.template import UNKNOWN


def unknown(provider: Provider, properties: dict[str, Any]) -> list[str]:
    """The paths of properties that the provider does not support, in order."""
    return [] if provider.any_property else list(_unknown(provider.properties, properties, ""))


def _unknown(tree: Any, value: Any, path: str) -> Iterator[str]:
    if isinstance(value, dict) and function_of(value):
        return  # known only later; the API refuses what it does not have
    if isinstance(tree, dict) and isinstance(value, dict):
        for key, item in value.items():
            here = f"{path}.{key}" if path else str(key)
            if key not in tree:
                yield here
            else:
                yield from _unknown(tree[key], item, here)
    elif isinstance(tree, list) and isinstance(value, list):
        for item in value:
            yield from _unknown(tree[0], item, path)


def missing(provider: Provider, properties: dict[str, Any]) -> list[str]:
    """The required properties that are not there."""
    return [name for name in provider.schema.required if name not in properties]


def with_stack_tags(provider: Provider, properties: dict[str, Any], tags: dict[str, str]) -> dict[str, Any]:
    """The properties with the stack's tags, which the resource's own take precedence over."""
    if not tags or provider.tags is None:
        return properties
    own = properties.get("Tags")
    if own == UNKNOWN:
        return properties
    if provider.tags == "map":
        return properties | {"Tags": tags | (own or {})}
    keys = {tag.get("Key") for tag in own or []}
    return properties | {"Tags": [*(own or []), *tag_list({k: v for k, v in tags.items() if k not in keys})]}


def with_system_tags(
    provider: Provider, properties: dict[str, Any], stack: str, stack_id: str, logical_id: str
) -> dict[str, Any]:
    """The properties with the tags that CloudFormation sets by itself, which it shows nobody as properties.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-console-create-stack.html
    """
    if not provider.schema.system_tags:
        return properties
    own = {"stack-name": stack, "stack-id": stack_id, "logical-id": logical_id}
    return with_stack_tags(provider, properties, {f"aws:cloudformation:{key}": value for key, value in own.items()})
