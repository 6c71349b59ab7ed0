"""Template parameters: given, kept or defaulted, checked against their constraints, read from Parameter Store.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cfn_template import parameter_value
from rehearsal.cloudformation.limits import PARAMETER_VALUE
from rehearsal.cloudformation.template import error

SSM_VALUE = re.compile(r"^AWS::SSM::Parameter::Value<(?P<inner>.+)>$")
PLAIN = frozenset(
    {"String", "Number", "CommaDelimitedList", "List<Number>", "List<String>", "AWS::SSM::Parameter::Name"}
)
AWS_SPECIFIC = re.compile(r"^(List<)?AWS::(EC2|Route53)::[A-Za-z:]+>?$")
KEYS = frozenset(
    {"Type", "Default", "Description", "NoEcho", "AllowedValues", "AllowedPattern", "ConstraintDescription",
     "MinLength", "MaxLength", "MinValue", "MaxValue"}
)  # fmt: skip

Lookup = Callable[[str], str]


@dataclass(frozen=True)
class Parameter:
    """A parameter's value as given (`text`) and, for those read from Parameter Store, what was found there."""

    name: str
    type: str
    text: str
    resolved: str | None
    no_echo: bool

    @property
    def value(self) -> str | list[str]:
        """What Ref gives."""
        text = self.text if self.resolved is None else self.resolved
        found = SSM_VALUE.match(self.type)
        kind = found["inner"] if found else self.type
        return parameter_value(kind, text)

    def describe(self) -> dict[str, str]:
        """The parameter as DescribeStacks shows it."""
        shown = {"ParameterKey": self.name, "ParameterValue": "****" if self.no_echo else self.text}
        return shown | ({"ResolvedValue": self.resolved} if self.resolved is not None else {})


def resolve(
    declared: dict[str, Any], given: list[dict[str, Any]], previous: dict[str, Parameter], lookup: Lookup
) -> dict[str, Parameter]:
    """The value of every declared parameter.

    `previous` are the stack's present ones, for UsePreviousValue; `lookup` reads Parameter Store. Raises
    ValidationError for a value that is missing, unknown or breaks a constraint.
    """
    texts: dict[str, str] = {}
    for item in given:
        name = item["ParameterKey"]
        if item.get("UsePreviousValue"):
            if name not in previous:
                raise error(
                    f"Invalid input for parameter key {name}. Cannot specify usePreviousValue as true for a "
                    "parameter key not in the previous template"
                )
            texts[name] = previous[name].text
        elif "ParameterValue" in item:
            texts[name] = item["ParameterValue"]
    unknown = sorted(texts.keys() - declared.keys())
    if unknown:
        raise error(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    found: dict[str, Parameter] = {}
    missing: list[str] = []
    for name, declaration in declared.items():
        _check_declaration(name, declaration)
        text = texts.get(name, _text(declaration["Default"]) if "Default" in declaration else None)
        if text is None:
            missing.append(name)
            continue
        _check_value(name, declaration, text)
        kind = declaration["Type"]
        stored = lookup(text) if SSM_VALUE.match(kind) else None
        no_echo = str(declaration.get("NoEcho", "false")).lower() == "true"
        found[name] = Parameter(name, kind, text, stored, no_echo)
    if missing:
        raise error(f"Parameters: [{', '.join(missing)}] must have values")
    return found


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def _check_declaration(name: str, declaration: Any) -> None:
    if not isinstance(declaration, dict) or "Type" not in declaration:
        raise error(f"Template format error: Every Parameters object must contain a Type member. ({name})")
    unknown = sorted(declaration.keys() - KEYS)
    if unknown:
        raise error(f"Template format error: Invalid template parameter property '{unknown[0]}' of {name}")
    kind = str(declaration["Type"])
    ssm = SSM_VALUE.match(kind)
    inner = ssm["inner"] if ssm else kind
    if inner not in PLAIN and not AWS_SPECIFIC.match(inner):
        raise error(f"Template format error: Unrecognized parameter type: {kind} ({name})")


def _check_value(name: str, declaration: dict[str, Any], text: str) -> None:
    kind = declaration["Type"]
    hint = declaration.get("ConstraintDescription")
    if len(text.encode()) > PARAMETER_VALUE:
        raise error(f"Parameter '{name}' is longer than {PARAMETER_VALUE} bytes")

    def fail(what: str) -> None:
        raise error(f"Parameter {name} failed to satisfy constraint: {hint}" if hint else f"Parameter '{name}' {what}")

    values = [part.strip() for part in text.split(",")] if kind in ("CommaDelimitedList", "List<Number>") else [text]
    if "AllowedValues" in declaration:
        allowed = [_text(value) for value in declaration["AllowedValues"]]
        if any(value not in allowed for value in values):
            fail(f"must be one of AllowedValues: [{', '.join(allowed)}], got {text!r}")
    pattern = declaration.get("AllowedPattern")
    if pattern is not None and any(not re.fullmatch(str(pattern), value) for value in values):
        fail(f"must match pattern {pattern}, got {text!r}")
    for number in values if kind in ("Number", "List<Number>") else []:
        try:
            amount = float(number)
        except ValueError:
            fail(f"must be a number, got {number!r}")
            return
        if "MinValue" in declaration and amount < float(declaration["MinValue"]):
            fail(f"must be a number not less than {declaration['MinValue']}, got {number}")
        if "MaxValue" in declaration and amount > float(declaration["MaxValue"]):
            fail(f"must be a number not greater than {declaration['MaxValue']}, got {number}")
    if kind == "String":
        if len(text) < int(declaration.get("MinLength", 0)):
            fail(f"must contain at least {declaration['MinLength']} characters, got {len(text)}")
        if "MaxLength" in declaration and len(text) > int(declaration["MaxLength"]):
            fail(f"must contain at most {declaration['MaxLength']} characters, got {len(text)}")
