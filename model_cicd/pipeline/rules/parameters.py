"""Rules on pipeline parameters and their use."""

from __future__ import annotations

from collections.abc import Iterator

from model_cicd.pipeline.document import Parameter
from model_cicd.pipeline.expressions import ParameterRef
from model_cicd.pipeline.fields import LocalFile
from model_cicd.pipeline.rules.registry import Finding, Subject, advice, repeated, rule
from model_cicd.pipeline.walk import find
from model_cicd.text.errors import describe, did_you_mean
from model_cicd.text.source import KeyPath, format_path

_FITS = {"String": (str,), "Integer": (int,), "Float": (int, float), "Boolean": (bool,)}
#: how a literal of each parameter type is named
WORDS = {"String": "text", "Integer": "a whole number", "Float": "a number", "Boolean": "true or false"}


def fits(value: object, kind: str) -> bool:
    """Whether a literal is of a parameter type."""
    return isinstance(value, _FITS[kind]) and (kind == "Boolean" or not isinstance(value, bool))


def _parameters(subject: Subject) -> Iterator[tuple[KeyPath, Parameter]]:
    for index, parameter in enumerate(subject.config.pipeline.parameters):
        yield ("pipeline", "parameters", index), parameter


@rule
def check_unique_parameters(subject: Subject) -> Iterator[Finding]:
    """Two parameters have different names."""
    yield from repeated((((*path, "name"), each.name) for path, each in _parameters(subject)), "parameter")


@rule
def check_defaults(subject: Subject) -> Iterator[Finding]:
    """A default is of the parameter's type and among its values; only texts have listed values."""
    for path, each in _parameters(subject):
        value = each.default_value
        if value is not None and not fits(value, each.type):
            quote = " (quote it in YAML)" if each.type == "String" else ""
            yield (*path, "defaultValue"), f"got {describe(value)}, expected {WORDS[each.type]}{quote}"
        if each.enum_values is None:
            continue
        if each.type != "String":
            yield (*path, "enumValues"), f"only String parameters have enumValues, and {each.name} is {each.type}"
        elif isinstance(value, str) and not isinstance(value, LocalFile) and value not in each.enum_values:
            hint = did_you_mean(value, each.enum_values)
            yield (*path, "defaultValue"), f"got {value!r}, expected one of {', '.join(each.enum_values)}{hint}"


@rule
def check_parameter_references(subject: Subject) -> Iterator[Finding]:
    """What refers to a parameter refers to a declared one whose type fits the place."""
    declared = {each.name: each for _, each in _parameters(subject)}
    for path, reference in find(subject.config, ParameterRef):
        parameter = declared.get(reference.name)
        if parameter is None:
            known = f"; declared: {', '.join(declared)}" if declared else "; none is declared under pipeline.parameters"
            yield path, f"unknown parameter {reference.name!r}{did_you_mean(reference.name, declared)}{known}"
        elif parameter.type not in reference.accepts:
            wanted = " or ".join(reference.accepts)
            yield path, f"parameter {reference.name!r} is {parameter.type}, expected a parameter of type {wanted}"


@rule
def check_parameter_values(subject: Subject) -> Iterator[Finding]:
    """The default and the listed values of a parameter fit every place that refers to it."""
    kinds = {(each.name, each.kind): where for where, each in find(subject.config, ParameterRef) if each.kind}
    for path, parameter in _parameters(subject):
        literals = [((*path, "defaultValue"), parameter.default_value)]
        literals += [((*path, "enumValues", index), each) for index, each in enumerate(parameter.enum_values or [])]
        for (name, kind), where in kinds.items():
            for place, value in literals if name == parameter.name and kind else ():
                known = isinstance(value, str) and not isinstance(value, LocalFile) and "{{" not in value
                wrong = kind.complaint(value) if kind and known and isinstance(value, str) else None
                if wrong:
                    yield place, f"{wrong}: {format_path(where)} refers to the parameter {name!r}"


@advice
def check_unused_parameters(subject: Subject) -> Iterator[Finding]:
    """A declared parameter is used somewhere."""
    used = {each.name for _, each in find(subject.config, ParameterRef)}
    for path, each in _parameters(subject):
        if each.name not in used:
            yield path, f"the parameter {each.name!r} is declared and nothing refers to it: {{parameter: {each.name}}}"
