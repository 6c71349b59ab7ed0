"""The report as Markdown, for a pull request or a wiki: what a table can show, without drawings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rehearsal.page.words import began, gate, manifest, metric_name, verdict

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|~#])")


def as_markdown(report: Mapping[str, Any]) -> str:
    """Markdown made of the data of a report's JSON; what values hold is never taken for Markdown or HTML."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Mapping[str, Any]) -> Iterator[str]:
    yield f"# Rehearsal of {_text(manifest(report))}"
    yield from ("", f"**{_text(verdict(report))}**", "")
    changed = " and changes" if report["changedSinceCommit"] else ""
    yield f"- began: {began(report)}"
    yield f"- commit: {report['commit'] or 'none'}{changed}"
    yield f"- versions: {_text(', '.join(f'{name} {version}' for name, version in sorted(report['versions'].items())))}"
    if report["failure"]:
        yield from ("", "## What failed", "", f"{_text(report['failure']['step'])}:", "")
        yield from (f"    {line}" for line in report["failure"]["cause"].splitlines())
    theirs = [each for each in report["modules"] if not each["ours"]]
    if theirs:
        yield from ("", "## Modules that are not of this project", "", *_table(_MODULE, map(_module, theirs)))
    if report["groups"]:
        yield from ("", "## Deployment groups", "", *_table(_GROUP, map(_group, report["groups"])))
        places = [_environment(group, each) for group in report["groups"] for each in group["environments"]]
        if places:
            yield from ("", "## Environments", "", *_table(_ENVIRONMENT, places))
    if report["pipelines"]:
        yield from ("", "## Pipelines", "", *_table(_PIPELINE, map(_pipeline, report["pipelines"])))
    if report["steps"]:
        rows = ((each["name"], f"{each['started']:.1f}", f"{each['seconds']:.1f}") for each in report["steps"])
        yield from ("", "## Timeline", "", *_table(("step", "from second", "seconds"), rows))
    if report["iam"]:
        yield from ("", "## IAM", "", *_iam(report["iam"]))
    if lacking := (report["protections"] or {}).get("missing"):
        yield from ("", "## What was not protected", "", *(f"- {_text(each)}" for each in lacking))
    yield from (
        "",
        "## What it proves",
        "",
        *(f"- {_text(each)}" for each in report["proves"] or ["nothing: it failed"]),
    )
    yield from ("", "## What it does not prove", "", *(f"- {_text(each)}" for each in report["doesNotProve"]))


_MODULE = ("module", "account", "outputs")
_GROUP = ("group", "branch", "build account", "pipeline", "metric", "registered")
_ENVIRONMENT = ("group", "environment", "account", "serves", "mean squared error", "rows", "seconds since approval")
_PIPELINE = ("pipeline", "account", "ended as", "metric", "registered")


def _module(found: Mapping[str, Any]) -> tuple[str, ...]:
    outputs = "; ".join(f"{name}: {value}" for name, value in found["outputs"].items())
    return (found["module"], f"{found['account']} {found['region']}", outputs or "none")


def _group(found: Mapping[str, Any]) -> tuple[str, ...]:
    ended = f"{found['pipeline_status'] or '-'}, {found['seconds']} s"
    return (found["group"], found["branch"], found["build_account"], ended, _metric(found), _version(found))


def _pipeline(found: Mapping[str, Any]) -> tuple[str, ...]:
    ended = f"{found['status'] or '-'}, {found['seconds']} s"
    return (found["pipeline"] or found["module"], found["account"], ended, _metric(found), _version(found))


def _environment(group: Mapping[str, Any], found: Mapping[str, Any]) -> tuple[str, ...]:
    error = "-" if found["mse"] is None else f"{found['mse']:.6g}"
    place = f"{found['name']} ({found['type']})"
    served = f"version {found['version']}"
    return (group["group"], place, found["account"], served, error, str(found["rows"]), f"{found['seconds']:.1f}")


def _metric(found: Mapping[str, Any]) -> str:
    if found["value"] is None or found["threshold"] is None:
        return "-"
    return f"{metric_name(found)} {found['value']:.6g} {gate(found)}"


def _version(found: Mapping[str, Any]) -> str:
    return f"version {found['version']}, {found['approval_status']}" if found["version"] else "-"


def _iam(iam: Mapping[str, Any]) -> Iterator[str]:
    denied = iam["denied"]
    yield f"{iam['decisions']} decisions, mode {iam['mode']}, denied: {sum(each['count'] for each in denied)}"
    if denied:
        rows = ((each["principal"], each["action"], each["resource"], str(each["count"])) for each in denied)
        yield from ("", *_table(("who", "action", "resource", "times"), rows))


def _table(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    named = list(headings)
    yield f"| {' | '.join(named)} |"
    yield f"|{' --- |' * len(named)}"
    yield from (f"| {' | '.join(map(_text, row))} |" for row in rows)


def _text(value: str) -> str:
    """A value so that Markdown shows it as it is."""
    return _SPECIAL.sub(r"\\\1", " ".join(str(value).split()))
