"""Runs a definition from its first state to its last."""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Callable
from typing import Any

from rehearsal.states import choices, integrations, paths, templates
from rehearsal.states.failures import TaskFailed
from rehearsal.states.paths import PathError

Record = Callable[[str, dict[str, Any]], None]
"""Called with the type and the details of each event of the history."""

ClientOf = Callable[[str, str | None], Any]
"""A client of a service by botocore's name, acting as the state machine's role, or as one that this takes, by ARN.

Raises TaskFailed where it may not take that.
"""

_STEPS = 25_000


class Failed(Exception):
    """The execution failed with an error and a cause."""

    def __init__(self, error: str, cause: str) -> None:
        super().__init__(cause)
        self.error = error
        self.cause = cause


class TimedOut(Failed):
    """The execution took longer than TimeoutSeconds."""


class Interpreter:
    """One execution; `sleep` waits for the seconds of a retry or of a Wait state, or for a part of them.

    TimeoutSeconds count those seconds whole.
    """

    def __init__(self, definition: dict[str, Any], client: ClientOf, record: Record, sleep: Callable[[float], None]):
        self._definition = definition
        self._client = client
        self._record = record
        self._sleep = sleep
        self._began, self._slept = time.monotonic(), 0.0
        self._kinds: dict[str, Callable[[dict[str, Any], Any, Any], tuple[Any, str | None]]] = {
            "Task": self._task,
            "Pass": self._pass,
            "Choice": self._choice,
            "Wait": self._wait,
            "Succeed": self._succeed,
            "Fail": self._fail,
        }

    def run(self, data: Any, context: dict[str, Any]) -> Any:
        """The output. Raises Failed."""
        name: str | None = self._definition["StartAt"]
        for _ in range(_STEPS):
            assert name is not None
            state = self._definition["States"][name]
            context = context | {"State": {"Name": name}}
            self._record(f"{state['Type']}StateEntered", {"name": name, "input": data})
            try:
                output, following = self._kinds[state["Type"]](state, data, context)
            except PathError as error:
                text = f"An error occurred while executing the state '{name}': {error}"
                raise Failed("States.Runtime", text) from None
            self._record(f"{state['Type']}StateExited", {"name": name, "output": output})
            self._in_time()
            if following is None:
                return output
            name, data = following, output
        raise Failed("States.Runtime", f"the execution had {_STEPS} steps, which is the limit")

    def _in_time(self) -> None:
        """Raises TimedOut."""
        limit = self._definition.get("TimeoutSeconds")
        if limit is not None and time.monotonic() - self._began + self._slept > limit:
            raise TimedOut("States.Timeout", "")

    def _rest(self, seconds: float) -> None:
        self._slept += seconds
        self._in_time()
        self._sleep(seconds)

    def _task(self, state: dict[str, Any], data: Any, context: Any) -> tuple[Any, str | None]:
        given = _through(state, "InputPath", data, context)
        integration = integrations.resolve(state["Resource"])
        attempts: dict[int, int] = {}
        result: Any = None
        while True:
            parameters = templates.fill(state.get("Parameters", {}), given, context)
            if integration.takes_input and "Parameters" not in state:
                parameters = given
            self._record("TaskScheduled", {"resource": state["Resource"], "parameters": parameters})
            try:
                role = templates.fill(state.get("Credentials", {}), given, context).get("RoleArn")
                client = self._client(integration.service, role)
                result = _within(state.get("TimeoutSeconds"), functools.partial(integration.run, client, parameters))
                break
            except TaskFailed as failed:
                self._record("TaskFailed", {"error": failed.error, "cause": str(failed)})
                wait = _retry(state, failed.error, attempts)
                if wait is not None:
                    self._rest(wait)
                    continue
                caught = self._catch(state, data, failed)
                if caught is None:
                    raise Failed(failed.error, str(failed)) from None
                return caught
        self._record("TaskSucceeded", {"resource": state["Resource"], "output": result})
        if "ResultSelector" in state:
            result = templates.fill(state["ResultSelector"], result, context)
        return self._out(state, data, result, context)

    def _catch(self, state: dict[str, Any], data: Any, failed: TaskFailed) -> tuple[Any, str] | None:
        for rule in state.get("Catch", []):
            if _equals(rule["ErrorEquals"], failed.error):
                error = {"Error": failed.error, "Cause": str(failed)}
                place = rule.get("ResultPath", "$")
                return (data if place is None else paths.put(place, data, error)), rule["Next"]
        return None

    def _pass(self, state: dict[str, Any], data: Any, context: Any) -> tuple[Any, str | None]:
        given = _through(state, "InputPath", data, context)
        if "Parameters" in state:
            given = templates.fill(state["Parameters"], given, context)
        return self._out(state, data, state.get("Result", given), context)

    def _wait(self, state: dict[str, Any], data: Any, context: Any) -> tuple[Any, str | None]:
        given = _through(state, "InputPath", data, context)
        seconds = paths.select(state["SecondsPath"], given, context) if "SecondsPath" in state else state["Seconds"]
        if isinstance(seconds, bool) or not isinstance(seconds, int) or seconds < 0:
            raise Failed("States.Runtime", f"The SecondsPath parameter does not reference an integer value: {seconds}")
        self._rest(seconds)
        return _through(state, "OutputPath", given, context), state.get("Next")

    def _choice(self, state: dict[str, Any], data: Any, context: Any) -> tuple[Any, str | None]:
        given = _through(state, "InputPath", data, context)
        output = _through(state, "OutputPath", given, context)
        for rule in state["Choices"]:
            if choices.matches(rule, given, context):
                return output, rule["Next"]
        if "Default" not in state:
            raise Failed("States.NoChoiceMatched", "no choice matched, and there is no Default")
        return output, state["Default"]

    def _succeed(self, state: dict[str, Any], data: Any, context: Any) -> tuple[Any, str | None]:
        return _through(state, "OutputPath", _through(state, "InputPath", data, context), context), None

    def _fail(self, state: dict[str, Any], data: Any, context: Any) -> tuple[Any, str | None]:
        def text(name: str) -> str:
            path = state.get(f"{name}Path")
            return str(paths.select(path, data, context) if path else state.get(name, ""))

        raise Failed(text("Error"), text("Cause"))

    def _out(self, state: dict[str, Any], data: Any, result: Any, context: Any) -> tuple[Any, str | None]:
        place = state.get("ResultPath", "$")
        output = data if place is None else paths.put(place, data, result)
        return _through(state, "OutputPath", output, context), state.get("Next")


