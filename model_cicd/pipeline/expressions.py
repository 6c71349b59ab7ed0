"""Values that SageMaker fills in when the pipeline runs, as they stand in a pipeline YAML.

Each type here is made by a validator of fields.py from a mapping (`{parameter: Name}`) or from text
(`s3://bucket/{parameter.Name}/x`) and found again by `walk.walk`, so that checks and the compiler need no list of the
fields that may hold one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from model_cicd.settings.types import refuse
from model_cicd.text.errors import describe, did_you_mean

#: the parameter types of https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-parameters.html
PARAMETER_TYPES = ("String", "Integer", "Float", "Boolean")

#: `Execution.<name>` of https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-parameters.html and the SDK
EXECUTION_VARIABLES = (
    "PipelineExecutionId",
    "PipelineExecutionArn",
    "PipelineName",
    "PipelineArn",
    "StartDateTime",
    "CurrentDateTime",
)


@dataclass(frozen=True)
class Kind:
    """What a place wants: its words, and what is wrong with a literal for it (None: nothing)."""

    expected: str
    complaint: Callable[[str], str | None]


@dataclass(frozen=True)
class ParameterRef:
    """`{parameter: Name}`; `accepts` are the parameter types that fit the place, `text` says that the place is text.

    `kind` is what the values of a String parameter must be for the place, where it wants more than text.
    """

    name: str
    accepts: tuple[str, ...]
    text: bool
    kind: Kind | None = None


@dataclass(frozen=True)
class ExecutionRef:
    """`{execution: PipelineExecutionId}`."""

    variable: str


@dataclass(frozen=True)
class PropertyRef:
    """`{property: Step.Path}`: a value of what describing the step's job or resource answers."""

    step: str
    path: str


@dataclass(frozen=True)
class StepOutput:
    """`Step.output` or `{output: Step.output}`: what a step leaves behind, under the name the step's type gives it."""

    step: str
    output: str


@dataclass(frozen=True)
class JsonGet:
    """`{jsonGet: {stepName, propertyFile, jsonPath}}` or `{jsonGet: {stepName, s3Uri, jsonPath}}`: a value of a file.

    `text` says that the place is text; elsewhere the value has the type that it has in the file.
    """

    step: str
    property_file: str
    path: str
    text: bool
    s3_uri: Value | None = None


@dataclass(frozen=True)
class Join:
    """`{join: [...], separator: ""}`: the parts as one text. `inline` joins stand as one text in the YAML."""

    values: tuple[Value, ...]
    separator: str
    inline: bool = False


Expression: TypeAlias = ParameterRef | ExecutionRef | PropertyRef | StepOutput | JsonGet | Join
Value: TypeAlias = str | int | float | bool | Expression
EXPRESSIONS = (ParameterRef, ExecutionRef, PropertyRef, StepOutput, JsonGet, Join)

# `{parameter.Name}` and its like in text; one brace, so that neither CloudFormation's ${} nor placeholders' {{}} match
_INLINE = re.compile(r"(?<!\{)\{(parameter|execution|property|output)\.([^{}]+)\}(?!\})")


@dataclass(frozen=True)
class Wanted:
    """What the place of an expression takes; see ParameterRef."""

    expected: str
    accepts: tuple[str, ...] = PARAMETER_TYPES
    text: bool = True
    kind: Kind | None = None


def split_step(text: str, expected: str) -> tuple[str, str]:
    """`Step.rest` as (`Step`, `rest`)."""
    step, dot, rest = text.partition(".")
    if not (step and dot and rest):
        refuse(f"got {text!r}, expected {expected}")
    return step, rest


