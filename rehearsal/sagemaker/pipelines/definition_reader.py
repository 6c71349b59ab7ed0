"""Reads pipeline definitions: JSON -> steps with their references, or every problem at once.

https://aws-sagemaker-mlops.github.io/sagemaker-model-building-pipeline-definition-JSON-schema/
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rehearsal.api import Params, invalid
from rehearsal.sagemaker.pipelines import caching, experiments, parameters, retries
from rehearsal.sagemaker.pipelines.definition import Branch, Definition, PropertyFile, Step
from rehearsal.sagemaker.pipelines.expressions import (
    EXECUTION_VARIABLES,
    ExpressionError,
    Reference,
    references,
)
from rehearsal.sagemaker.shapes import nearest
from rehearsal.sagemaker.steps import STEP_TYPES

VERSION = "2020-12-01"
_KEYS = ("Version", "Metadata", "Parameters", "PipelineExperimentConfig", "MlflowConfig", "Steps")
_NAME = re.compile(r"^[A-Za-z0-9\-_]{1,64}$")


@dataclass(frozen=True)
class _Found:
    """A step of the document and where it is."""

    document: Params
    where: str
    branch: Branch | None


def parse(text: str) -> Definition:
    """Read a definition. Raises ApiError ValidationException that names every problem with its place."""
    document, found, wrong = _read(text)
    if wrong:
        raise invalid(f"Unable to parse pipeline definition. {'; '.join(wrong)}")
    steps = [_step(entry) for entry in found]
    return Definition(
        text,
        parameters.parse(document.get("Parameters", [])),
        {step.name: step for step in steps},
        document.get("PipelineExperimentConfig"),
    )


def problems(text: str) -> list[str]:
    """Everything that is wrong with a definition."""
    return _read(text)[2]


def _read(text: str) -> tuple[Any, list[_Found], list[str]]:
    """The document, its steps, and what is wrong with it."""
    found: list[_Found] = []
    try:
        document = json.loads(text)
    except ValueError as error:
        return None, found, [f"It is no JSON: {error}"]
    return document, found, list(_top(document, found)) or list(_problems(document, found))


def _top(document: Any, found: list[_Found]) -> Iterator[str]:
    if not isinstance(document, dict):
        yield f"got {type(document).__name__}, expected an object"
        return
    yield from (f"{key}: unknown member{nearest(key, _KEYS)}" for key in document if key not in _KEYS)
    if document.get("Version") != VERSION:
        yield f"Version: got {document.get('Version')!r}, expected {VERSION!r}"
    if not isinstance(document.get("Steps"), list) or not document["Steps"]:
        yield "Steps: expected a list of at least one step"
        return
    yield from _walk(document["Steps"], "Steps", None, found)


def _walk(steps: list[Any], where: str, branch: Branch | None, found: list[_Found]) -> Iterator[str]:
    """Collect the steps, those in branches too."""
    for index, step in enumerate(steps):
        place = f"{where}[{index}]"
        if not isinstance(step, dict):
            yield f"{place}: got {type(step).__name__}, expected an object"
            continue
        name, kind = step.get("Name"), step.get("Type")
        if not isinstance(name, str) or not _NAME.match(name):
            yield f"{place}.Name: got {name!r}, expected 1 to 64 letters, digits, - or _"
            continue
        place = f"step {name}"
        if kind not in STEP_TYPES:
            known = f"{', '.join(STEP_TYPES)}{nearest(str(kind), STEP_TYPES)}"
            yield f"{place}: Type: the embedded AWS does not support {kind!r}, only {known}"
            continue
        if not isinstance(step.get("Arguments"), dict):
            yield f"{place}: Arguments: expected an object"
            continue
        odd = [
            key for key in ("DependsOn", "PropertyFiles", "RetryPolicies") if not isinstance(step.get(key, []), list)
        ]
        if odd:
            yield from (f"{place}: {key}: expected a list" for key in odd)
            continue
        found.append(_Found(step, place, branch))
        if kind == "Condition" and branch:
            yield f"{place}: a Condition step in a branch of {branch.condition}: nested conditions are not supported"
        if kind == "Condition":
            for key, outcome in (("IfSteps", True), ("ElseSteps", False)):
                inner = step["Arguments"].get(key)
                if isinstance(inner, list):  # anything else is the condition step's own problem
                    yield from _walk(inner, f"{place}: {key}", Branch(name, outcome), found)


def _problems(document: Params, found: list[_Found]) -> Iterator[str]:
    declared = document.get("Parameters", [])
    yield from parameters.problems(declared)
    names = [entry.document["Name"] for entry in found]
    yield from (f"step {name}: the name is used twice" for name in sorted({n for n in names if names.count(n) > 1}))
    steps = {entry.document["Name"]: entry for entry in found}
    known = [entry.get("Name") for entry in declared if isinstance(entry, dict)]
    broken = False
    for entry in found:
        step_type = STEP_TYPES[entry.document["Type"]]
        keys = ("Name", "Type", "Arguments", "DependsOn", "DisplayName", "Description", *(step_type.keys or ()))
        for key in entry.document if step_type.keys is not None else ():
            if key not in keys:
                yield f"{entry.where}: {key}: unknown member of a {entry.document['Type']} step{nearest(key, keys)}"
        for text in (
            *step_type.problems(entry.document),
            *caching.problems(entry.document),
            *retries.problems(entry.document),
        ):
            yield f"{entry.where}: {text}"
        for text in _bad_references(entry, steps, known):
            broken = True
            yield f"{entry.where}: {text}"
    yield from experiments.problems(document.get("PipelineExperimentConfig"))
    if document.get("MlflowConfig") is not None:
        yield "MlflowConfig: the embedded AWS does not support it"
    for reference in _references(document.get("PipelineExperimentConfig"), []):
        if reference.kind == "Steps":
            yield f"PipelineExperimentConfig: {reference.text}: no step has run yet"
    if not broken:
        yield from _cycles({entry.document["Name"]: _after(entry) for entry in found})


def _bad_references(entry: _Found, steps: dict[str, _Found], declared: list[Any]) -> Iterator[str]:
    for name in entry.document.get("DependsOn", []):
        if name not in steps:
            yield f"DependsOn: there is no step {name}{nearest(str(name), steps)}"
        elif steps[name].document["Type"] == "Condition":
            yield f"DependsOn: {name} is a Condition step, which no step can depend on"
    broken: list[str] = []
    for reference in _references(_own(entry.document), broken):
        name = str(reference.keys[0])
        if reference.kind == "Parameters" and (name not in declared or len(reference.keys) > 1):
            yield f"{reference.text}: there is no parameter {name}{nearest(name, declared)}"
        elif reference.kind == "Execution" and (name not in EXECUTION_VARIABLES or len(reference.keys) > 1):
            yield f"{reference.text}: there is no execution variable {name}{nearest(name, EXECUTION_VARIABLES)}"
        elif reference.kind == "Steps" and name not in steps:
            yield f"{reference.text}: there is no step {name}{nearest(name, steps)}"
        elif reference.kind == "Steps":
            yield from _bad_property(reference, steps[name].document)
    yield from broken


def _bad_property(reference: Reference, step: Params) -> Iterator[str]:
    keys = list(reference.keys[1:])
    if keys[:1] == ["PropertyFiles"]:
        names = [file.get("PropertyFileName") for file in step.get("PropertyFiles", [])]
        if len(keys) != 2 or keys[1] not in names:
            close = nearest(str(keys[-1]), [name for name in names if isinstance(name, str)])
            yield f"{reference.text}: step {step['Name']} has no property file {keys[-1]}{close}"
        return
    problem = STEP_TYPES[step["Type"]].missing_property(step, keys)
    if problem is not None:
        yield f"{reference.text}: {problem}"


def _references(value: Any, problems: list[str]) -> list[Reference]:
    try:
        return list(references(value))
    except ExpressionError as error:
        problems.append(str(error))
        return []


def _own(step: Params) -> Params:
    """A step's arguments without the steps of its branches."""
    return {key: value for key, value in step["Arguments"].items() if key not in ("IfSteps", "ElseSteps")}


def _after(entry: _Found) -> frozenset[str]:
    used = {str(reference.keys[0]) for reference in _references(_own(entry.document), []) if reference.kind == "Steps"}
    condition = {entry.branch.condition} if entry.branch else set()
    return frozenset(used | set(entry.document.get("DependsOn", [])) | condition)


def _cycles(after: dict[str, frozenset[str]]) -> Iterator[str]:
    left = dict(after)
    while left:
        free = [name for name, needs in left.items() if not needs & left.keys()]
        if not free:
            yield f"steps wait for each other: {', '.join(sorted(left))}"
            return
        for name in free:
            del left[name]


def _step(entry: _Found) -> Step:
    document = entry.document
    files = {
        file["PropertyFileName"]: PropertyFile(file["OutputName"], file["FilePath"])
        for file in document.get("PropertyFiles", [])
    }
    return Step(
        name=document["Name"],
        type=document["Type"],
        arguments=document["Arguments"],
        document=document,
        after=_after(entry),
        branch=entry.branch,
        display_name=document.get("DisplayName"),
        description=document.get("Description"),
        expires=caching.expiry(document),
        property_files=files,
        retries=retries.parse(document),
    )
