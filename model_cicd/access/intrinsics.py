"""Values of a template: intrinsic functions resolved, and what cannot be is refused with its place.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from model_cicd.access.stack import Stack
from model_cicd.aws.regions import PARTITION_OF, dns_suffix
from model_cicd.text.errors import ModelCicdError

#: what `Ref: AWS::NoValue` resolves to: the key or list item that holds it is left out
_NO_VALUE = object()
_SUBSTITUTION = re.compile(r"\$\{(!?[^}]*)\}")

Path = tuple[str | int, ...]


class UnresolvedError(ModelCicdError):
    """A value that only a deployment knows, or an intrinsic function that is not supported."""

    def __init__(self, stack: str, path: Path, message: str) -> None:
        where = ".".join(map(str, path))
        super().__init__(f"stack {stack}: {where}: {message}")


@dataclass(frozen=True)
class Resolver:
    """Resolves the values of one stack.

    `attribute(stack, logical_id, name)` is what `Ref` (`name` empty) or `Fn::GetAtt` of a resource gives, or None.
    """

    stack: Stack
    attribute: Callable[[Stack, str, str], str | None]

    def value(self, value: Any, path: Path) -> Any:
        """`value` without intrinsic functions. Raises UnresolvedError."""
        if isinstance(value, list):
            items = [self.value(each, (*path, index)) for index, each in enumerate(value)]
            return [each for each in items if each is not _NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            (name, argument), *_ = value.items()
            if name == "Ref" or name.startswith("Fn::"):
                return self._function(name, argument, (*path, name))
        found = {key: self.value(each, (*path, key)) for key, each in value.items()}
        return {key: each for key, each in found.items() if each is not _NO_VALUE}

    def _function(self, name: str, argument: Any, path: Path) -> Any:  # noqa: PLR0911 - one for each function
        match name, argument:
            case "Ref", str():
                return self._ref(argument, path)
            case "Fn::GetAtt", [str(resource), str(attribute)]:
                return self._attribute(resource, attribute, path)
            case "Fn::GetAtt", str():
                resource, _, attribute = argument.partition(".")
                return self._attribute(resource, attribute, path)
            case "Fn::Join", [str(separator), parts]:
                return separator.join(self._texts(parts, path))
            case "Fn::Split", [str(separator), text]:
                return self._text(text, path).split(separator)
            case "Fn::Select", [index, items]:
                return self._texts(items, path)[int(index)]
            case "Fn::Sub", str():
                return self._substituted(argument, {}, path)
            case "Fn::Sub", [str(text), dict(variables)]:
                return self._substituted(text, variables, path)
            case "Fn::If", [str(condition), yes, no]:
                return self.value(yes if self.condition(condition, path) else no, path)
        return self._refuse(
            path, f"got {name}, expected Ref, GetAtt, Join, Split, Select, Sub or If as policies have them"
        )

    def condition(self, name: str, path: Path) -> bool:
        """Whether the template's condition `name` holds."""
        conditions = self.stack.template.get("Conditions", {})
        if name not in conditions:
            self._refuse(path, f"got the condition {name!r}, which the template has not")
        return self._holds(conditions[name], ("Conditions", name))

    def _holds(self, value: Any, path: Path) -> bool:
        match value:
            case {"Condition": str(name)}:
                return self.condition(name, path)
            case {"Fn::Equals": [left, right]}:
                return bool(self.value(left, path) == self.value(right, path))
            case {"Fn::Not": [inner]}:
                return not self._holds(inner, path)
            case {"Fn::And": list(inner)}:
                return all(self._holds(each, path) for each in inner)
            case {"Fn::Or": list(inner)}:
                return any(self._holds(each, path) for each in inner)
        return self._refuse(path, f"got {value!r}, expected Equals, Not, And, Or or Condition")

    def _ref(self, name: str, path: Path) -> Any:
        if name == "AWS::NoValue":
            return _NO_VALUE
        pseudo = _pseudo_parameters(self.stack)
        if name in pseudo:
            return pseudo[name]
        if name in self.stack.parameters:
            return self._typed(name, self.stack.parameters[name])
        declared: Mapping[str, Any] = self.stack.template.get("Parameters", {})
        if name in declared:
            if "Default" not in declared[name]:
                self._refuse(path, f"the parameter {name!r} has no value")
            return self._typed(name, declared[name]["Default"])
        return self._attribute(name, "", path)

    def _typed(self, name: str, value: Any) -> Any:
        if "List" in str(self.stack.template["Parameters"][name].get("Type")) and isinstance(value, str):
            return value.split(",")
        return value

    def _attribute(self, resource: str, attribute: str, path: Path) -> str:
        shown = f"{resource}.{attribute}" if attribute else resource
        if resource not in self.stack.template.get("Resources", {}):
            self._refuse(path, f"got {shown!r}, which is no resource of the template")
        found = self.attribute(self.stack, resource, attribute)
        if found is None:
            kind = self.stack.template["Resources"][resource]["Type"]
            self._refuse(path, f"got {shown!r} of type {kind}, whose value is not known before the deployment")
        return found

    def _substituted(self, text: str, variables: Mapping[str, Any], path: Path) -> str:
        def replace(found: re.Match[str]) -> str:
            name = found[1].strip()
            if name.startswith("!"):
                return "${" + name[1:] + "}"
            if name in variables:
                return self._text(variables[name], (*path, name))
            if "." in name:
                resource, _, attribute = name.partition(".")
                return self._attribute(resource, attribute, path)
            return self._text({"Ref": name}, path)

        return _SUBSTITUTION.sub(replace, text)

    def _texts(self, value: Any, path: Path) -> list[str]:
        found = self.value(value, path)
        if not isinstance(found, list):
            self._refuse(path, f"got {found!r}, expected a list")
        return [self._text(each, path) for each in found]

    def _text(self, value: Any, path: Path) -> str:
        found = self.value(value, path)
        if isinstance(found, int) and not isinstance(found, bool):
            return str(found)
        if not isinstance(found, str):
            self._refuse(path, f"got {found!r}, expected text")
        return found

    def _refuse(self, path: Path, message: str) -> NoReturn:
        raise UnresolvedError(self.stack.name, path, message)


def _pseudo_parameters(stack: Stack) -> dict[str, str]:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/pseudo-parameter-reference.html."""
    partition = PARTITION_OF[stack.region]
    return {
        "AWS::AccountId": stack.account,
        "AWS::Region": stack.region,
        "AWS::Partition": partition,
        "AWS::URLSuffix": dns_suffix(partition),
        "AWS::StackName": stack.name,
    }
