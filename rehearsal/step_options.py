"""The options of `rehearse`, `rehearse up` and `rehearse pipeline` that say how steps run on this machine."""

from __future__ import annotations

import argparse
import functools
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from rehearsal.sagemaker import images
from rehearsal.sagemaker.pipelines.expressions import ExpressionError, tokens
from rehearsal.sagemaker.ports import StubOutput
from rehearsal.sagemaker.shapes import nearest

_STATUSES = ("Succeeded", "Failed")

T = TypeVar("T")


class UsageError(Exception):
    """The command was called wrongly: every problem, a line each."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


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
class StepChoices:
    """What the user says of steps, by name, and of images, by URI: a stand-in (`xgboost:1.7-1`) or a Python."""

    stubs: Mapping[str, str] = field(default_factory=dict)
    outputs: Sequence[StubOutput] = ()
    requirements: Mapping[str, Path] = field(default_factory=dict)
    images: Mapping[str, str] = field(default_factory=dict)


def add(parser: argparse.ArgumentParser) -> None:
    """Add `--image`, `--stub`, `--stub-output` and `--requirements`."""
    repeated = functools.partial(parser.add_argument, action="append", default=[])
    repeated(
        "--image",
        metavar="URI=PYTHON",
        help="run an image of your own with a Python that has what it has (a path), or as one of AWS's: xgboost:1.7-1, "
        "sklearn:1.2-1",
    )
    repeated("--stub", metavar="STEP=STATUS", help="do not run a step, but give it the status Succeeded or Failed")
    repeated(
        "--stub-output",
        metavar="STEP.PATH=VALUE",
        help="what a stubbed step shows: one of its properties, or with STEP.PropertyFiles.NAME.PATH a value of a file",
    )
    repeated(
        "--requirements",
        metavar="STEP=FILE",
        help="run the scripts of a step with exactly the packages of a requirements file",
    )


def read(found: argparse.Namespace, problems: Problems) -> StepChoices:
    """Those options as values; what is wrong goes to `problems`."""
    return StepChoices(
        stubs=dict(problems.each("stub", found.stub, _stub)),
        outputs=problems.each("stub-output", found.stub_output, _output),
        requirements=dict(problems.each("requirements", found.requirements, _requirements)),
        images=dict(problems.each("image", found.image, _image)),
    )


def words(choices: StepChoices) -> list[str]:
    """The options again, for a command line of one's own."""
    rows = [("--image", f"{uri}={name}") for uri, name in choices.images.items()]
    rows += [("--stub", f"{step}={status}") for step, status in choices.stubs.items()]
    rows += [("--stub-output", each.written) for each in choices.outputs]
    rows += [("--requirements", f"{step}={file.resolve()}") for step, file in choices.requirements.items()]
    return [word for row in rows for word in row]


def pair(text: str) -> tuple[str, str]:
    """`NAME=VALUE`. Raises ValueError."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise ValueError("expected NAME=VALUE")
    return name, value


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
