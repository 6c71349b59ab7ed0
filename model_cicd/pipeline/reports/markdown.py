"""A run as markdown: the summary of a GitHub job, and the comment on a pull request."""

from __future__ import annotations

from collections.abc import Iterator

from model_cicd.aws.console import host
from model_cicd.pipeline.report import RunReport
from model_cicd.pipeline.reports.ending import Ending
from model_cicd.pipeline.reports.escape import block, code

_MARKS = {"Succeeded": "✅", "Checked": "✅", "Executing": "⏳"}
_LONGEST_MESSAGE = 10_000


def markdown(ending: Ending) -> str:
    """The whole of a run."""
    report = ending.report
    lines = [f"### {_MARKS.get(ending.status, '❌')} {title(ending)}", ""]
    if report is not None:
        lines += [*_execution(report, ending.region), *_model(report), *_steps(report), *_gates(report)]
        lines += _metrics(report)
    if ending.message:
        lines += ["", block(ending.message[:_LONGEST_MESSAGE]), ""]
    return "\n".join(lines) + "\n"


def title(ending: Ending) -> str:
    """One line in fixed words."""
    package = ending.report.model_package if ending.report else None
    said = {
        "Succeeded": "The training succeeded",
        "Executing": "The training was started and goes on",
        "GateFailed": "The model is worse than its threshold and was not registered",
        "Checked": "The pipeline is in order (nothing was started)",
        "NotStarted": "The pipeline is not in order" if ending.problems else "The training could not be started",
        "Stopped": "The training was stopped",
    }.get(ending.status, "The training failed")
    return f"{said}; version {package.version} was registered" if package else said


def console_url(execution_arn: str, region: str) -> str:
    """The page of SageMaker's console that leads to pipelines and their executions; empty without a region."""
    if not execution_arn or not region:
        return ""
    return f"https://{host(region)}/sagemaker/home?region={region}#/studio-landing"


def _execution(report: RunReport, region: str) -> Iterator[str]:
    url = console_url(report.execution_arn, region)
    link = f" ([SageMaker console]({url}))" if url else ""
    yield f"- execution {code(report.execution_arn)}{link}"
    if report.seconds is not None:
        yield f"- {report.status} after {report.seconds:.0f} s"
    if report.failure_reason:
        yield f"- {code(report.failure_reason)}"


def _model(report: RunReport) -> Iterator[str]:
    package = report.model_package
    if package is not None:
        status = f", {code(package.approval_status)}" if package.approval_status else ""
        yield f"- registered: version {package.version} of {code(package.group)}{status}"


def _steps(report: RunReport) -> Iterator[str]:
    if report.steps:
        yield from ("", "| step | type | status | seconds |", "| --- | --- | --- | ---: |")
    for step in report.steps:
        seconds = "" if step.seconds is None else f"{step.seconds:.0f}"
        yield f"| {code(step.name)} | {code(step.type)} | {code(step.status)} | {seconds} |"


def _gates(report: RunReport) -> Iterator[str]:
    if report.conditions:
        yield from ("", "| gate | value against threshold |", "| --- | --- |")
    for each in report.conditions:
        mark = {True: "✅", False: "❌", None: "❔"}[each.holds]
        yield f"| {code(each.step)} | {mark} {code(each)} |"


def _metrics(report: RunReport) -> Iterator[str]:
    """What the version was registered with, beside the newest approved one; without a version, what was measured."""
    before = report.approved
    if report.registered_metrics:
        head = f"version {before.version} (approved)" if before else "approved before"
        yield from ("", f"| metric | this run | {head} |", "| --- | ---: | ---: |")
        for name, value in report.registered_metrics.items():
            old = before.metrics.get(name) if before else None
            yield f"| {code(name)} | {value:.6g} | {'' if old is None else f'{old:.6g}'} |"
        return
    measured = [(step, name, value) for step, found in report.metrics.items() for name, value in found.items()]
    if measured:
        yield from ("", "| step | metric | this run |", "| --- | --- | ---: |")
    for step, name, value in measured:
        yield f"| {code(step)} | {code(name)} | {value:.6g} |"
