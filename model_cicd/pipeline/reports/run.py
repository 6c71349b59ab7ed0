"""A run of the command line, from its options to how it ended."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from model_cicd.pipeline import stored_settings
from model_cicd.pipeline.dry_run import dry_run
from model_cicd.pipeline.report import RunReport
from model_cicd.pipeline.reports.ending import Ending
from model_cicd.pipeline.reports.option import ReportOption
from model_cicd.pipeline.reports.publish import publish
from model_cicd.pipeline.run import RunRequest, run
from model_cicd.pipeline.run_parameters import parse_assignments
from model_cicd.pipeline.run_settings import read_settings
from model_cicd.text import source
from model_cicd.text.errors import ModelCicdError, Problem, ProblemsError
from model_cicd.text.terminal import say


@dataclass(frozen=True)
class Told:
    """How a run ended, and the variables under which it ran."""

    ending: Ending
    environment: Mapping[str, str]

    def publish(self, options: Sequence[ReportOption], show: Callable[[str], None]) -> int:
        """Write the reports; the exit code of the command, 1 as well when a file cannot be written."""
        wrong = publish(options, self.ending, self.environment, show)
        for each in wrong:
            say(each, sys.stderr)
        return 0 if self.ending.good and not wrong else 1


def run_and_report(options: argparse.Namespace, environment: Mapping[str, str], show: Callable[[str], None]) -> Told:
    """Run, and say what went wrong: all that is printed here may be of whoever pushed.

    It is said on standard error, for GitHub on standard output: a runner reads the two apart, so that only there it
    stays between the lines that stop commands.
    """
    github = any(each.kind == "github" for each in options.report)
    kept: list[RunReport] = []
    region, message = "", ""
    problems: tuple[Problem, ...] = ()
    try:
        environment = _stored(options, environment)
        settings = read_settings(options, environment)
        region = settings.environment.region
        request = RunRequest(
            path=options.pipeline,
            settings=settings,
            parameters=parse_assignments(options.param, "--param"),
            placeholders=parse_assignments(options.placeholder, "--placeholder"),
            wait=settings.wait,
            output=options.output,
            compare=bool(options.report),
            keep=kept.append,
        )
        if options.dry_run:
            dry_run(request, show)
        else:
            run(request, show)
    except ModelCicdError as error:
        message = str(error)
        problems = tuple(error.problems) if isinstance(error, ProblemsError) else ()
        say(message, sys.stdout if github else sys.stderr)
    ending = Ending(
        file=str(options.pipeline),
        report=kept[-1] if kept else None,
        message=message,
        problems=problems,
        lines=_lines(options.pipeline),
        region=region,
        dry=options.dry_run,
    )
    return Told(ending, environment)


def _stored(options: argparse.Namespace, environment: Mapping[str, str]) -> Mapping[str, str]:
    """The environment, with the stored settings where it has nothing."""
    if not options.settings:
        return environment
    region = options.region or environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION") or ""
    stored = stored_settings.read(options.settings, region)
    return {**stored, **{name: value for name, value in environment.items() if value}}


def _lines(path: Path) -> dict[str, int]:
    """The line of each step of the pipeline's file, as far as it can be read."""
    try:
        document = source.load(path)
    except ModelCicdError:
        return {}
    pipeline = document.data.get("pipeline") if isinstance(document.data, dict) else None
    steps = pipeline.get("steps") if isinstance(pipeline, dict) else None
    return {
        str(step["name"]): document.line(("pipeline", "steps", index))
        for index, step in enumerate(steps if isinstance(steps, list) else ())
        if isinstance(step, dict) and "name" in step
    }
