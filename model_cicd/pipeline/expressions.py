"""Values of a pipeline YAML: literals, and what SageMaker puts in their place when the pipeline runs.

Each type here is made by its validator from YAML (`{parameter: Name}` and its like) and found again by `walk.walk`, so
that checks and the compiler need no list of the fields that may hold one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias

from pydantic import PlainValidator

from model_cicd.errors import did_you_mean
from model_cicd.settings.types import describe, refuse

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

NAME = r"[A-Za-z0-9_-]{1,64}"


@dataclass(frozen=True)
class ParameterRef:
    """`{parameter: Name}`; `accepts` are the parameter types that fit the place, `text` says that the place is text."""

    name: str
    accepts: tuple[str, ...]
    text: bool


@dataclass(frozen=True)
class ExecutionRef:
    """`{execution: PipelineExecutionId}`."""

    variable: str


@dataclass(frozen=True)
class JsonGet:
    """`{jsonGet: {stepName, propertyFile, jsonPath}}`: a value of a step's property file, as text."""

    step: str
    property_file: str
    path: str


@dataclass(frozen=True)
class Join:
    """`{join: [...], separator: ""}`: the parts as one text."""

    values: tuple[Value, ...]
    separator: str


Expression: TypeAlias = ParameterRef | ExecutionRef | JsonGet | Join
Value: TypeAlias = str | int | float | bool | Expression


class StepRef(str):
    """The name of another step."""


@dataclass(frozen=True)
class StepOutput:
    """`Step.output`: an output of a Processing step, or `modelArtifacts` of a Training step."""

    step: str
    output: str


class LocalFile(str):
    """`file:data/set.csv`, relative to the pipeline YAML; the runner uploads it under `data/`."""

    prefix = "data"

    @property
    def relative(self) -> str:
        """The path without `file:`."""
        return self.removeprefix("file:")


class LocalScript(LocalFile):
    """A local script; the runner uploads it under `code/`."""

    prefix = "code"


_FORMS = "{parameter: Name}, {execution: Variable}, {jsonGet: {...}} or {join: [...]}"


def _expression(value: Mapping[Any, Any], accepts: tuple[str, ...], text: bool, expected: str) -> Expression:
    keys = {str(key) for key in value}
    match value:
        case {"parameter": str(name)} if keys == {"parameter"}:
            return ParameterRef(name, accepts, text)
        case {"execution": str(variable)} if keys == {"execution"} and text:
            if variable not in EXECUTION_VARIABLES:
                known = ", ".join(EXECUTION_VARIABLES)
                hint = did_you_mean(variable, EXECUTION_VARIABLES)
                refuse(f"got the execution variable {variable!r}, expected one of {known}{hint}")
            return ExecutionRef(variable)
        case {"join": list(values)} if keys <= {"join", "separator"} and text:
            separator = value.get("separator", "")
            if not isinstance(separator, str):
                refuse(f"got {describe(separator)} as the separator, expected text")
            return Join(tuple(_text(part, "text") for part in values), separator)
        case {"jsonGet": Mapping() as inner} if keys == {"jsonGet"} and text:
            wanted = {"stepName", "propertyFile", "jsonPath"}
            if set(inner) != wanted or not all(isinstance(part, str) for part in inner.values()):
                refuse(
                    f"got jsonGet with {', '.join(map(str, inner)) or 'nothing'}, expected {', '.join(sorted(wanted))}"
                )
            return JsonGet(inner["stepName"], inner["propertyFile"], inner["jsonPath"])
    shown = "{" + ", ".join(str(key) for key in value) + "}"
    return refuse(f"got {shown}, expected {expected} or {_FORMS if text else '{parameter: Name}'}")


def _text(value: object, expected: str) -> Value:
    if isinstance(value, Mapping):
        return _expression(value, PARAMETER_TYPES, True, expected)
    if not isinstance(value, str):
        hint = " (quote it in YAML)" if isinstance(value, bool | int | float) else ""
        refuse(f"got {describe(value)}, expected {expected}{hint}")
    return value


