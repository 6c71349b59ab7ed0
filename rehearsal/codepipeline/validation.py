"""Checks of a pipeline's structure: everything unsupported is refused by name, with its place.

https://docs.aws.amazon.com/codepipeline/latest/userguide/reference-pipeline-structure.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from rehearsal.api import ApiError, Params
from rehearsal.codepipeline import filters
from rehearsal.codepipeline.actions import PROVIDERS
from rehearsal.codepipeline.actions.base import Provider
from rehearsal.codepipeline.variables import references

_NAME = re.compile(r"^[A-Za-z0-9.@_-]{1,100}\Z")
_ARTIFACT = re.compile(r"^[a-zA-Z0-9_-]{1,100}\Z")
_NAMESPACE = re.compile(r"^[A-Za-z0-9@_-]{1,100}\Z")
_PIPELINE = {"name", "roleArn", "artifactStore", "artifactStores", "stages", "version", "executionMode",
             "pipelineType", "variables", "triggers"}  # fmt: skip
_STAGE = {"name", "actions", "blockers", "onFailure"}
_ACTION = {"name", "actionTypeId", "runOrder", "configuration", "outputArtifacts", "inputArtifacts", "roleArn",
           "region", "namespace", "timeoutInMinutes"}  # fmt: skip

_CODE = "InvalidActionDeclarationException"

Problem = tuple[str, str]  # AWS's error code and the text


@dataclass
class _Seen:
    """What earlier actions made: artifacts, and variables by namespace (None: any name)."""

    declaration: Params
    region: str
    variables: dict[str, set[str] | None]
    artifacts: set[str] = field(default_factory=set)


def check(declaration: Params, region: str) -> None:
    """Refuse a structure that cannot run, naming all its problems. Raises ApiError with the code of the first."""
    problems = list(_problems(declaration, region))
    if problems:
        raise ApiError(problems[0][0], "; ".join(text for _, text in problems))


def _problems(declaration: Params, region: str) -> Iterator[Problem]:
    name = declaration.get("name") or ""
    if not _NAME.match(name):
        yield "ValidationException", f"{name!r} is no name of a pipeline"
    yield from _members(declaration, _PIPELINE, f"pipeline {name}")
    first: Params = next(iter(declaration.get("stages") or []), {})
    sources = {each["name"]: each["actionTypeId"]["provider"] for each in first.get("actions") or []}
    yield from (("InvalidStructureException", text) for text in filters.problems(declaration, sources))
    if not declaration.get("roleArn"):
        yield "ValidationException", "roleArn of a pipeline is required"
    if bool(declaration.get("artifactStore")) == bool(declaration.get("artifactStores")):
        yield "InvalidStructureException", "a pipeline has either artifactStore or artifactStores"
    if declaration.get("artifactStores") and region not in declaration["artifactStores"]:
        yield "InvalidStructureException", f"artifactStores has no store for the pipeline's region {region}"
    if declaration.get("pipelineType", "V1") == "V1":
        v2 = [each for each in ("variables",) if declaration.get(each)]
        v2 += ["executionMode"] if declaration.get("executionMode", "SUPERSEDED") != "SUPERSEDED" else []
        for each in v2:
            yield "InvalidStructureException", f"{each} is supported by pipelines of type V2 only"
    stages = declaration.get("stages") or []
    if len(stages) < 2:
        yield "InvalidStructureException", f"a pipeline has at least two stages, got {len(stages)}"
    yield from _duplicates([stage.get("name", "") for stage in stages], "InvalidStageDeclarationException", "stage")
    declared = {each["name"] for each in declaration.get("variables") or []}
    seen = _Seen(declaration, region, {"variables": declared, "codepipeline": None})
    for number, stage in enumerate(stages):
        yield from _stage(seen, number, stage)


def _stage(seen: _Seen, number: int, stage: Params) -> Iterator[Problem]:
    place = f"stage {stage.get('name')}"
    yield from _members(stage, _STAGE, place)
    if stage.get("blockers"):
        yield "InvalidBlockerDeclarationException", f"the embedded AWS does not support blockers of {place}"
    if (stage.get("onFailure") or {"result": "FAIL"}) != {"result": "FAIL"}:
        yield "InvalidStageDeclarationException", f"the embedded AWS does not support onFailure of {place}"
    actions = stage.get("actions") or []
    if not actions:
        yield "InvalidStageDeclarationException", f"{place} has no actions"
    yield from _duplicates([action["name"] for action in actions], _CODE, f"action of {place}")
    for action in sorted(actions, key=lambda each: each.get("runOrder") or 1):
        where = f"action {action['name']} of {place}"
        for code, text in _action(seen, number, action):
            yield code, f"{where}: {text}"
        for artifact in action.get("outputArtifacts") or []:
            if artifact["name"] in seen.artifacts:
                yield _CODE, f"{where}: output artifact {artifact['name']} has that name twice"
            seen.artifacts.add(artifact["name"])
        if action.get("namespace"):
            if action["namespace"] in seen.variables:
                yield _CODE, f"{where}: namespace {action['namespace']} is taken"
            seen.variables[action["namespace"]] = None


def _action(seen: _Seen, number: int, action: Params) -> Iterator[Problem]:
    kind = action["actionTypeId"]
    category, provider = kind["category"], kind["provider"]
    yield from _members(action, _ACTION, "an action", _CODE)
    found = PROVIDERS.get((category, provider)) if (kind["owner"], kind["version"]) == ("AWS", "1") else None
    if found is None:
        supported = ", ".join(f"{each}/{name}" for each, name in sorted(PROVIDERS))
        got = f"{category}/{kind['owner']}/{provider} version {kind['version']}"
        yield _CODE, f"the embedded AWS does not support {got}: supported are {supported}"
        return
    if (category == "Source") != (number == 0):
        yield _CODE, "the first stage has source actions only, and the others none"
    minutes = action.get("timeoutInMinutes")
    if minutes is not None and category != "Approval":
        yield _CODE, "timeoutInMinutes is for manual approvals only"
    elif minutes is not None and not 5 <= minutes <= 86400:
        yield _CODE, f"timeoutInMinutes: got {minutes}, expected 5 to 86400"
    region = action.get("region") or seen.region
    if region != seen.region and region not in (seen.declaration.get("artifactStores") or {}):
        yield _CODE, f"region {region} has no artifact store in artifactStores"
    if action.get("namespace") and not _NAMESPACE.match(action["namespace"]):
        yield _CODE, f"{action['namespace']!r} is no namespace"
    yield from _action_artifacts(seen, action, found)
    yield from _configuration(seen, action, found)


def _action_artifacts(seen: _Seen, action: Params, provider: Provider) -> Iterator[Problem]:
    for member, (low, high) in (("inputArtifacts", provider.inputs), ("outputArtifacts", provider.outputs)):
        artifacts = action.get(member) or []
        if not low <= len(artifacts) <= high:
            yield _CODE, f"{member}: got {len(artifacts)}, expected {low} to {high}"
        for artifact in artifacts:
            yield from _members(artifact, {"name"}, member, _CODE)
            if not _ARTIFACT.match(artifact["name"]):
                yield _CODE, f"{artifact['name']!r} is no name of an artifact"
            if member == "inputArtifacts" and artifact["name"] not in seen.artifacts:
                yield _CODE, f"input artifact {artifact['name']} is made by no earlier action"


def _configuration(seen: _Seen, action: Params, provider: Provider) -> Iterator[Problem]:
    configuration = action.get("configuration") or {}
    required, optional = provider.required.split(), provider.optional.split()
    missing = sorted({*required} - {*configuration})
    unknown = sorted({*configuration} - {*required, *optional})
    if missing:
        yield _CODE, f"configuration lacks {', '.join(missing)}"
    if unknown:
        yield _CODE, f"the embedded AWS does not support {', '.join(unknown)} in its configuration"
    for key, value in configuration.items():
        for namespace, name in references(value):
            names = seen.variables.get(namespace, set())
            if names is not None and name not in names:
                yield _CODE, f"{key} refers to #{{{namespace}.{name}}}, which no earlier action and no variable has"
    if not missing and (text := provider.check({**action, "configuration": configuration})):
        yield _CODE, f"the embedded AWS does not support {text}"


def _members(given: Params, known: set[str], what: str, code: str = "InvalidStructureException") -> Iterator[Problem]:
    unknown = sorted(name for name, value in given.items() if name not in known and value not in (None, [], {}))
    if unknown:
        yield code, f"the embedded AWS does not support {', '.join(unknown)} of {what}"


def _duplicates(names: list[str], code: str, what: str) -> Iterator[Problem]:
    for name in sorted({each for each in names if names.count(each) > 1}):
        yield code, f"{what} {name} is there more than once"