def from_text(value: str, wanted: Wanted) -> str | Expression:
    """The text, or what it stands for when `{parameter.Name}` and its like occur in it."""
    found = list(_INLINE.finditer(value))
    if not found:
        return value
    if found[0].span() == (0, len(value)):
        return _reference(found[0][1], found[0][2], wanted)
    if not wanted.text:
        refuse(f"got {value!r}, expected {wanted.expected} or one reference such as {{parameter.Name}} alone")
    # parts of a text may be of any type, and only the whole of it is of the place's kind
    part = replace(wanted, accepts=PARAMETER_TYPES, kind=None)
    parts: list[Value] = []
    end = 0
    for each in found:
        if each.start() > end:
            parts.append(value[end : each.start()])
        parts.append(_reference(each[1], each[2], part))
        end = each.end()
    if end < len(value):
        parts.append(value[end:])
    return Join(tuple(parts), "", inline=True)


def is_reference(value: str) -> bool:
    """Whether a text is one reference such as `{parameter.Name}` and nothing else."""
    return _INLINE.fullmatch(value) is not None


def _reference(form: str, name: str, wanted: Wanted) -> Expression:
    match form:
        case "parameter":
            return ParameterRef(name, wanted.accepts, wanted.text, wanted.kind)
        case "execution":
            return _execution(name)
        case "property":
            return PropertyRef(*split_step(name, "a step and a property such as Train.ModelArtifacts.S3ModelArtifacts"))
        case _:
            return StepOutput(*split_step(name, "a step and an output such as Prepare.train"))


def _execution(variable: str) -> ExecutionRef:
    if variable not in EXECUTION_VARIABLES:
        known = ", ".join(EXECUTION_VARIABLES)
        hint = did_you_mean(variable, EXECUTION_VARIABLES)
        refuse(f"got the execution variable {variable!r}, expected one of {known}{hint}")
    return ExecutionRef(variable)


def from_mapping(value: Mapping[Any, Any], wanted: Wanted) -> Expression:
    """The expression that a mapping such as `{parameter: Name}` stands for; refuses any other mapping."""
    keys = {str(key) for key in value}
    match value:
        case {"parameter": str(name)} | {"property": str(name)} | {"output": str(name)} if len(keys) == 1:
            return _reference(next(iter(keys)), name, wanted)
        case {"execution": str(variable)} if len(keys) == 1 and wanted.text:
            return _execution(variable)
        case {"join": list(values)} if keys <= {"join", "separator"} and wanted.text:
            separator = value.get("separator", "")
            if not isinstance(separator, str):
                refuse(f"got {describe(separator)} as the separator, expected text")
            return Join(tuple(text(part, Wanted("text")) for part in values), separator)
        case {"jsonGet": Mapping() as inner} if len(keys) == 1:
            return _json_get(inner, wanted.text)
    shown = "{" + ", ".join(str(key) for key in value) + "}"
    more = ", {execution: Variable}, {join: [...]}" if wanted.text else ""
    forms = f"{{parameter: Name}}{more}, {{property: Step.Path}}, {{output: Step.name}} or {{jsonGet: {{...}}}}"
    hint = did_you_mean(next(iter(keys), ""), ["parameter", "property", "output", "jsonGet", "execution", "join"])
    return refuse(f"got {shown}, expected {wanted.expected} or {forms}{hint}")


def _json_get(inner: Mapping[Any, Any], as_text: bool) -> JsonGet:
    match inner:
        case {"stepName": str(step), "propertyFile": str(file), "jsonPath": str(path)} if len(inner) == 3:
            return JsonGet(step, file, path, as_text)
        case {"stepName": str(step), "s3Uri": uri, "jsonPath": str(path)} if len(inner) == 3:
            return JsonGet(step, "", path, as_text, text(uri, Wanted("an S3 URI (s3://bucket/key)")))
    got = ", ".join(map(str, inner)) or "nothing"
    return refuse(
        f"got jsonGet with {got}, expected jsonPath, propertyFile, stepName or, for any file in S3, "
        "jsonPath, s3Uri, stepName"
    )


def text(value: object, wanted: Wanted) -> str | Expression:
    """Text, or an expression in its place; refuses anything else."""
    if isinstance(value, Mapping):
        return from_mapping(value, wanted)
    if not isinstance(value, str):
        hint = " (quote it in YAML)" if isinstance(value, bool | int | float) else ""
        refuse(f"got {describe(value)}, expected {wanted.expected}{hint}")
    return from_text(value, wanted)
