"""What changed between two looks, in sentences: for `status --watch` where nobody can redraw the screen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from model_cicd.operate.status import GroupStatus

Facts = dict[tuple[str, ...], str]


def facts(statuses: Sequence[GroupStatus]) -> Facts:
    """A sentence for each thing that there is to know of the groups, by what it is about."""
    return {(status.group.name, *key): text for status in statuses for key, text in _of(status)}


def changes(before: Mapping[tuple[str, ...], str], now: Mapping[tuple[str, ...], str]) -> Iterator[str]:
    """`<group>: <sentence>` for all that is new or different, and for what is no more."""
    for key, text in now.items():
        if before.get(key) != text:
            yield f"{key[0]}: {text}"
    for key, text in before.items():
        if key not in now:
            yield f"{key[0]}: no longer: {text}"


def _of(status: GroupStatus) -> Iterator[tuple[tuple[str, ...], str]]:
    yield ("phase",), f"it is {status.phase}"
    for version in status.versions.value or ():
        yield ("version", str(version.number)), f"version {version.number} is {version.status}"
    for each in status.trainings.value.found if status.trainings.value else ():
        step = f" at {each.step}" if each.step else ""
        why = f": {each.reason}" if each.reason else ""
        commit = each.commit[:12] or "unknown"
        yield ("training", each.run or each.execution), f"training of commit {commit} is {each.status}{step}{why}"
    for place, known in status.environments:
        found = known.value
        if found is None:
            yield ("environment", place.name), f"{place.name} is unknown ({known.unknown})"
        elif found.version is not None:
            yield ("environment", place.name), f"{place.name} serves version {found.version}, {found.state}"
    state_of = status.pipeline.value
    for run in state_of.running if state_of else ():
        yield ("promotion", run.execution, run.stage, run.action), f"stage {run.stage}: {run.action} runs"
    for wait in state_of.waiting if state_of else ():
        yield ("promotion", wait.execution, wait.stage), f"stage {wait.stage} waits for approval until {wait.expires}"
    for failed in state_of.failed if state_of else ():
        why = " ".join((failed.reason or failed.cause).split())
        yield ("failed", failed.execution, failed.stage), f"stage {failed.stage}: {failed.action} failed: {why}"
    if state_of is None:
        yield ("promotion",), f"its promotion is unknown ({status.pipeline.unknown})"
    for text in status.warnings:
        if " expires in " not in text:  # the time that is left is another at each look
            yield ("warning", text), f"warning: {text}"
