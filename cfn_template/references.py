"""What a value refers to, without evaluating it."""

from __future__ import annotations

from typing import Any

from cfn_template.functions import VARIABLE, get_att_parts, sub_parts


def references(node: Any) -> list[tuple[str, str | None]]:
    """Every (name, attribute or None) that Ref, Fn::GetAtt and Fn::Sub in `node` name, in order.

    The attribute is None for Ref, and for a Fn::GetAtt whose attribute is a function. Raises TemplateError where one of
    them has an argument of another shape.
    """
    found: list[tuple[str, str | None]] = []
    if isinstance(node, list):
        for item in node:
            found += references(item)
    elif isinstance(node, dict):
        if len(node) == 1 and isinstance(node.get("Ref"), str):
            return [(node["Ref"], None)]
        if len(node) == 1 and "Fn::GetAtt" in node:
            resource, name = get_att_parts(node["Fn::GetAtt"])
            return [(resource, name if isinstance(name, str) else None), *references(name)]
        if len(node) == 1 and "Fn::Sub" in node:
            text, own = sub_parts(node["Fn::Sub"])
            names = (name.strip() for name in VARIABLE.findall(text) if not name.startswith("!"))
            parts = (name.partition(".") for name in names if name not in own)
            return [*((resource, name or None) for resource, _, name in parts), *references(own)]
        for item in node.values():
            found += references(item)
    return found


def condition_references(node: Any) -> list[Any]:
    """The conditions that `Condition` and Fn::If in `node` name, in order."""
    if isinstance(node, list):
        return [name for item in node for name in condition_references(item)]
    if isinstance(node, dict):
        if len(node) == 1 and isinstance(node.get("Condition"), str):
            return [node["Condition"]]
        if isinstance(node.get("Fn::If"), list) and node["Fn::If"]:
            return [node["Fn::If"][0], *condition_references(node["Fn::If"][1:])]
        return [name for item in node.values() for name in condition_references(item)]
    return []
