"""A lineage as names and values in words, part by part: what the text and the page show alike."""

from __future__ import annotations

from collections.abc import Iterator

from model_cicd.lineage.records import Job, Lineage, StageApproval

Facts = list[tuple[str, str]]
_NOTHING = {"release": "was never released", "approvals": "none was answered", "metrics": "none", "data": "none in S3"}


def parts(lineage: Lineage) -> Iterator[tuple[str, Facts]]:
    """Every part but jobs and what is unknown, with its facts; a part of which nothing is known has none."""
    version, code, decision = lineage.version, lineage.code, lineage.decision
    yield (
        "version",
        _known(
            ("ARN", version.arn), ("registered", version.created), ("stage", _stage(lineage)), *_containers(lineage)
        ),
    )
    yield "release", _release(lineage)
    yield (
        "decision",
        _known(("status", decision.status), ("by", decision.by), ("at", decision.at), ("reason", decision.reason)),
    )
    yield "approvals", [(each.stage, _answer(each)) for each in lineage.approvals]
    yield "metrics", [(name, words) for each in lineage.metrics for name, words in [str(each).split(" ", 1)]]
    yield "code", _known(("repository", code.repository), ("branch", code.branch), ("commit", code.commit))
    yield "data", list(lineage.data.items())
    execution = lineage.execution
    if execution is None:
        yield "execution", []
        return
    yield (
        "execution",
        _known(
            ("ARN", execution.arn), ("status", execution.status), ("started", execution.started), ("by", execution.by)
        ),
    )
    data = lineage.data
    yield "parameters", [(name, value) for name, value in execution.parameters.items() if name not in data]


def nothing(lineage: Lineage, title: str) -> str:
    """What is said of a part without facts: that there is none, or that it is not known."""
    if title in ("parameters", "jobs"):
        return "none" if lineage.execution else "unknown"
    return "unknown" if title in lineage.unknown else _NOTHING.get(title, "unknown")


def _stage(lineage: Lineage) -> str:
    if (found := lineage.life_cycle) is None:
        return ""
    return f"{found.stage}, {found.status}" + (f": {found.description}" if found.description else "")


def _answer(approval: StageApproval) -> str:
    said = f": {approval.comment}" if approval.comment else ""
    return f"{approval.status} by {approval.by}, {approval.at}{said}"


def _known(*facts: tuple[str, str]) -> Facts:
    return [(name, value) for name, value in facts if value]


def _containers(lineage: Lineage) -> Iterator[tuple[str, str]]:
    for each in lineage.containers:
        yield "image", each.image
        yield "digest", each.image_digest if each.image_digest not in each.image else ""
        yield "artifact", each.artifact


def _release(lineage: Lineage) -> Facts:
    found = lineage.release
    if found is None:
        return []
    where = [
        ("serves in", f"{place.name} ({place.type}), account {place.account} {place.region}")
        for place, _ in lineage.serves
    ]
    return [*_known(("ARN", found.arn), ("digest", found.digest)), *(where or [("serves in", "no environment")])]


def job(found: Job) -> Facts:
    """What is known of a job."""
    return _known(
        ("image", found.image),
        ("script", found.script),
        ("hyperparameters", ", ".join(f"{name}={value}" for name, value in found.hyperparameters.items())),
        ("job", found.arn),
    )


def cost(found: Job) -> str:
    """Instances and the seconds that are paid for."""
    return ", ".join(each for each in (found.instances, "" if found.seconds is None else f"{found.seconds} s") if each)
