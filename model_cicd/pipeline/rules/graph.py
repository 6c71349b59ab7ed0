"""Rules on the order of steps: who is known, who waits for whom, who runs at all."""

from __future__ import annotations

from collections.abc import Iterator

from model_cicd.pipeline.expressions import JsonGet, PropertyRef, StepOutput
from model_cicd.pipeline.fields import StepRef
from model_cicd.pipeline.rules.registry import Finding, Subject, rule
from model_cicd.pipeline.walk import walk
from model_cicd.text.errors import did_you_mean
from model_cicd.text.source import KeyPath

_BRANCHES = ("ifSteps", "elseSteps")


def references(subject: Subject) -> Iterator[tuple[KeyPath, str, str]]:
    """Key path, step that refers and name it refers to, branches included."""
    for path, step in subject.steps:
        for where, value in walk(step, path):
            match value:
                case StepRef():
                    yield where, step.name, str(value)
                case StepOutput(step=name) | PropertyRef(step=name) | JsonGet(step=name):
                    yield where, step.name, name
                case _:
                    continue


def _is_branch(path: KeyPath) -> bool:
    return len(path) > 1 and path[-2] in _BRANCHES


def branches(subject: Subject) -> dict[str, tuple[str, str]]:
    """The condition and the branch of each step that stands in one."""
    return {name: (step, str(path[-2])) for path, step, name in references(subject) if _is_branch(path)}


@rule
def check_known_steps(subject: Subject) -> Iterator[Finding]:
    """Whatever names a step names one that there is."""
    names = [step.name for _, step in subject.steps]
    for path, _, name in references(subject):
        if name not in names:
            yield path, f"unknown step {name!r}{did_you_mean(name, names)}; the steps: {', '.join(names)}"


@rule
def check_one_branch(subject: Subject) -> Iterator[Finding]:
    """A step stands in one branch of one condition at most."""
    seen: dict[str, str] = {}
    for path, step, name in references(subject):
        if not _is_branch(path):
            continue
        if name in seen:
            yield path, f"step {name!r} stands in two branches, first in one of {seen[name]!r}"
        seen[name] = step


@rule
def check_conditions_in_branches(subject: Subject) -> Iterator[Finding]:
    """A condition stands in no branch of a condition: SageMaker has no nested ones."""
    kinds = {step.name: step.type for _, step in subject.steps}
    for path, step, name in references(subject):
        if _is_branch(path) and kinds.get(name) == "Condition":
            yield path, f"{name!r} is a Condition step in a branch of {step!r}: SageMaker has no nested conditions"


@rule
def check_waits_for_conditions(subject: Subject) -> Iterator[Finding]:
    """No step names a condition under `dependsOn`: steps after a decision stand in its branches."""
    kinds = {step.name: step.type for _, step in subject.steps}
    for path, step in subject.steps:
        for index, name in enumerate(step.depends_on):
            if kinds.get(name) == "Condition":
                expected = f"put {step.name!r} into its ifSteps or elseSteps, or name a step before it"
                yield (
                    (*path, "dependsOn", index),
                    f"{name!r} is a Condition step, which no step can wait for: {expected}",
                )


@rule
def check_cycles(subject: Subject) -> Iterator[Finding]:
    """No step waits for itself, be it through others; a step in a branch waits for its condition."""
    waits: dict[str, list[str]] = {step.name: [] for _, step in subject.steps}
    paths = {step.name: path for path, step in subject.steps}
    for path, step, name in references(subject):
        before, after = (step, name) if _is_branch(path) else (name, step)
        if before in waits and after in waits:
            waits[after].append(before)
    done: set[str] = set()
    for start in waits:
        cycle = _cycle(start, waits, done, [])
        if cycle:
            yield paths[cycle[0]], f"the steps wait for each other in a circle: {' -> '.join(cycle)}"
            return


def _cycle(name: str, waits: dict[str, list[str]], done: set[str], trail: list[str]) -> list[str]:
    if name in trail:
        return [*trail[trail.index(name) :], name]
    if name in done:
        return []
    for before in waits[name]:
        found = _cycle(before, waits, done, [*trail, name])
        if found:
            return found
    done.add(name)
    return []


@rule
def check_branch_scope(subject: Subject) -> Iterator[Finding]:
    """What stands in a branch may not run, so only steps of the same branch build on it."""
    inside = branches(subject)
    for path, step, name in references(subject):
        if _is_branch(path) or name not in inside or inside[name] == inside.get(step):
            continue
        condition, branch = inside[name]
        yield path, f"step {name!r} runs only in {branch} of {condition!r}, and {step!r} stands outside of it"


@rule
def check_fail_steps(subject: Subject) -> Iterator[Finding]:
    """A Fail step stands in a branch, or else every execution fails."""
    inside = branches(subject)
    for path, step in subject.steps:
        if step.type == "Fail" and step.name not in inside:
            yield path, f"Fail step {step.name!r} stands in no branch of a condition: every execution would fail"
