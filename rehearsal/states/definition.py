"""Definitions in the Amazon States Language: everything wrong or not supported is refused when a machine is made.

https://states-language.net/spec.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from rehearsal.api import ApiError
from rehearsal.states import choices, integrations, paths, templates

_TOP = {"Comment", "StartAt", "States", "TimeoutSeconds", "Version", "QueryLanguage"}
_COMMON = {"Type", "Comment", "QueryLanguage"}
_FLOW = {"Next", "End"}
_INPUT = {"InputPath", "OutputPath"}
_FIELDS = {
    "Task": _COMMON
    | _FLOW
    | _INPUT
    | {"Resource", "Parameters", "ResultSelector", "ResultPath", "Retry", "Catch", "TimeoutSeconds"}
    | {"Credentials"},
    "Pass": _COMMON | _FLOW | _INPUT | {"Parameters", "Result", "ResultPath"},
    "Choice": _COMMON | _INPUT | {"Choices", "Default"},
    "Wait": _COMMON | _FLOW | _INPUT | {"Seconds", "SecondsPath"},
    "Succeed": _COMMON | _INPUT,
    "Fail": _COMMON | {"Error", "Cause", "ErrorPath", "CausePath"},
}
_RETRY = {
    "ErrorEquals",
    "IntervalSeconds",
    "MaxAttempts",
    "BackoffRate",
    "MaxDelaySeconds",
    "JitterStrategy",
    "Comment",
}
_CATCH = {"ErrorEquals", "Next", "ResultPath", "Comment"}
_LIMIT = 1024 * 1024
_LONGEST_WAIT = 99_999_999


def parse(text: str) -> dict[str, Any]:
    """A checked definition. Raises ApiError InvalidDefinition that names every problem with its place."""
    if len(text.encode()) > _LIMIT:
        raise _invalid([f"got {len(text.encode())} bytes, expected at most {_LIMIT}"])
    try:
        found = json.loads(text)
    except ValueError as error:
        raise _invalid([f"INVALID_JSON_DESCRIPTION: {error}"]) from None
    wrong = list(problems(found))
    if wrong:
        raise _invalid(wrong)
    return dict(found)


def problems(definition: Any) -> Iterator[str]:
    """Every problem of a definition."""
    if not isinstance(definition, dict) or not isinstance(definition.get("States"), dict):
        yield "expected an object with StartAt and States"
        return
    for name in sorted(set(definition) - _TOP):
        yield f"/{name}: the embedded AWS does not support the field {name}"
    yield from _language(definition, "")
    yield from _timeout(definition, "")
    states = definition["States"]
    if definition.get("StartAt") not in states:
        yield f"/StartAt: MISSING_TRANSITION_TARGET: there is no state {definition.get('StartAt')!r}"
    for name, state in states.items():
        yield from _state(state, f"/States/{name}", states)
    if not any(
        isinstance(each, dict) and (each.get("End") or each.get("Type") in ("Succeed", "Fail"))
        for each in states.values()
    ):
        yield "MISSING_END_STATE: no state ends the execution"
    reached = _reached(definition)
    for name in states:
        if name not in reached:
            yield f"/States/{name}: UNREACHABLE_STATE: no transition leads to it"


def _state(state: Any, where: str, states: dict[str, Any]) -> Iterator[str]:
    kind = state.get("Type") if isinstance(state, dict) else None
    if kind not in _FIELDS:
        yield f"{where}/Type: the embedded AWS does not support a state of type {kind}: {', '.join(_FIELDS)} only"
        return
    yield from _language(state, where)
    for name in sorted(set(state) - _FIELDS[kind]):
        yield f"{where}/{name}: the embedded AWS does not support the field {name} of a {kind} state"
    if "Next" in _FIELDS[kind] and ("Next" in state) == (state.get("End") is True):
        yield f"{where}: expected either Next or End: true"
    for target in transitions(state):
        if target not in states:
            yield f"{where}: MISSING_TRANSITION_TARGET: there is no state {target!r}"
    for name in ("InputPath", "OutputPath", "ResultPath", "ErrorPath", "CausePath", "SecondsPath"):
        if state.get(name) is not None:
            yield from paths.problem(state[name], f"{where}/{name}")
    for name in ("Parameters", "ResultSelector"):
        yield from templates.problems(state.get(name, {}), f"{where}/{name}")
    yield from _OF_KIND.get(kind, _nothing)(state, where)


def transitions(state: dict[str, Any]) -> list[str]:
    """The states that may follow a state."""
    rules = [*state.get("Choices", []), *state.get("Catch", [])]
    found = [state.get("Next"), state.get("Default"), *(rule.get("Next") for rule in rules if isinstance(rule, dict))]
    return [name for name in found if name is not None]


def _reached(definition: dict[str, Any]) -> set[str]:
    states = definition["States"]
    reached: set[str] = set()
    todo: list[str] = [str(definition.get("StartAt"))]
    while todo:
        name = todo.pop()
        if name in reached or not isinstance(states.get(name), dict):
            continue
        reached.add(name)
        todo += transitions(states[name])
    return reached


def _language(node: dict[str, Any], where: str) -> Iterator[str]:
    if node.get("QueryLanguage", "JSONPath") != "JSONPath":
        yield f"{where}/QueryLanguage: the embedded AWS does not support {node['QueryLanguage']}: only JSONPath"
    for name in ("Arguments", "Output", "Assign"):
        if where and name in node:
            yield f"{where}/{name}: is for JSONata and variables, which the embedded AWS does not support"


def _timeout(node: dict[str, Any], where: str) -> Iterator[str]:
    seconds = node.get("TimeoutSeconds", 1)
    if isinstance(seconds, bool) or not isinstance(seconds, int) or not 1 <= seconds <= _LONGEST_WAIT:
        yield f"{where}/TimeoutSeconds: got {seconds!r}, expected a whole number from 1 to {_LONGEST_WAIT}"


def _task(state: dict[str, Any], where: str) -> Iterator[str]:
    yield from _timeout(state, where)
    credentials = state.get("Credentials", {"RoleArn": ""})
    if not isinstance(credentials, dict) or {key.removesuffix(".$") for key in credentials} != {"RoleArn"}:
        yield f"{where}/Credentials: got {credentials!r}, expected an object with RoleArn"
    else:
        yield from templates.problems(credentials, f"{where}/Credentials")
    try:
        integration = integrations.resolve(str(state.get("Resource")))
    except integrations.IntegrationError as error:
        yield f"{where}/Resource: {error}"
    else:
        yield from integration.problems(state.get("Parameters", {}), f"{where}/Parameters")
    for member, known in (("Retry", _RETRY), ("Catch", _CATCH)):
        for number, rule in enumerate(state.get(member, [])):
            here = f"{where}/{member}[{number}]"
            for name in sorted(set(rule) - known):
                yield f"{here}/{name}: the embedded AWS does not support the field {name}"
            if not rule.get("ErrorEquals"):
                yield f"{here}/ErrorEquals: missing"
            if member == "Catch" and "Next" not in rule:
                yield f"{here}/Next: missing"


def _choice(state: dict[str, Any], where: str) -> Iterator[str]:
    if not state.get("Choices"):
        yield f"{where}/Choices: missing"
    for number, rule in enumerate(state.get("Choices", [])):
        here = f"{where}/Choices[{number}]"
        yield from choices.problems(rule, here)
        if isinstance(rule, dict) and "Next" not in rule:
            yield f"{here}/Next: missing"


def _wait(state: dict[str, Any], where: str) -> Iterator[str]:
    if ("Seconds" in state) == ("SecondsPath" in state):
        yield f"{where}: expected exactly one of Seconds and SecondsPath"
    seconds = state.get("Seconds", 1)
    if isinstance(seconds, bool) or not isinstance(seconds, int) or not 0 <= seconds <= _LONGEST_WAIT:
        yield f"{where}/Seconds: got {seconds!r}, expected a whole number from 0 to {_LONGEST_WAIT}"


def _nothing(state: dict[str, Any], where: str) -> Iterator[str]:
    yield from ()


_OF_KIND: dict[str, Callable[[dict[str, Any], str], Iterator[str]]] = {"Task": _task, "Choice": _choice, "Wait": _wait}


def _invalid(wrong: list[str]) -> ApiError:
    return ApiError("InvalidDefinition", f"Invalid State Machine Definition: '{'; '.join(wrong)}'")
