"""Intrinsic functions: one resolver that evaluates what can stand in a template.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

from __future__ import annotations

import base64
import ipaddress
import re
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from rehearsal.api import ApiError
from rehearsal.cloudformation.template import error

# AWS writes this in change sets where a value is known only after other resources are made.
UNKNOWN = "{{changeSet:KNOWN_AFTER_APPLY}}"
VARIABLE = re.compile(r"\$\{([^}]*)\}")
CONDITION_FUNCTIONS = frozenset({"Fn::And", "Fn::Or", "Fn::Not", "Fn::Equals", "Condition", "Fn::Contains"})
FUNCTIONS = frozenset(
    {"Ref", "Fn::GetAtt", "Fn::Sub", "Fn::Join", "Fn::Select", "Fn::Split", "Fn::FindInMap", "Fn::If",
     "Fn::ImportValue", "Fn::Base64", "Fn::Cidr", "Fn::GetAZs"}
) | CONDITION_FUNCTIONS  # fmt: skip


class _Nothing:
    def __repr__(self) -> str:
        return "AWS::NoValue"


NOTHING = _Nothing()


class Lookup(Protocol):
    """Where references lead."""

    def ref(self, name: str) -> Any:
        """The value of a parameter, pseudo parameter or resource."""

    def attribute(self, resource: str, name: str) -> Any:
        """An attribute of a resource."""

    def export(self, name: str) -> str:
        """An exported value of another stack."""

    def zones(self, region: str) -> list[str]:
        """The availability zones of a region."""


class Resolver:
    """Evaluates values of a template with everything they refer to."""

    def __init__(
        self, lookup: Lookup, mappings: Mapping[str, Any], conditions: Mapping[str, bool], region: str
    ) -> None:
        self._lookup = lookup
        self._mappings = mappings
        self._conditions = conditions
        self._region = region
        self._calls: dict[str, Callable[[Any], Any]] = {
            "Ref": lambda name: self._lookup.ref(_text(name, "Ref")),
            "Fn::GetAtt": self._get_att, "Fn::Sub": self._sub, "Fn::Join": self._join, "Fn::Select": self._select,
            "Fn::Split": self._split, "Fn::FindInMap": self._find_in_map, "Fn::If": self._if,
            "Fn::ImportValue": lambda name: self._lookup.export(_text(self.value(name), "Fn::ImportValue")),
            "Fn::Base64": lambda value: base64.b64encode(_text(self.value(value), "Fn::Base64").encode()).decode(),
            "Fn::Cidr": self._cidr,
            "Fn::GetAZs": lambda region: self._lookup.zones(str(self.value(region) or self._region)),
            "Fn::And": lambda items: all(self.truth(item) for item in items),
            "Fn::Or": lambda items: any(self.truth(item) for item in items),
            "Fn::Not": lambda items: not self.truth(items[0]),
            "Fn::Equals": self._equals, "Condition": self.condition, "Fn::Contains": self._contains,
        }  # fmt: skip

    def value(self, node: Any) -> Any:
        """`node` with every function evaluated; what is AWS::NoValue is left out of lists and objects."""
        if isinstance(node, list):
            return [found for found in map(self.value, node) if found is not NOTHING]
        if not isinstance(node, dict):
            return node
        function = function_of(node)
        if function:
            return self._calls[function](node[function])
        found = {key: self.value(item) for key, item in node.items()}
        return {key: item for key, item in found.items() if item is not NOTHING}

    def truth(self, node: Any) -> bool:
        """A condition function's outcome."""
        found = self.value(node)
        if isinstance(found, bool):
            return found
        if found in ("true", "false"):
            return bool(found == "true")
        raise error(f"Template error: {node!r} is no condition")

    def condition(self, name: str) -> bool:
        """A named condition's outcome."""
        if name not in self._conditions:
            raise error(f"Template error: unresolved condition dependency {name}")
        return self._conditions[name]

    def _get_att(self, argument: Any) -> Any:
        resource, name = get_att(argument)
        return self._lookup.attribute(resource, _text(self.value(name), "Fn::GetAtt"))

    def _sub(self, argument: Any) -> str:
        text, own = (argument, {}) if isinstance(argument, str) else argument
        variables = {name: self.value(value) for name, value in own.items()}

        def replace(found: re.Match[str]) -> str:
            name = found[1].strip()
            if found[1].startswith("!"):
                return "${" + found[1][1:] + "}"
            if name in variables:
                return _text(variables[name], "Fn::Sub")
            resource, _, attribute = name.partition(".")
            value = self._lookup.attribute(resource, attribute) if attribute else self._lookup.ref(name)
            return _text(value, "Fn::Sub")

        return VARIABLE.sub(replace, str(text))

    def _join(self, argument: Any) -> str:
        delimiter, items = argument
        found = self.value(items)
        if isinstance(found, str) and found == UNKNOWN:
            return UNKNOWN
        if not isinstance(found, list):
            raise error("Template error: every Fn::Join object requires a delimiter and a list of strings to be joined")
        return str(delimiter).join(_text(item, "Fn::Join") for item in found)

    def _select(self, argument: Any) -> Any:
        index, items = self.value(argument[0]), self.value(argument[1])
        if UNKNOWN in (items, index):
            return UNKNOWN
        if not isinstance(items, list) or not str(index).isdigit() or int(index) >= len(items):
            raise error(f"Template error: Fn::Select cannot select nonexistent value at index {index}")
        return items[int(index)]

    def _split(self, argument: Any) -> Any:
        delimiter, text = argument[0], self.value(argument[1])
        return UNKNOWN if text == UNKNOWN else _text(text, "Fn::Split").split(str(delimiter))

    def _find_in_map(self, argument: Any) -> Any:
        names = [str(self.value(part)) for part in argument[:3]]
        found: Any = self._mappings
        for name in names:
            if not isinstance(found, Mapping) or name not in found:
                raise error(f"Template error: Unable to get mapping for {'::'.join(names)}")
            found = found[name]
        return found

    def _if(self, argument: Any) -> Any:
        if not isinstance(argument, list) or len(argument) != 3:
            raise error("Template error: Fn::If requires a list argument with three elements")
        return self.value(argument[1] if self.condition(str(argument[0])) else argument[2])

    def _equals(self, argument: Any) -> bool:
        left, right = (self.value(part) for part in argument)
        return bool(_comparable(left) == _comparable(right))

    def _contains(self, argument: Any) -> bool:
        items, value = (self.value(part) for part in argument)
        return bool(value in items)

    def _cidr(self, argument: Any) -> list[str]:
        block, count, bits = [self.value(part) for part in [*argument, None][:3]]
        network = ipaddress.ip_network(str(block))
        subnets = network.subnets(new_prefix=network.max_prefixlen - int(bits or 8))
        return [str(subnet) for _, subnet in zip(range(int(count)), subnets, strict=False)]


