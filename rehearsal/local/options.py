"""The command line of `rehearse pipeline`, checked as far as that goes without the definition."""

from __future__ import annotations

import argparse
import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rehearsal import step_options
from rehearsal.aws_options import add_step_options
from rehearsal.sagemaker.pipelines.retries import EXCEPTIONS
from rehearsal.sagemaker.shapes import nearest
from rehearsal.step_options import Problems, StepChoices, pair

_NAME = re.compile(r"^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,255}$")


@dataclass(frozen=True)
class Options:
    """What the user wants."""

    file: Path
    name: str
    parameters: dict[str, str]
    store: Path | None = None
    output: Path | None = None
    steps: StepChoices = field(default_factory=StepChoices)
    faults: dict[str, tuple[str, ...]] = field(default_factory=dict)


def parse(arguments: Sequence[str]) -> Options:
    """Read the command line. Raises UsageError; argparse itself ends the process with code 2."""
    found = _parser().parse_args(arguments)
    wrong = Problems()
    options = Options(
        file=found.file,
        name=found.name or default_name(found.file),
        parameters=dict(wrong.each("param", found.param, pair)),
        store=found.store,
        output=found.output,
        faults=_grouped(wrong.each("fault", found.fault, _fault)),
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
    repeated("--param", metavar="NAME=VALUE", help="a pipeline parameter; can be repeated")
    add("--name", metavar="PIPELINE", help="the pipeline's name, to which its cache belongs (default: from FILE)")
    add("--store", type=Path, metavar="DIR", help="keep objects, executions and the cache here between calls")
    add("--output", type=Path, metavar="FILE.json", help="write what Describe and List of the execution answer")
    repeated(
        "--fault",
        metavar="STEP=EXCEPTION",
        help="let the next attempt of a step fail as the service can, to see its retry policies at work: "
        f"{', '.join(EXCEPTIONS)}",
    )
    add_step_options(parser)
    return parser


def _fault(text: str) -> tuple[str, str]:
    step, kind = pair(text)
    if kind not in EXCEPTIONS:
        raise ValueError(f"got {kind!r}, expected {', '.join(EXCEPTIONS)}{nearest(kind, EXCEPTIONS)}")
    return step, kind


def _grouped(faults: list[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    return {step: tuple(kind for other, kind in faults if other == step) for step, _ in faults}
