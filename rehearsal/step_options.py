"""What the options of `rehearse`, `rehearse up` and `rehearse pipeline` say about steps: `aws_options` has them."""

from __future__ import annotations

import argparse
import os
import re
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from rehearsal.errors import UsageError
from rehearsal.sagemaker import images
from rehearsal.sagemaker.pipelines.expressions import ExpressionError, tokens
from rehearsal.sagemaker.ports import StepOptions, StubOutput
from rehearsal.sagemaker.shapes import nearest

_S3 = re.compile(r"^s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(?P<prefix>.*))?$")
_STATUSES = ("Succeeded", "Failed")

T = TypeVar("T")


class Problems:
    """What is wrong with a command line, collected."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def each(self, option: str, texts: Sequence[str], read: Callable[[str], T]) -> list[T]:
        """The values of a repeated option; those that cannot be read are noted."""
        values = []
        for text in texts:
            try:
                values.append(read(text))
            except ValueError as error:
                self.found.append(f"--{option} {text}: {error}")
        return values

    def refuse(self) -> None:
        """Raise UsageError when there are any."""
        if self.found:
            raise UsageError(*self.found)


@dataclass(frozen=True)
class Upload:
    """A file or directory and where it goes; `exact`: the file becomes the object `prefix`."""

    source: Path
    bucket: str
    prefix: str
    exact: bool = False

    def files(self) -> Iterator[tuple[Path, str]]:
        """The files with their keys."""
        if self.exact:
            yield self.source, self.prefix
            return
        folder, start = self.source.is_dir(), self.prefix.rstrip("/")
        base = self.source if folder else self.source.parent
        for file in sorted(self.source.rglob("*")) if folder else [self.source]:
            if not file.is_file():
                continue
            name = file.relative_to(base).as_posix()
            yield file, f"{start}/{name}" if start else name


@dataclass(frozen=True)
class StepChoices:
    """What the user says of steps, by name, of images, by URI: a stand-in (`xgboost:1.7-1`) or a Python, and of data.

    `functions` are Lambda functions by name, `FILE.py:handler`.
    """

    stubs: Mapping[str, str] = field(default_factory=dict)
    outputs: Sequence[StubOutput] = ()
    requirements: Mapping[str, Path] = field(default_factory=dict)
    images: Mapping[str, str] = field(default_factory=dict)
    functions: Mapping[str, str] = field(default_factory=dict)
    entrypoints: Mapping[str, list[str]] = field(default_factory=dict)
    uploads: Sequence[Upload] = ()

    def for_steps(self, **more: Any) -> StepOptions:
        """What of it steps of pipelines need, and `more` of that."""
        return StepOptions(
            stubs=self.stubs,
            stub_outputs=self.outputs,
            functions=self.functions,
            entrypoints=self.entrypoints,
            **more,
        )


def read(found: argparse.Namespace, problems: Problems) -> StepChoices:
    """Those options as values; what is wrong goes to `problems`."""
    return StepChoices(
        stubs=dict(problems.each("stub", found.stub, _stub)),
        outputs=problems.each("stub-output", found.stub_output, _output),
        requirements=dict(problems.each("requirements", found.requirements, _requirements)),
        images=dict(problems.each("image", found.image, _image)),
        functions=dict(problems.each("lambda", found.functions, _function)),
        entrypoints=dict(problems.each("entrypoint", found.entrypoint, _entrypoint)),
        uploads=problems.each("upload", found.upload, _upload),
    )


def words(choices: StepChoices) -> list[str]:
    """The options again, for a command line of one's own."""
    rows = [("--image", f"{uri}={name}") for uri, name in choices.images.items()]
    rows += [("--stub", f"{step}={status}") for step, status in choices.stubs.items()]
    rows += [("--stub-output", each.written) for each in choices.outputs]
    rows += [("--requirements", f"{step}={file.resolve()}") for step, file in choices.requirements.items()]
    rows += [("--lambda", f"{name}={code}") for name, code in choices.functions.items()]
    rows += [("--entrypoint", f"{step}={shlex.join(command)}") for step, command in choices.entrypoints.items()]
    rows += [("--upload", f"{each.source.resolve()}=s3://{each.bucket}/{each.prefix}") for each in choices.uploads]
    return [word for row in rows for word in row]


def pair(text: str) -> tuple[str, str]:
    """`NAME=VALUE`. Raises ValueError."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise ValueError("expected NAME=VALUE")
    return name, value


def s3_place(url: str) -> tuple[str, str]:
    """Bucket and key of `s3://BUCKET[/KEY]`. Raises ValueError."""
    found = _S3.match(url)
    if not found:
        raise ValueError(f"got {url}, expected s3://BUCKET or s3://BUCKET/KEY")
    return found["bucket"], found["prefix"] or ""


def _upload(text: str) -> Upload:
    source, _, target = text.rpartition("=")
    found = _S3.match(target)
    if not source or not found:
        raise ValueError("expected DIR=s3://BUCKET or DIR=s3://BUCKET/PREFIX")
    if not Path(source).exists():
        raise ValueError(f"there is no {source}")
    return Upload(Path(source), found["bucket"], found["prefix"] or "")


def _function(text: str) -> tuple[str, str]:
    name, code = pair(text)
    file, colon, handler = code.rpartition(":")
    if not colon or not handler.isidentifier():
        raise ValueError("expected FUNCTION=FILE.py:HANDLER")
    if not Path(file).is_file():
        raise ValueError(f"there is no file {file}")
    return name, f"{Path(file).resolve()}:{handler}"


def _entrypoint(text: str) -> tuple[str, list[str]]:
    step, command = pair(text)
    parts = shlex.split(command)
    if not parts:
        raise ValueError("expected STEP=COMMAND")
    # a job has a working directory of its own
    return step, [str(Path(part).resolve()) if Path(part).is_file() else part for part in parts]


def _stub(text: str) -> tuple[str, str]:
    step, status = pair(text)
    if status not in _STATUSES:
        raise ValueError(f"got {status!r}, expected {' or '.join(_STATUSES)}{nearest(status, _STATUSES)}")
    return step, status


def _output(text: str) -> StubOutput:
    path, equals, value = text.partition("=")
    try:
        step, *keys = tokens(path)
    except (ExpressionError, ValueError):
        keys = []
    if not equals or not keys:
        raise ValueError("expected STEP.PATH=VALUE")
    return StubOutput(str(step), tuple(keys), value, text)


def _requirements(text: str) -> tuple[str, Path]:
    step, file = pair(text)
    if not Path(file).is_file():
        raise ValueError(f"there is no file {file}")
    return step, Path(file)


def _image(text: str) -> tuple[str, str]:
    uri, _, name = text.rpartition("=")
    framework, _, version = name.partition(":")
    if uri and framework in images.FRAMEWORKS:
        wrong = images.unknown_version(framework, version)
        if wrong:
            raise ValueError(wrong)
        return uri, name
    if not uri or ":" in name:
        raise ValueError("expected URI=PYTHON, URI=xgboost:VERSION or URI=sklearn:VERSION, as in xgboost:1.7-1")
    python = Path(name).absolute()  # not resolved: the Python of a virtual environment is a link
    if not (python.is_file() and os.access(python, os.X_OK)):
        raise ValueError(f"there is no program {name}: expected a Python, or as in xgboost:1.7-1")
    return uri, str(python)