def _through(state: dict[str, Any], name: str, data: Any, context: Any) -> Any:
    path = state.get(name, "$")
    return {} if path is None else paths.select(path, data, context)


def _within(seconds: int | None, call: Callable[[], Any]) -> Any:
    """What `call` gives; a call that takes longer goes on, and nobody waits. Raises TaskFailed States.Timeout."""
    if seconds is None:
        return call()
    given: list[Any] = []
    failed: list[Exception] = []

    def run() -> None:
        try:
            given.append(call())
        except Exception as error:
            failed.append(error)

    thread = threading.Thread(target=run, daemon=True, name="task with a timeout")
    thread.start()
    thread.join(seconds)
    if failed:
        raise failed[0]
    if not given:
        raise TaskFailed("States.Timeout", "")
    return given[0]


def _equals(names: list[str], error: str) -> bool:
    general = {"States.ALL", "States.TaskFailed"} if error != "States.Runtime" else set()
    general -= {"States.TaskFailed"} if error == "States.Timeout" else set()
    return error in names or bool(general & set(names))


def _retry(state: dict[str, Any], error: str, attempts: dict[int, int]) -> float | None:
    """Seconds until the next attempt, None when there is none; counts it in `attempts`."""
    for number, rule in enumerate(state.get("Retry", [])):
        if _equals(rule["ErrorEquals"], error):
            made = attempts.get(number, 0)
            if made >= rule.get("MaxAttempts", 3):
                return None
            attempts[number] = made + 1
            wait = rule.get("IntervalSeconds", 1) * rule.get("BackoffRate", 2.0) ** made
            return float(min(wait, rule.get("MaxDelaySeconds", wait)))
    return None
