"""The page: the report's data, drawings made of them, and the template that puts them in order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from html_page import Markup, render
from rehearsal.page import accounts, gauge, plots, steps, timeline
from rehearsal.page.words import began, gate, manifest, metric_name, verdict

_SHOWN_ROWS = 12


def as_html(report: Mapping[str, Any]) -> str:
    """One page that needs nothing else, made of the data of a report's JSON."""
    return render(
        "rehearsal.page",
        "rehearsal.html",
        report=report,
        heading=f"Rehearsal of {manifest(report)}",
        facts=list(_facts(report)),
        contents=list(_contents(report)),
        accounts=accounts.drawing(report["topology"], "accounts of the deployment"),
        named_only=accounts.named_only(report["topology"]),
        modules=[_module(each) for each in report["modules"] if not each["ours"]],
        groups=[_group(each) for each in report["groups"]],
        pipelines=[_outcome(each, each["pipeline"] or each["module"]) for each in report["pipelines"]],
        timeline=timeline.drawing(report, "timeline of the rehearsal"),
        verdict=verdict(report),
        denied=[_denied(each) for each in (report["iam"] or {}).get("denied", [])],
        roles=_roles(report["iam"]),
        used_roles=sum(1 for each in (report["iam"] or {}).get("roles", {}).values() if each["used"]),
        protections=_protections(report["protections"]),
    )


def _facts(report: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "manifest", manifest(report)
    yield "began", began(report)
    changed = ", with changes that are not committed" if report["changedSinceCommit"] else ""
    yield "commit", f"{report['commit']}{changed}" if report["commit"] else "none: not in a git repository"
    yield "duration", f"{report['seconds']:.0f} s"
    yield "accounts", str(len(report["accounts"]))
    yield "versions", ", ".join(f"{name} {version}" for name, version in sorted(report["versions"].items()))


def _contents(report: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if report["failure"]:
        yield "failure", "What failed"
    if report["topology"]:
        yield "accounts", "Accounts"
    if any(not each["ours"] for each in report["modules"]):
        yield "modules", "Modules"
    yield from ((f"group-{number}", each["group"]) for number, each in enumerate(report["groups"], 1))
    for number, each in enumerate(report["pipelines"], 1):
        yield f"pipeline-{number}", each["pipeline"] or each["module"]
    if report["steps"]:
        yield "timeline", "Timeline"
    if report["iam"]:
        yield "iam", "IAM decisions"
    yield "proves", "What it proves"
    if report["protections"]:
        yield "protections", "How it ran"


def _module(found: Mapping[str, Any]) -> tuple[str, ...]:
    outputs = "; ".join(f"{name}: {value}" for name, value in found["outputs"].items())
    return (found["module"], f"{found['account']} {found['region']}", outputs or "none")


def _outcome(found: Mapping[str, Any], name: str) -> dict[str, Any]:
    """What the page shows of an execution, beside the data themselves."""
    drawn = steps.drawing(found["graph"], found["steps"], f"steps of the pipeline of {name}")
    judged = found["value"] is not None and found["threshold"] is not None
    bar = Markup("")
    if judged:
        bar = gauge.drawing(found["value"], found["operator"], found["threshold"], f"gate of {name}")
    return {
        "data": found,
        "name": name,
        "drawing": drawn,
        "reasons": [(each["name"], each["reason"]) for each in found["steps"] if each.get("reason")],
        "metric": f"{metric_name(found)} {found['value']:.6g} {gate(found)}" if judged else "",
        "gauge": bar,
    }


def _group(found: Mapping[str, Any]) -> dict[str, Any]:
    return _outcome(found, found["group"]) | {
        "answers": list(_answers(found)),
        "releases": [_release(each) for each in found["environments"]],
    }


def _release(found: Mapping[str, Any]) -> tuple[str, ...]:
    release = f"{found['release']} {found['digest'][:19]}"
    environment = f"{found['name']} ({found['type']})"
    by_hand = "yes" if found["manual_approval"] else "no"
    seconds = f"{found['seconds']:.1f}"
    where = f"{found['account']} {found['region']}"
    return (environment, where, str(found["version"]), by_hand, seconds, release)


def _answers(group: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """What environments answered, those that answered alike together."""
    alike: dict[tuple[float, ...], list[Mapping[str, Any]]] = {}
    for each in (found for found in group["environments"] if found["endpoint"]):
        alike.setdefault(tuple(each["predictions"]), []).append(each)
    actual = (group["held_back"] or {}).get("actual", [])
    for predicted, environments in alike.items():
        names = ", ".join(each["name"] for each in environments)
        where = f"{names} of {group['group']}"
        yield {
            "names": names,
            "endpoints": ", ".join(each["endpoint"] for each in environments),
            "mse": environments[0]["mse"],
            "rows": environments[0]["rows"],
            "scatter": plots.predicted_against_actual(actual, predicted, f"predicted against actual in {where}"),
            "errors": plots.error_by_row(actual, predicted, f"error by row in {where}"),
            "worst": _worst(actual, predicted),
        }


def _denied(found: Mapping[str, Any]) -> tuple[str, ...]:
    return (str(found["count"]), found["principal"], found["action"], found["resource"], found["reason"])


def _worst(actual: Sequence[float], predicted: Sequence[float]) -> list[tuple[str, str, str, str]]:
    """The rows with the largest errors: number, actual, predicted, difference."""
    rows = [(number, x, y) for number, (x, y) in enumerate(zip(actual, predicted, strict=False), 1)]
    rows.sort(key=lambda row: -abs(row[2] - row[1]))
    return [(str(number), f"{x:.6g}", f"{y:.6g}", f"{y - x:+.4g}") for number, x, y in rows[:_SHOWN_ROWS]]


def _roles(iam: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Each role with what it used and what it never did, the most unused first."""
    if not iam:
        return []
    roles = [
        {
            "account": arn.split(":")[4],
            "name": arn.partition(":role/")[2],
            "used": sorted(role["used"].items()),
            "unused": [f"{each['action']}: {each['policy']}, statement {each['statement']}" for each in role["unused"]],
        }
        for arn, role in iam["roles"].items()
    ]
    return sorted(roles, key=lambda role: (-len(role["unused"]), str(role["name"])))


def _protections(found: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    return [(name, str(value)) for name, value in (found or {}).items() if name != "missing"]
