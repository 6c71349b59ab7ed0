"""The types of the fields of a pipeline YAML: what a literal must be, and that an expression may stand in its place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from model_cicd.aws.instances import INSTANCE_SIZES, INSTANCE_TYPE
from model_cicd.pipeline.expressions import (
    EXPRESSIONS,
    Expression,
    Kind,
    StepOutput,
    Wanted,
    from_mapping,
    from_text,
    is_reference,
    split_step,
    text,
)
from model_cicd.pipeline.model import Plain
from model_cicd.pipeline.tokens import plain
from model_cicd.settings.types import refuse
from model_cicd.text.errors import describe, did_you_mean

NAME = r"[A-Za-z0-9_-]{1,64}"
_SCALAR_WORDS = "a number, text, true or false"


class StepRef(str):
    """The name of another step."""


class S3Text(str):
    """A literal S3 URI."""


class InstanceText(str):
    """A literal instance type."""


class LocalFile(str):
    """`file:data/set.csv`, relative to the pipeline YAML; the runner uploads it under `data/`."""

    prefix = "data"
    #: what may stand in its place, in words and as a pattern
    expected, elsewhere = "an S3 URI (s3://bucket/key) or a local file (file:path)", r"s3://.+"

    @property
    def relative(self) -> str:
        """The path without `file:`."""
        return self.removeprefix("file:")


class LocalScript(LocalFile):
    """A local script; the runner uploads it under `code/`."""

    prefix = "code"


class LocalSource(LocalFile):
    """A local directory of code; the runner uploads it under `code/`, packed as `sourcedir.tar.gz`."""

    prefix = "code"
    expected = "an S3 URI of an archive (s3://bucket/key.tar.gz) or a local directory (file:path)"
    elsewhere = r"s3://.+\.tar\.gz"


def s3_complaint(uri: str) -> str | None:
    """What is wrong with an S3 URI; None when nothing is.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    """
    if not re.fullmatch(r"s3://.+", uri, re.DOTALL):
        return f"got {uri!r}, expected an S3 URI (s3://bucket/key)"
    bucket = plain(uri).removeprefix("s3://").partition("/")[0]
    if "{{" in bucket:
        return None
    if not re.fullmatch(r"(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", bucket):
        return f"got the bucket {bucket!r}, expected 3 to 63 lower-case letters, digits, hyphens and dots"
    return None


def instance_complaint(kind: str) -> str | None:
    """What is wrong with an instance type, as far as its form and size say; None when nothing is."""
    if re.fullmatch(INSTANCE_TYPE, kind):
        return None
    found = re.fullmatch(r"(ml\.[a-z]+[0-9]+[a-z0-9-]*)\.([a-z0-9-]+)", kind)
    if found:
        hint = did_you_mean(found[2], INSTANCE_SIZES)
        return f"got the size {found[2]!r} in {kind!r}, expected one such as xlarge{hint}"
    near = f" (did you mean 'ml.{kind}'?)" if re.fullmatch(INSTANCE_TYPE, f"ml.{kind}") else ""
    return f"got {kind!r}, expected an instance type such as ml.m5.xlarge{near}"


S3_KIND = Kind("an S3 URI (s3://bucket/key)", s3_complaint)
INSTANCE_KIND = Kind("an instance type such as ml.m5.xlarge", instance_complaint)


def _string(expected: str, pattern: str = ".*", make: type[str] = str, kind: Kind | None = None) -> Plain:
    wanted = Wanted(expected, ("String",), kind=kind)

    def validate(value: object) -> str | Expression:
        found = text(value, wanted)
        if not isinstance(found, str):
            return found
        if "{{" not in found and not re.fullmatch(pattern, found, re.DOTALL):
            refuse(f"got {describe(found)}, expected {expected}")
        return make(found)

    return Plain(validate, expected)


def _hyperparameter(value: object) -> str | Expression:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return text(value, Wanted("text or a number"))


def _number(expected: str, kinds: tuple[str, ...], minimum: float | None) -> Plain:
    integer = kinds == ("Integer",)
    wanted = Wanted(expected, kinds, text=False)

    def validate(value: object) -> int | float | Expression:
        if isinstance(value, Mapping):
            return from_mapping(value, wanted)
        found = from_text(value, wanted) if isinstance(value, str) else value
        if isinstance(found, EXPRESSIONS):
            return found
        fits = isinstance(found, int if integer else int | float) and not isinstance(found, bool)
        if not isinstance(found, int | float) or not fits or (minimum is not None and found < minimum):
            refuse(f"got {describe(value)}, expected {expected}")
        return found

    return Plain(validate, expected)


def _boolean(value: object) -> bool | Expression:
    wanted = Wanted("true or false", ("Boolean",), text=False)
    if isinstance(value, Mapping):
        return from_mapping(value, wanted)
    found = from_text(value, wanted) if isinstance(value, str) else value
    if isinstance(found, EXPRESSIONS):
        return found
    if not isinstance(found, bool):
        refuse(f"got {describe(value)}, expected true or false")
    return found


def _scalar(value: object) -> str | int | float | bool | Expression:
    expected = _SCALAR_WORDS
    if isinstance(value, Mapping):
        return from_mapping(value, Wanted(expected, text=bool({"execution", "join"} & set(value))))
    if isinstance(value, str):
        # alone, a reference keeps its type
        return from_text(value, Wanted(expected, text=not is_reference(value)))
    if not isinstance(value, int | float):
        refuse(f"got {describe(value)}, expected {expected}")
    return value


def _location(local: type[LocalFile]) -> Plain:
    other = _string(local.expected, local.elsewhere, S3Text, S3_KIND).function

    def validate(value: object) -> Any:
        return local(value) if isinstance(value, str) and value.startswith("file:") else other(value)

    return Plain(validate, local.expected)


def _true_or_uri() -> Plain:
    expected = "true or an S3 URI (s3://bucket/prefix)"
    other = _string(expected, r"s3://.+", S3Text, S3_KIND).function
    return Plain(lambda value: value if isinstance(value, bool) else other(value), expected)


def named(expected: str, pattern: str = NAME, make: type[str] = str) -> Plain:
    """The validator of text that no expression may stand for."""

    def validate(value: object) -> str:
        if not isinstance(value, str):
            hint = " (quote it in YAML)" if isinstance(value, bool | int | float) else ""
            refuse(f"got {describe(value)}, expected {expected}{hint}")
        if not re.fullmatch(pattern, value, re.DOTALL):
            refuse(f"got {describe(value)}, expected {expected}")
        return make(value)

    return Plain(validate, expected, expressions=False)


def choice(*values: str) -> Plain:
    """The validator of a field that is one of `values`, or a String parameter whose values all are."""
    expected = f"one of {', '.join(values)}"

    def complaint(value: str) -> str | None:
        return None if value in values else f"got {value!r}, expected {expected}{did_you_mean(value, values)}"

    wanted = Wanted(expected, ("String",), kind=Kind(expected, complaint))

    def validate(value: object) -> str | Expression:
        found = text(value, wanted)
        wrong = complaint(found) if isinstance(found, str) and "{{" not in found else None
        if wrong:
            refuse(wrong)
        return found

    return Plain(validate, expected)


_STEP_OUTPUT_WORDS = "'Step.output' (an output of a Processing step, or of a Training step 'Step.modelArtifacts')"


def _step_output(value: object) -> StepOutput:
    if not isinstance(value, str):
        refuse(f"got {describe(value)}, expected {_STEP_OUTPUT_WORDS}")
    return StepOutput(*split_step(value, _STEP_OUTPUT_WORDS))


Text = Annotated[str | Expression, Plain(lambda value: text(value, Wanted("text")), "text")]
Hyperparameter = Annotated[str | Expression, Plain(_hyperparameter, "text or a number")]
ImageUri = Annotated[str | Expression, _string("an image URI or a short form such as xgboost:1.7-1", ".+")]
InstanceType = Annotated[str | Expression, _string(INSTANCE_KIND.expected, ".+", InstanceText, INSTANCE_KIND)]
S3Uri = Annotated[str | Expression, _string("an S3 URI (s3://bucket/prefix)", r"s3://.+", S3Text, S3_KIND)]
TrueOrUri = Annotated[bool | str | Expression, _true_or_uri()]
DataUri = Annotated[str | Expression, _location(LocalFile)]
ScriptUri = Annotated[str | Expression, _location(LocalScript)]
SourceUri = Annotated[str | Expression, _location(LocalSource)]
String = Annotated[str | Expression, _string("text", r".+")]
Arn = Annotated[str | Expression, _string("an ARN (arn:...)", r"arn:.+")]
Count = Annotated[int | Expression, _number("a whole number of at least 1", ("Integer",), 1)]
CountFromZero = Annotated[int | Expression, _number("a whole number of at least 0", ("Integer",), 0)]
Number = Annotated[int | float | Expression, _number("a number", ("Integer", "Float"), None)]
Boolean = Annotated[bool | Expression, Plain(_boolean, "true or false")]
Scalar = Annotated[str | int | float | bool | Expression, Plain(_scalar, _SCALAR_WORDS)]
Name = Annotated[str, named("1 to 64 letters, digits, hyphens and underscores")]
#: also a directory name in the container
LocalName = Annotated[str, named("1 to 64 letters, digits and any of -_.", r"(?!\.)[A-Za-z0-9_.-]{1,64}")]
_PROGRAM = r"(?![/.-])(?!.*\.\.)[\w./-]+\.py"
#: a program in a directory of code
EntryPoint = Annotated[str, named("the path of a .py file in sourceDir, such as train.py", _PROGRAM)]
StepName = Annotated[StepRef, named("the name of a step", NAME, StepRef)]
StepOutputName = Annotated[StepOutput, Plain(_step_output, _STEP_OUTPUT_WORDS, expressions=False)]
