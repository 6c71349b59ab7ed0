"""Steps that a stub says succeeded: what later steps read of them is made, by shape and by what was asked for.

`--stub-output` values come first, then the step's own arguments, then stand-ins.
"""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Container, Iterator, Sequence
from typing import Any

from botocore.exceptions import ClientError

from rehearsal.api import Params
from rehearsal.sagemaker import shapes
from rehearsal.sagemaker.jobs.failure import JobError
from rehearsal.sagemaker.jobs.transfer import split
from rehearsal.sagemaker.pipelines.definition import Definition, Step
from rehearsal.sagemaker.pipelines.expressions import ExpressionError, is_expression, references, tokens
from rehearsal.sagemaker.pipelines.state import StepRun
from rehearsal.sagemaker.ports import StubOutput
from rehearsal.sagemaker.shapes import nearest
from rehearsal.sagemaker.steps import STEP_TYPES, stand_in
from rehearsal.sagemaker.steps.base import Context, StepFailed
from rehearsal.sagemaker.steps.job import job_name
from rehearsal.sagemaker.steps.stand_in import Maker, WrongPath

_FILES = "PropertyFiles"
_ZEROS: dict[str, Any] = {"String": stand_in.TEXT, "Boolean": False}


def problems(definition: Definition, outputs: Sequence[StubOutput], stubs: Container[str]) -> Iterator[str]:
    """What is wrong with values for the steps of a definition; those for steps that it has not are not looked at."""
    for each in outputs:
        step = definition.steps.get(each.step)
        if step is None:
            continue
        where = f"--stub-output {each.written}"
        if each.step not in stubs:
            yield f"{where}: the step is not stubbed (--stub {each.step}=Succeeded)"
        elif each.keys[0] == _FILES:
            names = step.property_files
            if len(each.keys) < 3:
                yield f"{where}: expected STEP.{_FILES}.NAME.PATH=VALUE"
            elif each.keys[1] not in names:
                yield f"{where}: there is no property file {each.keys[1]}{nearest(str(each.keys[1]), names)}"
        else:
            try:
                stand_in.put(STEP_TYPES[step.type].properties(step.document), {}, each.keys, each.text)
            except WrongPath as error:
                yield f"{where}: {error}"


def perform(context: Context, run: StepRun) -> Params:
    """The properties of the step, whose outputs have an object each from now on. Raises StepFailed."""
    definition = context.execution.definition
    step = definition.steps[context.step]
    step_type = STEP_TYPES[step.type]
    known = step_type.properties(step.document)
    shown = step_type.stand_in(context)
    given = [each for each in context.platform.step_options.stub_outputs if each.step == step.name]
    for each in given:
        if each.keys[0] != _FILES:
            stand_in.put(known, shown, each.keys, each.text)
    name, region = job_name(context, getattr(step_type, "named", "")), context.execution.scope[1]
    maker = Maker(name, region, context.execution.role, _folder(context, step))
    for keys in _asked(definition, step.name):
        maker.fill(known, shown, keys)
    if step_type.describe:
        maker.complete(known or {}, shapes.output_shape(step_type.describe).required_members, shown)
    run.properties = shown  # from now on expressions find it
    _write(context, step, [each for each in given if each.keys[0] == _FILES])
    return shown


def _asked(definition: Definition, name: str) -> Iterator[tuple[str | int, ...]]:
    """The properties of a step that others refer to."""
    for step in definition.steps.values():
        for reference in references(_own(step)):
            if reference.kind == "Steps" and reference.keys[0] == name and reference.keys[1] != _FILES:
                yield reference.keys[1:]


def _own(step: Step) -> Params:
    """What is said of a step, without the steps of its branches."""
    arguments = {key: value for key, value in step.arguments.items() if key not in ("IfSteps", "ElseSteps")}
    return step.document | {"Arguments": arguments}


def _folder(context: Context, step: Step) -> str:
    """The first place in S3 that the step writes to."""
    own = context.resolve(step.arguments) if step.type != "Condition" else {}
    found = next(_places(own), "s3://stand-in")
    return f"{found.rstrip('/')}/{context.execution.id}"


