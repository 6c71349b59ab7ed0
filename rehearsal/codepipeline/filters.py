"""Triggers of a pipeline: what a host tells, held against the filters of a source action.

https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-filter.html
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rehearsal.api import Params
from rehearsal.ports import HostChange

_HEADS, _TAGS = "refs/heads/", "refs/tags/"
EVENTS = ("OPEN", "UPDATED", "CLOSED")
_MOST_FILTERS, _MOST_PATTERNS = 3, 8
_PUSH, _PULL = {"tags", "branches", "filePaths"}, {"events", "branches", "filePaths"}


def starts(triggers: Sequence[Params], action: Params, change: HostChange) -> bool:
    """Whether a change starts the pipeline whose source `action` is of the repository that changed."""
    own = [each["gitConfiguration"] for each in triggers]
    own = [each for each in own if each["sourceActionName"] == action["name"]]
    configuration = action["configuration"]
    if not own:
        detects = str(configuration.get("DetectChanges", "true")).lower() == "true"
        return detects and not change.event and change.ref == _HEADS + configuration["BranchName"]
    kind = "pullRequest" if change.event else "push"
    return any(_passes(each, change) for git in own for each in git.get(kind) or [])


def variables(change: HostChange) -> dict[str, str]:
    """What of a change actions may refer to, besides the commit."""
    if change.event:
        return {"PullRequestId": str(change.number), "PullRequestTitle": change.title,
                "SourceBranchName": change.ref.removeprefix(_HEADS), "DestinationBranchName": change.base}  # fmt: skip
    return {"TagName": change.ref.removeprefix(_TAGS)} if change.ref.startswith(_TAGS) else {}


def problems(declaration: Params, sources: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with the triggers of a pipeline; `sources` are its source actions and their providers."""
    named: list[str] = []
    for trigger in declaration.get("triggers") or []:
        git = trigger.get("gitConfiguration") or {}
        name = str(git.get("sourceActionName"))
        if declaration.get("pipelineType", "V1") != "V2":
            yield "triggers are supported by pipelines of type V2 only"
        if trigger.get("providerType") != "CodeStarSourceConnection" or sources.get(name) != trigger["providerType"]:
            yield f"trigger: {name} is no source action of the provider CodeStarSourceConnection"
        if name in named:
            yield f"trigger: there is more than one for the source action {name}"
        named.append(name)
        if not (git.get("push") or git.get("pullRequest")):
            yield f"trigger of {name}: it has neither push nor pullRequest"
        for kind, known in (("push", _PUSH), ("pullRequest", _PULL)):
            yield from (f"trigger of {name}: {text}" for text in _filters(kind, known, git.get(kind) or []))


def _filters(kind: str, known: set[str], filters: list[Params]) -> Iterator[str]:
    if len(filters) > _MOST_FILTERS:
        yield f"{kind}: got {len(filters)} filters, expected {_MOST_FILTERS} at most"
    for each in filters:
        given = {name for name, value in each.items() if value}
        if given - known:
            yield f"{kind}: the embedded AWS does not support {', '.join(sorted(given - known))}"
        if "tags" in given and len(given) > 1:
            yield f"{kind}: tags go with no other filter"
        if not given or given == {"events"}:
            yield f"{kind}: a filter has branches{', filePaths or tags' if kind == 'push' else ' or filePaths'}"
        for event in each.get("events") or []:
            if event not in EVENTS:
                yield f"{kind}: got the event {event!r}, expected {', '.join(EVENTS)}"
        for name in given & {"tags", "branches", "filePaths"}:
            sizes = [len(each[name].get(side) or []) for side in ("includes", "excludes")]
            if max(sizes) > _MOST_PATTERNS or not any(sizes):
                yield f"{kind}.{name}: expected 1 to {_MOST_PATTERNS} includes or excludes"


def _passes(wanted: Params, change: HostChange) -> bool:
    """Whether a change passes all parts of one filter."""
    if change.event and change.event not in (wanted.get("events") or EVENTS):
        return False
    if wanted.get("tags"):
        return change.ref.startswith(_TAGS) and _any([change.ref.removeprefix(_TAGS)], wanted["tags"])
    if not change.event and not change.ref.startswith(_HEADS):
        return False
    branch = change.base if change.event else change.ref.removeprefix(_HEADS)
    branches, paths = wanted.get("branches"), wanted.get("filePaths")
    return (not branches or _any([branch], branches)) and (not paths or _any(change.paths, paths))


def _any(values: Sequence[str], criteria: Mapping[str, Any]) -> bool:
    """Whether one of the values is included (all are, without includes) and not excluded."""
    includes, excludes = criteria.get("includes") or [], criteria.get("excludes") or []
    left = [value for value in values if not any(_glob(each).fullmatch(value) for each in excludes)]
    return any(not includes or any(_glob(each).fullmatch(value) for each in includes) for value in left)


@functools.lru_cache(maxsize=1024)
def _glob(pattern: str) -> re.Pattern[str]:
    """A pattern: `*` and `?` stay within a part of a path, `**` goes through, `{a,b}` and `[a-z]` are choices.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/syntax-glob.html
    """
    made, depth, index = "", 0, 0
    while index < len(pattern):
        sign = pattern[index]
        if pattern.startswith("**", index):
            made, index = made + ".*", index + 1
        elif sign in "*?":
            made += "[^/]*" if sign == "*" else "[^/]"
        elif sign == "{" or (sign == "}" and depth):
            depth += 1 if sign == "{" else -1
            made += "(?:" if sign == "{" else ")"
        elif sign == "," and depth:
            made += "|"
        elif sign == "[" and (end := pattern.find("]", index + 1)) > 0:
            inner = pattern[index + 1 : end].replace("\\", "\\\\")
            made, index = f"{made}[{'^' + inner[1:] if inner[:1] in '!^' else inner}]", end
        else:
            made += re.escape(sign)
        index += 1
    return re.compile(made + ")" * depth)
