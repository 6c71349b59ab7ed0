"""The status as a person reads it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from model_cicd.operate.records import Group, Place
from model_cicd.operate.serving import Serving
from model_cicd.operate.status import GroupStatus, Known

_MOST_VERSIONS = 10
#: characters of a digest that are shown: `sha256:` and twelve digits
_DIGEST = 19


def as_text(statuses: Sequence[GroupStatus]) -> str:
    """Every group with its versions, environments and promotion."""
    return "\n\n".join("\n".join(_group(each)) for each in statuses) or "no deployment groups"


def _group(status: GroupStatus) -> Iterator[str]:
    group = status.group
    yield f"{group.name} (module {group.module}, registry in account {group.build_account} {group.build_region})"
    yield "  versions"
    yield from _indented(_versions(status))
    yield "  environments"
    yield from _indented(_table([_environment(place, known) for place, known in status.environments]))
    yield "  promotion"
    yield from _indented(_promotion(status))
    if status.warnings:
        yield "  warnings"
        yield from _indented(status.warnings)


def _versions(status: GroupStatus) -> Iterator[str]:
    versions = status.versions.value
    if versions is None:
        yield f"unknown ({status.versions.unknown})"
        return
    if not versions:
        yield "none is registered yet"
    rows = [
        (
            str(each.number),
            each.status,
            each.commit[:12] or "no commit",
            each.created,
            each.summary + (f"; {each.reason}" if each.reason else ""),
        )
        for each in versions[:_MOST_VERSIONS]
    ]
    yield from _table(rows)
    if len(versions) > _MOST_VERSIONS:
        yield f"and {len(versions) - _MOST_VERSIONS} older ones"


def _environment(place: Place, known: Known[Serving]) -> tuple[str, ...]:
    release = ""
    if known.value is None:
        serves, state = "unknown", f"({known.unknown})"
    else:
        found = known.value
        serves = f"version {found.version}" if found.version is not None else "nothing yet"
        release = f"release {found.release} {found.digest[:_DIGEST]}" if found.digest else ""
        state = found.endpoint_status or found.stack_status
    gate = "approval before it" if place.require_approval else ""
    return (place.name, place.type, f"{place.account} {place.region}", serves, release, state, gate)


def _promotion(status: GroupStatus) -> Iterator[str]:
    group, state = status.group, status.pipeline.value
    if state is None:
        yield f"unknown ({status.pipeline.unknown})"
        return
    for run in state.running:
        yield f"stage {run.stage}: {run.action} runs for {_of(group, run.package_arn)}"
    for wait in state.waiting:
        who = f"a holder of {wait.approver_policy_arn}" if wait.approver_policy_arn else "approval"
        yield f"stage {wait.stage}: waits since {wait.since} for {who} to approve {_of(group, wait.package_arn)}:"
        yield f"  {wait.command}"
    for failed in state.failed:
        cause = " ".join(failed.cause.split()) or "no cause was given"
        yield f"stage {failed.stage}: {failed.action} failed for {_of(group, failed.package_arn)}: {cause}"
    if not (state.running or state.waiting or state.failed):
        yield f"nothing runs in {group.pipeline_name}"


def _of(group: Group, package_arn: str) -> str:
    version = group.version_of(package_arn)
    return f"version {version}" if version is not None else package_arn or "no version"


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True) if width).rstrip()


def _indented(lines: Iterator[str] | Sequence[str]) -> Iterator[str]:
    return (f"    {line}" for line in lines)
