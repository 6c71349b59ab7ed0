"""Telling about a run in every way that was asked for."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext

from model_cicd.pipeline.reports import github
from model_cicd.pipeline.reports.ending import Ending
from model_cicd.pipeline.reports.junit import junit
from model_cicd.pipeline.reports.option import ReportOption

#: in front of the facts' names, as variables of a build
PREFIX = "TRAINING_"


def quiet(options: Sequence[ReportOption], say: github.Say) -> AbstractContextManager[None]:
    """Within this, whatever is printed is text and nothing else to the CI system."""
    wanted = any(each.kind == "github" for each in options)
    return github.commands_stopped(say) if wanted else nullcontext()


def publish(
    options: Sequence[ReportOption], ending: Ending, environment: Mapping[str, str], say: github.Say
) -> list[str]:
    """Write every report; what could not be written, in words."""
    wrong = []
    for each in options:
        if each.file is None:
            github.publish(ending, environment, say)
            continue
        try:
            each.file.write_text(_text(each.kind, ending), encoding="utf-8")
        except OSError as error:
            wrong.append(f"--report {each.kind}: {each.file} cannot be written: {error.strerror}")
    return wrong


def _text(kind: str, ending: Ending) -> str:
    if kind == "junit":
        return junit(ending)
    if kind == "env":
        return "".join(f"export {PREFIX}{name}={shlex.quote(value)}\n" for name, value in ending.facts.items())
    return ending.to_json()
