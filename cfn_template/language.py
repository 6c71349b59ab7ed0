"""The transform AWS::LanguageExtensions, as far as it makes a template out of a template: loops, and computed names.

What is left (Fn::Length, Fn::ToJsonString, defaults of Fn::FindInMap) an `Evaluator` with `language_extensions` knows.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-aws-languageextensions.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from cfn_template.errors import TemplateError

TRANSFORM = "AWS::LanguageExtensions"
LOOP = "Fn::ForEach::"
_SECTIONS = ("Conditions", "Resources", "Outputs")
_POLICIES = ("DeletionPolicy", "UpdateReplacePolicy")

Value = Callable[[Any], Any]
"""The value of a node in which nothing refers to a resource."""


def transforms(template: Mapping[str, Any]) -> list[str]:
    """The transforms that a template declares. Raises TemplateError where the section has another form."""
    held = template.get("Transform")
    names = held if isinstance(held, list) else [] if held is None else [held]
    for name in names:
        if not isinstance(name, str):
            raise TemplateError(f"Template format error: Transform {name!r} is no name of a transform")
    return names


def expand(template: Mapping[str, Any], value: Value) -> dict[str, Any]:
    """The template without loops and without computed names, and without Transform. Raises TemplateError."""
    made = {name: held for name, held in template.items() if name != "Transform"}
    for name in _SECTIONS:
        if name in made:
            made[name] = _expanded(made[name], {}, value)
    for resource in made["Resources"].values() if isinstance(made.get("Resources"), dict) else ():
        for name in _POLICIES:
            if isinstance(resource, dict) and isinstance(resource.get(name), dict):
                resource[name] = value(resource[name])
    return made


def _expanded(node: Any, bound: Mapping[str, str], value: Value) -> Any:
    if isinstance(node, str):
        return _filled(node, bound)
    if isinstance(node, list):
        return [_expanded(item, bound, value) for item in node]
    if not isinstance(node, dict):
        return node
    if len(node) == 1 and "Ref" in node:
        return _reference(node["Ref"], bound, value)
    made: dict[str, Any] = {}
    for key, item in node.items():
        if str(key).startswith(LOOP):
            found = _loop(str(key), item, bound, value)
        else:
            found = {_filled(str(key), bound): _expanded(item, bound, value)}
        again = sorted(found.keys() & made.keys())
        if again:
            raise TemplateError(f"Template error: {key} makes {again[0]}, which is there already")
        made |= found
    if len(made) == 1 and isinstance(made.get("Fn::GetAtt"), list):
        return {"Fn::GetAtt": [value(part) if isinstance(part, dict) else part for part in made["Fn::GetAtt"]]}
    return made


def _reference(name: Any, bound: Mapping[str, str], value: Value) -> Any:
    if isinstance(name, dict):
        return {"Ref": value(_expanded(name, bound, value))}
    return bound[name] if name in bound else {"Ref": _filled(name, bound) if isinstance(name, str) else name}


def _loop(key: str, argument: Any, bound: Mapping[str, str], value: Value) -> dict[str, Any]:
    name = key.removeprefix(LOOP)
    if not name.isalnum() or not isinstance(argument, list) or len(argument) != 3:
        raise TemplateError(
            f"Template error: {key} needs an alphanumeric name, and an identifier, a collection and a body"
        )
    identifier, collection, body = argument
    if not isinstance(identifier, str) or not identifier.isalnum() or not isinstance(body, dict) or identifier in bound:
        raise TemplateError(f"Template error: {key} needs an identifier of its own and an object as its body")
    items = value(_expanded(collection, bound, value))
    if not isinstance(items, list) or not all(isinstance(item, str | int) for item in items):
        raise TemplateError(f"Template error: the collection of {key} is {items!r}, expected a list of texts")
    made: dict[str, Any] = {}
    for item in items:
        found = _expanded(body, {**bound, identifier: str(item)}, value)
        again = sorted(found.keys() & made.keys())
        if again:
            raise TemplateError(f"Template error: {key} makes {again[0]} more than once")
        made |= found
    return made


def _filled(text: str, bound: Mapping[str, str]) -> str:
    """`${Name}` becomes the value at hand, `&{Name}` its letters and digits."""
    for name, value in bound.items():
        text = text.replace(f"${{{name}}}", value).replace(f"&{{{name}}}", re.sub(r"[^A-Za-z0-9]", "", value))
    return text
