"""The shape of intrinsic functions: which an object is, and the arguments that it needs.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from cfn_template.errors import TemplateError, UnsupportedFunctionError

#: `${Name}`, `${Resource.Attribute}` and `${!Literal}` in the text of Fn::Sub
VARIABLE = re.compile(r"\$\{([^}]*)\}")
#: by function, what its argument is to be, in CloudFormation's words
ARGUMENTS: Mapping[str, str] = {
    "Ref": "the name of a parameter, pseudo parameter or resource",
    "Condition": "the name of a condition",
    "Fn::And": "a list of conditions",
    "Fn::Base64": "a string",
    "Fn::Cidr": "an address block, a count and the bits of each block",
    "Fn::Contains": "a list and a string",
    "Fn::Equals": "two values",
    "Fn::FindInMap": "three parameters, the map name, map key and the attribute for return value",
    "Fn::GetAtt": "two non-empty parameters, the resource name and the resource attribute",
    "Fn::GetAZs": "the name of a region",
    "Fn::If": "a list argument with three elements",
    "Fn::ImportValue": "the name of an export",
    "Fn::Join": "a delimiter and a list of strings to be joined",
    "Fn::Length": "a list",
    "Fn::Not": "a list of one condition",
    "Fn::Or": "a list of conditions",
    "Fn::Select": "an index and a list",
    "Fn::Split": "a delimiter and a string",
    "Fn::Sub": "a string, or a string and an object of variables",
    "Fn::ToJsonString": "an object or a list",
}


class _NoValue:
    def __repr__(self) -> str:
        return "AWS::NoValue"


#: what `Ref: AWS::NoValue` gives: the key or list item that holds it is left out
NO_VALUE = _NoValue()


def function_of(node: Mapping[str, Any]) -> str | None:
    """The function that an object of a template is; None for a plain object.

    `Condition` is one only with a name, for statements of policies have a key of that name. Raises
    UnsupportedFunctionError for a function that is not known.
    """
    if len(node) != 1:
        return None
    (name,) = node
    if name in ARGUMENTS:
        return str(name) if name != "Condition" or isinstance(node[name], str) else None
    if isinstance(name, str) and name.startswith("Fn::"):
        raise UnsupportedFunctionError(name)
    return None


def wrong_argument(function: str, argument: Any) -> TemplateError:
    """The error for an argument of another shape than the function needs."""
    needed = ARGUMENTS[function]
    message = f"Template error: every {function} object requires {needed}"
    return TemplateError(message, f"got {argument!r}, expected {needed}")


def items_of(function: str, argument: Any, *counts: int) -> list[Any]:
    """A function's arguments, of which there are to be as many as one of `counts`. Raises TemplateError."""
    if not isinstance(argument, list) or len(argument) not in counts:
        raise wrong_argument(function, argument)
    return argument


def name_of(function: str, argument: Any) -> str:
    """A function's only argument where it is a name that is written out. Raises TemplateError."""
    if not isinstance(argument, str):
        raise wrong_argument(function, argument)
    return argument


def get_att_parts(argument: Any) -> tuple[str, Any]:
    """Resource and attribute of both forms of Fn::GetAtt; an attribute may hold dots. Raises TemplateError."""
    parts = argument.split(".", 1) if isinstance(argument, str) else argument
    if not isinstance(parts, list) or len(parts) < 2 or not isinstance(parts[0], str):
        raise wrong_argument("Fn::GetAtt", argument)
    return parts[0], ".".join(map(str, parts[1:])) if len(parts) > 2 else parts[1]


def sub_parts(argument: Any) -> tuple[str, dict[str, Any]]:
    """Text and own variables of both forms of Fn::Sub. Raises TemplateError."""
    match argument:
        case str():
            return argument, {}
        case [str(text), dict(variables)]:
            return text, variables
    raise wrong_argument("Fn::Sub", argument)