def _string(expected: str, pattern: str = ".*") -> Callable[[object], Any]:
    def validate(value: object) -> Value:
        if isinstance(value, Mapping):
            return _expression(value, ("String",), True, expected)
        text = _text(value, expected)
        if "{{" not in str(text) and not re.fullmatch(pattern, str(text), re.DOTALL):
            refuse(f"got {describe(text)}, expected {expected}")
        return text

    return validate


def _hyperparameter(value: object) -> Value:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return _text(value, "text or a number")


def _number(expected: str, kinds: tuple[str, ...], minimum: int | None) -> Callable[[object], Any]:
    integer = kinds == ("Integer",)

    def validate(value: object) -> Value:
        if isinstance(value, Mapping):
            return _expression(value, kinds, False, expected)
        fits = isinstance(value, int if integer else int | float) and not isinstance(value, bool)
        if not isinstance(value, int | float) or not fits or (minimum is not None and value < minimum):
            refuse(f"got {describe(value)}, expected {expected}")
        return value

    return validate


def _boolean(value: object) -> Value:
    if isinstance(value, Mapping):
        return _expression(value, ("Boolean",), False, "true or false")
    if not isinstance(value, bool):
        refuse(f"got {describe(value)}, expected true or false")
    return value


def _scalar(value: object) -> Value:
    if isinstance(value, Mapping):
        return _expression(value, PARAMETER_TYPES, False, "a number, text, true or false")
    if not isinstance(value, str | int | float):
        refuse(f"got {describe(value)}, expected a number, text, true or false")
    return value


def _location(local: type[LocalFile]) -> Callable[[object], Any]:
    expected = "an S3 URI (s3://bucket/key) or a local file (file:path)"
    other = _string(expected, r"s3://.+")

    def validate(value: object) -> Value:
        return local(value) if isinstance(value, str) and value.startswith("file:") else other(value)

    return validate


def _named(expected: str, pattern: str = NAME, make: type[str] = str) -> Callable[[object], Any]:
    def validate(value: object) -> str:
        text = _text(value, expected)
        if not isinstance(text, str) or not re.fullmatch(pattern, text):
            refuse(f"got {describe(value)}, expected {expected}")
        return make(text)

    return validate


def _step_output(value: object) -> StepOutput:
    step, dot, output = value.partition(".") if isinstance(value, str) else ("", "", "")
    if not (step and dot and output):
        refuse(
            f"got {describe(value)}, expected 'Step.output' (an output of a Processing step or 'Step.modelArtifacts')"
        )
    return StepOutput(step, output)


_NAME_WORDS = "1 to 64 letters, digits, hyphens and underscores"

Text = Annotated[str | Expression, PlainValidator(lambda value: _text(value, "text"))]
Hyperparameter = Annotated[str | Expression, PlainValidator(_hyperparameter)]
ImageUri = Annotated[
    str | Expression, PlainValidator(_string("an image URI or a short form such as xgboost:1.7-1", ".+"))
]
InstanceType = Annotated[
    str | Expression,
    PlainValidator(_string("an instance type such as ml.m5.xlarge", r"ml\.[a-z0-9-]+\.[a-z0-9]+")),
]
S3Uri = Annotated[str | Expression, PlainValidator(_string("an S3 URI (s3://bucket/prefix)", r"s3://.+"))]
DataUri = Annotated[str | Expression, PlainValidator(_location(LocalFile))]
ScriptUri = Annotated[str | Expression, PlainValidator(_location(LocalScript))]
String = Annotated[str | Expression, PlainValidator(_string("text", r".+"))]
Count = Annotated[int | ParameterRef, PlainValidator(_number("a whole number of at least 1", ("Integer",), 1))]
Boolean = Annotated[bool | ParameterRef, PlainValidator(_boolean)]
Scalar = Annotated[str | int | float | bool | ParameterRef, PlainValidator(_scalar)]
Name = Annotated[str, PlainValidator(_named(_NAME_WORDS))]
#: also a directory name in the container
LocalName = Annotated[
    str, PlainValidator(_named("1 to 64 letters, digits and any of -_.", r"(?!\.)[A-Za-z0-9_.-]{1,64}"))
]
StepName = Annotated[StepRef, PlainValidator(_named("the name of a step", NAME, StepRef))]
StepOutputName = Annotated[StepOutput, PlainValidator(_step_output)]
