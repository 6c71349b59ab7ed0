"""The status as a person reads it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from model_cicd.operate import status as states
from model_cicd.operate.columns import command, table, wrapped
from model_cicd.operate.drift import StackDrift
from model_cicd.operate.durations import span
from model_cicd.operate.logs import Log
from model_cicd.operate.promotions import Waiting
from model_cicd.operate.records import Group, Place
from model_cicd.operate.serving import Serving
from model_cicd.operate.status import GroupStatus, Known
from model_cicd.operate.trainings import SUCCEEDED, Training
from model_cicd.text.terminal import printable

_MOST_VERSIONS = 10
_MOST_FAILED = 3
_INDENT = 4
#: characters of a digest that are shown: `sha256:` and twelve digits
_DIGEST = 19


@dataclass(frozen=True)
class View:
    """How the status is shown: in lines of `width` characters, None for any; `manifest` is what commands name."""

    width: int | None = None
    manifest: str = "MANIFEST"

    @property
    def inner(self) -> int | None:
        """The width within a section."""
        return None if self.width is None else self.width - _INDENT


def as_text(statuses: Sequence[GroupStatus], view: View = View(), notes: Sequence[str] = ()) -> str:
    """Every group with its versions, trainings, environments and promotion; `notes` come last."""
    parts = ["\n".join(map(printable, _group(each, view))) for each in statuses] or ["no deployment groups"]
    return "\n\n".join([*parts, *map(printable, notes)])


def _group(status: GroupStatus, view: View) -> Iterator[str]:
    group = status.group
    where = f"registry in account {group.build_account} {group.build_region}"
    yield from wrapped(f"{group.name} (module {group.module}, {where})", view.width)
    if status.phase == states.NOT_DEPLOYED:
        yield from wrapped(f"  not deployed yet: seedfarmer apply {view.manifest}", view.width)
    elif status.phase == states.DESTROYED:
        yield from wrapped(f"  destroyed; kept on purpose: {_kept(status)}", view.width)
    else:
        yield from _parts(status, view)
    if status.warnings:
        yield "  warnings"
        yield from _section(status.warnings, view)


def _kept(status: GroupStatus) -> str:
    count = len(status.versions.value or ())
    versions = f" ({count} version{'' if count == 1 else 's'})"
    first, *more = status.group.kept or (f"model package group {status.group.model_package_group_name}",)
    return ", ".join([first + versions, *more]) + f", in account {status.group.build_account}"


def _parts(status: GroupStatus, view: View) -> Iterator[str]:
    yield "  versions"
    yield from _section(_versions(status, view), view)
    yield "  trainings"
    yield from _section(_trainings(status, view), view)
    yield "  environments"
    rows = [_environment(place, known) for place, known in status.environments]
    yield from _section(table(rows, view.inner), view)
    yield "  promotion"
    yield from _section(_promotion(status, view), view)
    if status.stacks is not None:
        yield "  stacks"
        rows = [
            (stack.name, f"{stack.account} {stack.region}", *_drift(known.value, known.unknown))
            for stack, known in status.stacks
        ]
        yield from _section(table(rows, view.inner), view)


def _section(lines: Iterator[str] | Sequence[str], view: View) -> Iterator[str]:
    for line in lines:
        for part in [line] if line.endswith("\\") else wrapped(line, view.inner):
            yield " " * _INDENT + part


def _unknown(why: str, *policies: str) -> str:
    held = [each for each in policies if each]
    return f"unknown ({why})" + (f"; allowed by {' or '.join(held)}" if held else "")


def _versions(status: GroupStatus, view: View) -> Iterator[str]:
    versions = status.versions.value
    if versions is None:
        yield _unknown(status.versions.unknown, status.group.scientist_policy_arn)
        return
    if not versions:
        yield "none is registered yet"
    rows = [
        (
            str(each.number),
            each.status + (f", {each.stage}" if each.stage else ""),
            each.commit[:12] or "no commit",
            each.created,
            each.summary + (f"; {each.reason}" if each.reason else ""),
        )
        for each in versions[:_MOST_VERSIONS]
    ]
    yield from table(rows, view.inner)
    if len(versions) > _MOST_VERSIONS:
        yield f"and {len(versions) - _MOST_VERSIONS} older ones"


def _trainings(status: GroupStatus, view: View) -> Iterator[str]:
    group, found = status.group, status.trainings.value
    if found is None:
        yield _unknown(status.trainings.unknown, group.training_scientist_policy_arn, group.scientist_policy_arn)
        return
    for each in found.running:
        step = f": {each.step}" if each.step else ""
        yield f"runs since {_moment(each.started)} ({span(status.now - each.started)}), commit {_commit(each)}{step}"
    for each in found.failed[:_MOST_FAILED]:
        yield from _failed_training(each, view)
    if len(found.failed) > _MOST_FAILED:
        yield f"and {len(found.failed) - _MOST_FAILED} more failed before"
    good = next((each for each in found.found if each.status == SUCCEEDED), None)
    if good is not None:
        yield f"succeeded last at {_moment(good.started)}, commit {_commit(good)}"
    elif not found.found:
        yield "none ran yet"
    if found.unseen:
        yield f"not all is seen ({found.unseen})"


def _failed_training(training: Training, view: View) -> Iterator[str]:
    step = f" at {training.step}" if training.step else ""
    verb = "was stopped" if training.status == "Stopped" else "failed"
    why = "" if training.reason is None or verb != "failed" else f": {training.reason}"
    yield f"{verb} at {_moment(training.started)}, commit {_commit(training)},{step or ' before its first step'}{why}"
    yield from _log(training.log, view)


def _log(log: Log | None, view: View) -> Iterator[str]:
    if log is None:
        return
    yield f"  log in account {log.account}: {log.group} {log.stream}"
    width = None if view.inner is None else view.inner - 4
    yield from (f"    {line}" for line in command(log.command, width))
    yield f"    {log.console}"


def _commit(training: Training) -> str:
    return training.commit[:12] or "unknown"


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _environment(place: Place, known: Known[Serving]) -> tuple[str, ...]:
    release = ""
    if known.value is None:
        serves, state = "unknown", f"({known.unknown})"
    else:
        found = known.value
        serves = f"version {found.version}" if found.version is not None else "nothing yet"
        release = f"release {found.release} {found.digest[:_DIGEST]}" if found.digest else ""
        state = found.state
    gate = "approval before it" if place.require_approval else ""
    return (place.name, place.type, f"{place.account} {place.region}", serves, release, state, gate)


def _promotion(status: GroupStatus, view: View) -> Iterator[str]:
    group, state = status.group, status.pipeline.value
    if state is None:
        yield _unknown(status.pipeline.unknown, group.stage_approver_policy_arn)
        return
    for run in state.running:
        yield f"stage {run.stage}: {run.action} runs for {_of(group, run.package_arn)}"
    for test in state.tests:
        yield f"stage {test.stage}: tests of {_of(group, test.package_arn)} {test.text}"
    for wait in state.waiting:
        yield from _waiting(status, wait, view)
    for failed in state.failed:
        cause = " ".join((failed.reason or failed.cause).split()) or "no cause was given"
        yield f"stage {failed.stage}: {failed.action} failed for {_of(group, failed.package_arn)}: {cause}"
        yield from _log(failed.log, view)
    if not (state.running or state.waiting or state.failed):
        yield f"nothing runs in {group.pipeline_name}"


def _waiting(status: GroupStatus, wait: Waiting, view: View) -> Iterator[str]:
    who = f"a holder of {wait.approver_policy_arn}" if wait.approver_policy_arn else "approval"
    left = span(datetime.fromisoformat(wait.expires) - status.now)
    what = f"to approve {_of(status.group, wait.package_arn)}, expires in {left}"
    yield f"stage {wait.stage}: waits since {wait.since} for {who} {what}:"
    width = None if view.inner is None else view.inner - 2
    yield from (f"  {line}" for line in command(wait.command, width))


def _drift(found: StackDrift | None, unknown: str) -> tuple[str, str]:
    if found is None:
        return "unknown", f"({unknown})"
    if not found.status:
        return "not there", ""
    words = {"IN_SYNC": "as deployed", "DRIFTED": "drifted", "": "is being changed"}
    return words.get(found.drift, found.drift), "; ".join(found.resources)


def _of(group: Group, package_arn: str) -> str:
    version = group.version_of(package_arn)
    return f"version {version}" if version is not None else package_arn or "no version"
