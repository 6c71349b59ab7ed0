"""What came of groups and declared pipelines, in 80 columns: no name, number or account id is broken."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TextIO

from rehearsal.job.execution import Outcome
from rehearsal.job.module_outputs import ModuleOutputs
from rehearsal.job.pipeline_modules import PipelineResult
from rehearsal.job.train import Result

WIDTH = 80
_LABEL = 12
_SIGNS = {"LessThan": "<", "LessThanOrEqualTo": "<=", "GreaterThan": ">", "GreaterThanOrEqualTo": ">=", "Equals": "="}


def show(pipelines: Sequence[PipelineResult], groups: Sequence[Result], out: TextIO) -> None:
    """Print a block for each declared pipeline and each group."""
    for pipeline in pipelines:
        print("\n".join(["", *_pipeline(pipeline)]), file=out)
    for group in groups:
        print("\n".join(["", *_group(group)]), file=out)
    if pipelines or groups:
        print(file=out)


def show_modules(modules: Sequence[ModuleOutputs], out: TextIO) -> None:
    """Print a block for each module that is not of this project, with what it published."""
    for each in modules:
        print("\n".join(["", *_module(each)]), file=out)
    if modules:
        print(file=out)


def show_life(life: Sequence[Mapping[str, Any]], out: TextIO) -> None:
    """Print what came of each scene."""
    for told in life:
        print("\n".join([f"{told['scene']} ({told['group']})", *_lines(told["said"], "  ", "  ")]), file=out)
    if life:
        print(file=out)


def metric(value: float | None, name: str, operator: str, threshold: float | None) -> str:
    """A metric against its threshold, `mse 3382.6 <= 4000`; empty without one."""
    if value is None or threshold is None:
        return ""
    short = name.removesuffix(".value").rpartition(".")[2]
    return f"{short} {value:.1f} {_SIGNS.get(operator, operator)} {threshold:g}"


def _module(found: ModuleOutputs) -> Iterator[str]:
    yield f"module {found.module}"
    yield from _line("deployed", f"account {found.account}, {found.region}")
    for number, (name, value) in enumerate(found.outputs.items()):
        yield from _line(
            "" if number else "outputs", f"{name} {value if isinstance(value, str) else json.dumps(value)}"
        )


def _pipeline(found: PipelineResult) -> Iterator[str]:
    yield f"pipeline {found.pipeline}"
    yield from _line("module", f"{found.module}, account {found.account}")
    yield from _line("execution", f"{found.status or '-'} in {found.seconds} s")
    yield from _outcome(found)


def _group(found: Result) -> Iterator[str]:
    yield f"group {found.group}"
    yield from _line("trained", f"branch {found.branch}, build account {found.build_account}")
    yield from _line("pipeline", f"{found.pipeline_status or '-'} in {found.seconds} s")
    yield from _outcome(found)
    for each in found.environments:
        yield from _environment(each)


def _outcome(found: Outcome) -> Iterator[str]:
    for number, step in enumerate(found.steps):
        seconds = f" {step['seconds']} s" if step["seconds"] else ""
        yield from _line("" if number else "steps", f"{step['name']} {step['status']}{seconds}")
    yield from _line("metric", metric(found.value, found.metric, found.operator, found.threshold) or "-")
    package = found.model_package.split("/")[-2] if found.version else ""
    version = f"version {found.version} of {package}, {found.approval_status}"
    yield from _line("registered", version if found.version else "-")


def _environment(found: Mapping[str, Any]) -> Iterator[str]:
    yield from _line("environment", f"{found['name']} ({found['type']}), account {found['account']}")
    yield from _line("", f"serves version {found['version']}, {found['digest'][:19]}")
    if found["mse"] is not None:
        yield from _line("", f"prediction error: mse {found['mse']:.1f} on {found['rows']} held-back rows")
    approved = ", after a manual approval" if found["manual_approval"] else ""
    yield from _line("", f"{found['seconds']:.1f} s after the version's approval{approved}")


def _line(label: str, text: str) -> list[str]:
    start = f"  {label:{_LABEL}} "
    return _lines(text, start, " " * len(start))


def wrapped(line: str) -> str:
    """A line that begins with blanks and a mark, in as many as it needs."""
    text = line.lstrip()
    indent = line[: len(line) - len(text)]
    return "\n".join(_lines(text, indent, f"{indent}  "))


def _lines(text: str, first: str, others: str) -> list[str]:
    whole = textwrap.TextWrapper(WIDTH, first, others, break_long_words=False, break_on_hyphens=False)
    return whole.wrap(text)