def _places(value: Any, member: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _places(part, f"{member}.{key}")
    elif isinstance(value, list):
        for part in value:
            yield from _places(part, member)
    elif member.endswith(("S3OutputPath", "S3Output.S3Uri")):
        yield str(value)


def _write(context: Context, step: Step, given: Sequence[StubOutput]) -> None:
    """The JSON that others read, and an object for each output that has none. Raises StepFailed."""
    shown = context.execution.steps[step.name].properties
    outputs = STEP_TYPES[step.type].outputs(shown)
    objects = _Objects(context.client("s3"), _key(shown))
    try:
        for name, file in step.property_files.items():
            values = [(each.keys[2:], _parsed(each.text)) for each in given if each.keys[1] == name]
            read = [(path, zero) for which, path, zero in _json_reads(context, step.name) if which == name]
            objects.put_json(f"{outputs[file.output].rstrip('/')}/{file.path}", values, read)
        for uri, path, zero in _json_reads(context, step.name):
            if uri.startswith("s3://"):
                objects.put_json(uri, [], [(path, zero)])
        for uri in sorted(outputs.values(), key=len, reverse=True):  # a folder has what was put below it by now
            objects.put_if_empty(uri)
    except (ClientError, JobError) as error:
        raise StepFailed(f"ClientError: the outputs of a step that was not run cannot be written: {error}") from None


def _key(shown: Params) -> str | None:
    """The KMS key of a step's outputs."""
    configs = (shown.get(name, {}) for name in ("ProcessingOutputConfig", "OutputDataConfig", "TransformOutput"))
    return next((config["KmsKeyId"] for config in configs if config.get("KmsKeyId")), None)


def _json_reads(context: Context, name: str) -> Iterator[tuple[str, tuple[str | int, ...], Any]]:
    """What others read of JSON files of a step: the property file or URI, the path, and a value of the type wanted."""
    definition = context.execution.definition
    for step in definition.steps.values():
        for get, zero in _json_gets(_own(step), "0", definition):
            path = tokens(get["Path"].removeprefix("$").removeprefix("."))
            source = get.get("S3Uri", get.get("PropertyFile"))
            used = [each.keys for each in references(source) if each.kind == "Steps" and each.keys[0] == name]
            if used and "S3Uri" not in get:
                yield str(used[0][2]), path, zero
            elif used:
                try:
                    yield str(context.resolve(source)), path, zero
                except (ExpressionError, KeyError):  # it also needs a step that has not run
                    continue


def _json_gets(value: Any, zero: Any, definition: Definition) -> Iterator[tuple[Params, Any]]:
    """Every Std:JsonGet, and a value of the type that it is compared with; elsewhere it is a text with a number."""
    if isinstance(value, list):
        for part in value:
            yield from _json_gets(part, zero, definition)
    elif is_expression(value) and "Std:JsonGet" in value:
        yield value["Std:JsonGet"], zero
    elif isinstance(value, dict):
        for mine, others in (("LeftValue", "RightValue"), ("RightValue", "LeftValue"), ("QueryValue", "Values")):
            if mine in value and others in value:
                yield from _json_gets(value[mine], _zero(value[others], definition), definition)
        rest = {key: part for key, part in value.items() if key not in ("LeftValue", "RightValue", "QueryValue")}
        yield from _json_gets(list(rest.values()), zero, definition)


def _zero(other: Any, definition: Definition) -> Any:
    """A number, or a value of the type of `other`."""
    first = other[0] if isinstance(other, list) and other else other
    if isinstance(first, bool):
        return False
    if isinstance(first, str):
        return stand_in.TEXT
    if is_expression(first) and "Get" in first:
        keys = next(references(first)).keys
        parameter = definition.parameters.get(str(keys[0]))
        return _ZEROS.get(parameter.type if parameter else "", 0)
    return 0


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


class _Objects:
    """S3 as the pipeline's role; `key` encrypts."""

    def __init__(self, client: Any, key: str | None) -> None:
        self._client = client
        self._encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key} if key else {}

    def put_json(self, uri: str, values: Sequence[tuple[Any, Any]], read: Sequence[tuple[Any, Any]]) -> None:
        """A document with `values`, and what is read where there is nothing yet; one that is there is completed."""
        bucket, key = split(uri)
        try:
            document = json.loads(self._client.get_object(Bucket=bucket, Key=key)["Body"].read())
        except (ClientError, ValueError):
            document = {}
        for path, value in values:
            stand_in.place(document, path, value, keep=False)
        for path, value in read:
            stand_in.place(document, path, value, keep=True)
        self._put(uri, json.dumps(document).encode())

    def put_if_empty(self, uri: str) -> None:
        """A file or, for a folder, a file in it, unless there is one."""
        if self._is_there(*split(uri)):
            return
        name = uri.rpartition("/")[2]
        if name.endswith(".tar.gz"):
            self._put(uri, _archive())
        elif name.endswith(".json"):
            self._put(uri, b"{}")
        else:
            self._put(f"{uri.rstrip('/')}/{stand_in.TEXT}", b"")

    def _is_there(self, bucket: str, prefix: str) -> bool:
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        try:
            return any(page.get("Contents") for page in pages)
        except ClientError as error:  # a store has no bucket yet; elsewhere to put an object says so too
            if error.response["Error"]["Code"] != "NoSuchBucket":
                raise
            return False

    def _put(self, uri: str, content: bytes) -> None:
        bucket, key = split(uri)
        self._client.put_object(Bucket=bucket, Key=key, Body=content, **self._encryption)


def _archive() -> bytes:
    """A model.tar.gz with an empty file."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        tar.addfile(tarfile.TarInfo(stand_in.TEXT))
    return packed.getvalue()
