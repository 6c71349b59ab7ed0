"""The command line of `rehearse pipeline`, checked as far as that goes without the definition."""

from __future__ import annotations

import argparse
import functools
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rehearsal import step_options
from rehearsal.sagemaker.pipelines.retries import EXCEPTIONS
from rehearsal.sagemaker.shapes import nearest
from rehearsal.step_options import Problems, StepChoices, pair

_NAME = re.compile(r"^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,255}$")
_S3 = re.compile(r"^s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(?P<prefix>.*))?$")


@dataclass(frozen=True)
class Upload:
    """A file or directory and where it goes."""

    source: Path
    bucket: str
    prefix: str


@dataclass(frozen=True)
class Options:
    """What the user wants. `functions` are Lambda functions by name, `FILE.py:handler`."""

    file: Path
    name: str
    parameters: dict[str, str]
    uploads: list[Upload] = field(default_factory=list)
    store: Path | None = None
    output: Path | None = None
    steps: StepChoices = field(default_factory=StepChoices)
    functions: dict[str, str] = field(default_factory=dict)
    faults: dict[str, tuple[str, ...]] = field(default_factory=dict)
    entrypoints: dict[str, list[str]] = field(default_factory=dict)


def parse(arguments: Sequence[str]) -> Options:
    """Read the command line. Raises UsageError; argparse itself ends the process with code 2."""
    found = _parser().parse_args(arguments)
    wrong = Problems()
    options = Options(
        file=found.file,
        name=found.name or default_name(found.file),
        parameters=dict(wrong.each("param", found.param, pair)),
        uploads=wrong.each("upload", found.upload, _upload),
        store=found.store,
        output=found.output,
        functions=dict(wrong.each("lambda", found.functions, _function)),
        faults=_grouped(wrong.each("fault", found.fault, _fault)),
        entrypoints=dict(wrong.each("entrypoint", found.entrypoint, _entrypoint)),
        steps=step_options.read(found, wrong),
    )
    if not _NAME.match(options.name):
        wrong.found.append(f"--name: got {options.name!r}, expected letters, digits and single hyphens, 256 at most")
    if not options.file.is_file():
        wrong.found.append(f"{options.file}: there is no such file")
    wrong.refuse()
    return options


def default_name(file: Path) -> str:
    """A pipeline's name from that of its file."""
    return re.sub(r"[^a-zA-Z0-9]+", "-", file.name.partition(".")[0]).strip("-") or "pipeline"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="rehearse pipeline",
        description="Run a SageMaker pipeline definition on this machine: its scripts, trainings, conditions and "
        "registrations, without any AWS account. Exit code 0 when it succeeded, 1 when it failed, 2 for wrong usage.",
    )
    add = parser.add_argument
    repeated = functools.partial(add, action="append", default=[])
    add("file", type=Path, metavar="FILE", help="a pipeline definition (JSON), or a pipeline YAML of this project")
    repeated(
        "--upload",
        metavar="DIR=s3://BUCKET[/PREFIX]",
        help="put a directory (or file) where the definition expects it; can be repeated",
    )
    repeated("--param", metavar="NAME=VALUE", help="a pipeline parameter; can be repeated")
    add("--name", metavar="PIPELINE", help="the pipeline's name, to which its cache belongs (default: from FILE)")
    add("--store", type=Path, metavar="DIR", help="keep objects, executions and the cache here between calls")
    add("--output", type=Path, metavar="FILE.json", help="write what Describe and List of the execution answer")
    repeated(
        "--lambda",
        dest="functions",
        metavar="FUNCTION=FILE.py:HANDLER",
        help="the code of a Lambda function (its name) that a step calls",
    )
    repeated(
        "--entrypoint",
        metavar="STEP=COMMAND",
        help="what a step runs whose image brings its own entry point",
    )
    repeated(
        "--fault",
        metavar="STEP=EXCEPTION",
        help="let the next attempt of a step fail as the service can, to see its retry policies at work: "
        f"{', '.join(EXCEPTIONS)}",
    )
    step_options.add(parser)
    return parser


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


def _fault(text: str) -> tuple[str, str]:
    step, kind = pair(text)
    if kind not in EXCEPTIONS:
        raise ValueError(f"got {kind!r}, expected {', '.join(EXCEPTIONS)}{nearest(kind, EXCEPTIONS)}")
    return step, kind


def _grouped(faults: list[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    return {step: tuple(kind for other, kind in faults if other == step) for step, _ in faults}
