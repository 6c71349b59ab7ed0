"""Evaluating the values of a template; where references lead, its user says with a `Resolver`."""

from __future__ import annotations

import base64
import ipaddress
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any

from cfn_template.errors import Path, TemplateError, UnsupportedFunctionError
from cfn_template.functions import (
    ARGUMENTS,
    NO_VALUE,
    VARIABLE,
    function_of,
    get_att_parts,
    items_of,
    name_of,
    sub_parts,
    wrong_argument,
)
from cfn_template.references import condition_references


class Resolver(ABC):
    """Where the references of a template lead. Each method may raise TemplateError, or an error of its own."""

    @abstractmethod
    def ref(self, name: str) -> Any:
        """The value of a parameter, pseudo parameter (but AWS::NoValue) or resource."""

    def attribute(self, resource: str, name: str) -> Any:
        """An attribute of a resource."""
        raise UnsupportedFunctionError("Fn::GetAtt")

    def export(self, name: str) -> str:
        """An exported value of another stack."""
        raise UnsupportedFunctionError("Fn::ImportValue")

    def zones(self, region: str) -> list[str]:
        """The availability zones of a region."""
        raise UnsupportedFunctionError("Fn::GetAZs")


class Evaluator:
    """Evaluates values of one template.

    `region` is the stack's, which Fn::GetAZs takes where it is given none. `conditions` is the section of the template,
    or holds outcomes that are known already. `unknown` stands for what is known only later: a function that would have
    to take it apart gives it as it is. `language_extensions` says that the template has the transform
    AWS::LanguageExtensions, without which Fn::FindInMap takes no default and Fn::Length and Fn::ToJsonString are none.
    """

    def __init__(
        self,
        resolver: Resolver,
        *,
        region: str,
        mappings: Mapping[str, Any] | None = None,
        conditions: Mapping[str, Any] | None = None,
        unknown: str | None = None,
        language_extensions: bool = False,
    ) -> None:
        self._resolver = resolver
        self._region = region
        self._mappings = mappings or {}
        self._conditions = conditions or {}
        self._outcomes: dict[str, bool] = {}
        self._unknown = unknown
        self._language_extensions = language_extensions
        self._functions: dict[str, Callable[[Any, Path], Any]] = {
            "Ref": self._ref,
            "Condition": self.condition,
            "Fn::And": lambda argument, path: all(self._truths("Fn::And", argument, path)),
            "Fn::Base64": self._base64,
            "Fn::Cidr": self._cidr,
            "Fn::Contains": self._contains,
            "Fn::Equals": self._equals,
            "Fn::FindInMap": self._find_in_map,
            "Fn::GetAtt": self._get_att,
            "Fn::GetAZs": lambda region, path: resolver.zones(str(self.value(region, path) or self._region)),
            "Fn::If": self._if,
            "Fn::ImportValue": lambda name, path: resolver.export(self._text("Fn::ImportValue", name, path)),
            "Fn::Join": self._join,
            "Fn::Length": self._length,
            "Fn::Not": lambda argument, path: not self.truth(items_of("Fn::Not", argument, 1)[0], (*path, 0)),
            "Fn::Or": lambda argument, path: any(self._truths("Fn::Or", argument, path)),
            "Fn::Select": self._select,
            "Fn::Split": self._split,
            "Fn::Sub": self._sub,
            "Fn::ToJsonString": self._json,
        }

    def value(self, node: Any, path: Path = ()) -> Any:
        """`node` with every function evaluated; what is AWS::NoValue is left out of lists and objects.

        `path` leads to `node`, for errors. Raises TemplateError, and what the resolver raises.
        """
        if isinstance(node, list):
            items = [self.value(item, (*path, index)) for index, item in enumerate(node)]
            return [item for item in items if item is not NO_VALUE]
        if not isinstance(node, dict):
            return node
        here = (*path, *node) if len(node) == 1 else path
        try:
            function = function_of(node)
            if function:
                return self._functions[function](node[function], here)
        except TemplateError as error:
            error.path = here if error.path is None else error.path
            raise
        found = {key: self.value(item, (*path, key)) for key, item in node.items()}
        return {key: item for key, item in found.items() if item is not NO_VALUE}

    def prune(self, node: Any) -> Any:
        """`node` with every Fn::If decided and what is AWS::NoValue left out; other functions stay."""
        if isinstance(node, list):
            return [item for item in map(self.prune, node) if item is not NO_VALUE]
        if not isinstance(node, dict):
            return node
        if node == {"Ref": "AWS::NoValue"}:
            return NO_VALUE
        if len(node) == 1 and "Fn::If" in node:
            return self.prune(self._chosen(node["Fn::If"], ("Fn::If",)))
        found = {key: self.prune(item) for key, item in node.items()}
        return {key: item for key, item in found.items() if item is not NO_VALUE}

    def truth(self, node: Any, path: Path = ()) -> bool:
        """The outcome of a condition function. Raises TemplateError for a value that is neither true nor false."""
        found = self.value(node, path)
        if isinstance(found, bool):
            return found
        if found in ("true", "false"):
            return bool(found == "true")
        detail = f"got {node!r}, expected Equals, Not, And, Or or Condition"
        raise TemplateError(f"Template error: {node!r} is no condition", detail, path)

    def condition(self, name: str, path: Path = ()) -> bool:
        """A named condition's outcome. Raises TemplateError where it is not declared or depends on itself."""
        return self._outcome(name, path, ())

    def outcomes(self) -> dict[str, bool]:
        """The outcome of every condition; they may refer to each other in any order. Raises TemplateError."""
        return {name: self.condition(name, ("Conditions",)) for name in self._conditions}

    def _outcome(self, name: str, path: Path, waiting: tuple[str, ...]) -> bool:
        if name in self._outcomes:
            return self._outcomes[name]
        if name in waiting or name not in self._conditions:
            why = "depends on itself" if name in waiting else "the template has not"
            message = f"Template error: unresolved condition dependency {name}"
            raise TemplateError(message, f"got the condition {name!r}, which {why}", path)
        body, own = self._conditions[name], ("Conditions", name)
        for other in condition_references(body):
            self._outcome(other, own, (*waiting, name))
        self._outcomes[name] = self.truth(body, own)
        return self._outcomes[name]

    def _truths(self, function: str, argument: Any, path: Path) -> list[bool]:
        if not isinstance(argument, list):
            raise wrong_argument(function, argument)
        return [self.truth(item, (*path, index)) for index, item in enumerate(argument)]

    def _ref(self, argument: Any, path: Path) -> Any:
        name = name_of("Ref", argument)
        return NO_VALUE if name == "AWS::NoValue" else self._resolver.ref(name)

    def _get_att(self, argument: Any, path: Path) -> Any:
        resource, name = get_att_parts(argument)
        return self._resolver.attribute(resource, self._text("Fn::GetAtt", name, path))

    def _sub(self, argument: Any, path: Path) -> str:
        text, own = sub_parts(argument)
        variables = {name: self._text("Fn::Sub", value, (*path, name)) for name, value in own.items()}

        def replace(found: re.Match[str]) -> str:
            name = found[1].strip()
            if found[1].startswith("!"):
                return "${" + found[1][1:] + "}"
            if name in variables:
                return variables[name]
            resource, _, attribute = name.partition(".")
            value = self._resolver.attribute(resource, attribute) if attribute else self._ref(name, path)
            return _text("Fn::Sub", value, path)

        return VARIABLE.sub(replace, text)

    def _join(self, argument: Any, path: Path) -> str:
        delimiter, items = items_of("Fn::Join", argument, 2)
        found = self.value(items, path)
        if self._later(found):
            return str(found)
        if not isinstance(found, list):
            raise TemplateError(wrong_argument("Fn::Join", argument).message, f"got {found!r}, expected a list", path)
        return str(delimiter).join(_text("Fn::Join", item, path) for item in found)

    def _select(self, argument: Any, path: Path) -> Any:
        index, items = (self.value(part, path) for part in items_of("Fn::Select", argument, 2))
        if self._later(index) or self._later(items):
            return self._unknown
        if not isinstance(items, list) or not str(index).isdigit() or int(index) >= len(items):
            message = f"Template error: Fn::Select cannot select nonexistent value at index {index}"
            raise TemplateError(message, f"got {items!r}, expected a list with the index {index}", path)
        return items[int(index)]

    def _split(self, argument: Any, path: Path) -> Any:
        delimiter, value = items_of("Fn::Split", argument, 2)
        text = self._text("Fn::Split", value, path)
        return text if self._later(text) else text.split(str(delimiter))

    def _find_in_map(self, argument: Any, path: Path) -> Any:
        counts = (3, 4) if self._language_extensions else (3,)
        last = items_of("Fn::FindInMap", argument, *counts)[-1]
        default = isinstance(last, dict) and last.keys() == {"DefaultValue"}
        if len(argument) == 4 and not default:
            raise wrong_argument("Fn::FindInMap", argument)
        names = [str(self.value(part, path)) for part in argument[:3]]
        found: Any = self._mappings
        for name in names:
            if not isinstance(found, Mapping) or name not in found:
                if default:
                    return self.value(last["DefaultValue"], path)
                message = f"Template error: Unable to get mapping for {'::'.join(names)}"
                raise TemplateError(message, f"got Fn::FindInMap of {'::'.join(names)}, which the template has not")
            found = found[name]
        return found

    def _if(self, argument: Any, path: Path) -> Any:
        return self.value(self._chosen(argument, path), path)

    def _chosen(self, argument: Any, path: Path) -> Any:
        if not isinstance(argument, list) or len(argument) != 3:
            # without "every ... object", as CloudFormation says it
            message = f"Template error: Fn::If requires {ARGUMENTS['Fn::If']}"
            raise TemplateError(message, wrong_argument("Fn::If", argument).detail, path)
        return argument[1] if self.condition(name_of("Fn::If", argument[0]), path) else argument[2]

    def _equals(self, argument: Any, path: Path) -> bool:
        left, right = (self.value(part, path) for part in items_of("Fn::Equals", argument, 2))
        return bool(_comparable(left) == _comparable(right))

    def _contains(self, argument: Any, path: Path) -> bool:
        items, value = (self.value(part, path) for part in items_of("Fn::Contains", argument, 2))
        return isinstance(items, list) and value in items

    def _base64(self, argument: Any, path: Path) -> str:
        return base64.b64encode(self._text("Fn::Base64", argument, path).encode()).decode()

    def _cidr(self, argument: Any, path: Path) -> list[str]:
        block, count, *bits = (self.value(part, path) for part in items_of("Fn::Cidr", argument, 2, 3))
        try:
            network = ipaddress.ip_network(str(block))
            subnets = network.subnets(new_prefix=network.max_prefixlen - int(bits[0] if bits else 8))
            return [str(subnet) for _, subnet in zip(range(int(count)), subnets, strict=False)]
        except (TypeError, ValueError) as error:
            raise TemplateError(f"Template error: Fn::Cidr: {error}", f"got {argument!r}: {error}", path) from None

    def _length(self, argument: Any, path: Path) -> Any:
        found = self.value(self._extension("Fn::Length", argument), path)
        if self._later(found):
            return found
        if not isinstance(found, list):
            raise TemplateError(wrong_argument("Fn::Length", argument).message, f"got {found!r}, expected a list", path)
        return len(found)

    def _json(self, argument: Any, path: Path) -> str:
        found = self.value(self._extension("Fn::ToJsonString", argument), path)
        if not isinstance(found, dict | list) and not self._later(found):
            raise wrong_argument("Fn::ToJsonString", argument)
        return json.dumps(found, separators=(",", ":"))

    def _extension(self, function: str, argument: Any) -> Any:
        """The argument of a function that the transform AWS::LanguageExtensions brings."""
        if not self._language_extensions:
            raise TemplateError(f"Template error: {function} needs the transform AWS::LanguageExtensions")
        return argument

    def _text(self, function: str, node: Any, path: Path) -> str:
        return _text(function, self.value(node, path), path)

    def _later(self, value: Any) -> bool:
        return self._unknown is not None and value == self._unknown


def _text(function: str, value: Any, path: Path) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return str(value)
    message = f"Template error: {function} needs a string, got {value!r}"
    raise TemplateError(message, f"got {value!r}, expected text", path)


def _comparable(value: Any) -> Any:
    return _text("Fn::Equals", value, ()) if isinstance(value, bool | int | float) else value