def function_of(node: dict[str, Any]) -> str | None:
    """The function that an object of a template is, if it is one. Raises ValidationError for an unsupported one."""
    if len(node) != 1:
        return None
    (name,) = node
    if name in FUNCTIONS:
        return str(name) if name != "Condition" or isinstance(node[name], str) else None
    if isinstance(name, str) and name.startswith("Fn::"):
        raise error(f"Template error: the embedded AWS does not support the function {name}")
    return None


def get_att(argument: Any) -> tuple[str, Any]:
    """Resource and attribute of both forms of Fn::GetAtt."""
    parts = argument.split(".", 1) if isinstance(argument, str) else argument
    if not isinstance(parts, list) or len(parts) < 2 or not isinstance(parts[0], str):
        raise error(
            "Template error: every Fn::GetAtt object requires two non-empty parameters, "
            "the resource name and the resource attribute"
        )
    if len(parts) > 2:
        return parts[0], ".".join(map(str, parts[1:]))
    return parts[0], parts[1]


def references(node: Any) -> list[tuple[str, str | None]]:
    """Every (name, attribute or None) that Ref, GetAtt and Sub in `node` name, in order."""
    found: list[tuple[str, str | None]] = []
    if isinstance(node, list):
        for item in node:
            found += references(item)
    elif isinstance(node, dict):
        if len(node) == 1 and isinstance(node.get("Ref"), str):
            return [(node["Ref"], None)]
        if len(node) == 1 and "Fn::GetAtt" in node:
            resource, name = get_att(node["Fn::GetAtt"])
            return [(resource, name if isinstance(name, str) else None), *references(name)]
        if len(node) == 1 and "Fn::Sub" in node:
            return _sub_references(node["Fn::Sub"])
        for item in node.values():
            found += references(item)
    return found


def _sub_references(argument: Any) -> list[tuple[str, str | None]]:
    text, own = (argument, {}) if isinstance(argument, str) else (argument[0], argument[1])
    found: list[tuple[str, str | None]] = []
    for name in VARIABLE.findall(str(text)):
        if not name.startswith("!") and name.strip() not in own:
            resource, _, attribute = name.strip().partition(".")
            found.append((resource, attribute or None))
    return found + references(own)


def _text(value: Any, where: str) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return str(value)
    raise error(f"Template error: {where} needs a string, got {value!r}")


def _comparable(value: Any) -> Any:
    return _text(value, "Fn::Equals") if isinstance(value, bool | int | float) else value


def evaluate_conditions(
    declared: Mapping[str, Any], lookup: Lookup, mappings: Mapping[str, Any], region: str
) -> dict[str, bool]:
    """The outcome of every condition; they may refer to each other in any order."""
    found: dict[str, bool] = {}
    resolver = Resolver(lookup, mappings, found, region)

    def evaluate(name: str, open_names: tuple[str, ...]) -> None:
        if name in found:
            return
        if name in open_names or name not in declared:
            raise ApiError("ValidationError", f"Template error: unresolved condition dependency {name}")
        for other in _condition_names(declared[name]):
            evaluate(other, (*open_names, name))
        found[name] = resolver.truth(declared[name])

    for name in declared:
        evaluate(name, ())
    return found


def _condition_names(node: Any) -> list[str]:
    if isinstance(node, list):
        return [name for item in node for name in _condition_names(item)]
    if isinstance(node, dict):
        if len(node) == 1 and isinstance(node.get("Condition"), str):
            return [node["Condition"]]
        if isinstance(node.get("Fn::If"), list) and node["Fn::If"]:
            return [node["Fn::If"][0], *_condition_names(node["Fn::If"][1:])]
        return [name for item in node.values() for name in _condition_names(item)]
    return []
