"""Pipeline parameters: declared types, defaults and the values of an execution.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-parameters.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rehearsal.api import Params, invalid
from rehearsal.sagemaker.shapes import nearest

_TYPES: dict[str, tuple[type, ...]] = {"String": (str,), "Integer": (int,), "Float": (float, int), "Boolean": (bool,)}
_KEYS = ("Name", "Type", "DefaultValue", "EnumValues", "Description")


@dataclass(frozen=True)
class Parameter:
    """One declared parameter; `default` None means that an execution must give a value."""

    name: str
    type: str
    default: Any = None
    choices: tuple[str, ...] = ()


def problems(declared: Any) -> Iterator[str]:
    """What is wrong with the `Parameters` of a definition."""
    if not isinstance(declared, list) or not all(isinstance(entry, dict) for entry in declared):
        yield f"Parameters: got {type(declared).__name__}, expected a list of objects"
        return
    names = [entry.get("Name") for entry in declared]
    for index, entry in enumerate(declared):
        where = f"Parameters[{index}]"
        name, kind = entry.get("Name"), entry.get("Type", "String")
        yield from (f"{where}.{key}: unknown member{nearest(key, _KEYS)}" for key in entry if key not in _KEYS)
        if not isinstance(name, str) or not name:
            yield f"{where}.Name: missing"
        elif names.index(name) != index:
            yield f"{where}.Name: {name} is declared twice"
        if kind not in _TYPES:
            yield f"{where}.Type: got {kind!r}, expected {', '.join(_TYPES)}{nearest(str(kind), _TYPES)}"
        elif "DefaultValue" in entry and not _fits(entry["DefaultValue"], kind):
            yield f"{where}.DefaultValue: got {entry['DefaultValue']!r}, expected {kind}"
        choices = entry.get("EnumValues", [])
        if choices and entry.get("DefaultValue", choices[0]) not in choices:
            yield f"{where}.DefaultValue: got {entry['DefaultValue']!r}, expected one of {', '.join(map(str, choices))}"


def parse(declared: list[Params]) -> dict[str, Parameter]:
    """Parameters by name, of a definition without problems."""
    return {
        entry["Name"]: Parameter(
            entry["Name"], entry.get("Type", "String"), entry.get("DefaultValue"), tuple(entry.get("EnumValues", ()))
        )
        for entry in declared
    }


def bind(declared: dict[str, Parameter], given: list[Params]) -> dict[str, Any]:
    """The values of an execution; `given` are the strings of StartPipelineExecution.

    Raises ApiError ValidationException that names every undeclared one, wrong value and missing one.
    """
    texts = {entry["Name"]: entry["Value"] for entry in given}
    wrong = [
        f"Parameter {name} is not declared by the pipeline{nearest(name, declared)}"
        for name in texts
        if name not in declared
    ]
    values = {}
    for name, parameter in declared.items():
        try:
            values[name] = _value(parameter, texts[name]) if name in texts else _default(parameter)
        except ValueError as error:
            wrong.append(str(error))
    if wrong:
        raise invalid("; ".join(wrong))
    return values


def _default(parameter: Parameter) -> Any:
    if parameter.default is None:
        raise ValueError(f"Parameter {parameter.name} ({parameter.type}) has no default and was not given")
    return parameter.default


def _value(parameter: Parameter, text: str) -> Any:
    """The value that a text stands for. Raises ValueError, which says what is wrong.

    A default may be empty, a given value not: https://github.com/aws/sagemaker-python-sdk/issues/4016.
    """
    if not text:
        raise ValueError(f'Parameter {parameter.name}: string "" is too short (length: 0, required minimum: 1)')
    try:
        value = _READ[parameter.type](text)
    except (ValueError, KeyError):
        raise ValueError(f"Parameter {parameter.name}: got {text!r}, expected {parameter.type}") from None
    choices = parameter.choices
    if choices and value not in choices:
        names = [str(choice) for choice in choices]
        wanted = f"one of {', '.join(names)}{nearest(text, names)}"
        raise ValueError(f"Parameter {parameter.name}: got {text!r}, expected {wanted}")
    return value


_READ: dict[str, Any] = {
    "String": str,
    "Integer": int,
    "Float": float,
    "Boolean": lambda text: {"true": True, "false": False}[text.lower()],
}


def _fits(value: Any, kind: str) -> bool:
    return isinstance(value, _TYPES[kind]) and (kind == "Boolean" or not isinstance(value, bool))
