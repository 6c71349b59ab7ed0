"""Definitions and single states that are tried, not kept.

https://docs.aws.amazon.com/step-functions/latest/dg/test-state-isolation.html
"""

from __future__ import annotations

import json
from typing import Any

from rehearsal.api import ApiError, Caller, Params, unsupported
from rehearsal.params import only
from rehearsal.ports import Platform
from rehearsal.states import definition
from rehearsal.states.interpreter import Failed, Interpreter
from rehearsal.states.machines import Machines

_NAME = "State"


class _Retriable(Exception):
    """The state would be tried again."""


class Trying:
    """ValidateStateMachineDefinition and TestState."""

    def __init__(self, platform: Platform, machines: Machines) -> None:
        self._platform = platform
        self._machines = machines

    def validate_state_machine_definition(self, caller: Caller, params: Params) -> Params:
        """What is wrong with a definition, or not supported here."""
        only(params, {"definition", "type", "severity", "maxResults"}, "ValidateStateMachineDefinition")
        try:
            wrong = list(definition.problems(json.loads(params["definition"])))
        except ValueError as error:
            wrong = [f"not a JSON: {error}"]
        rows = []
        for text in wrong[: params.get("maxResults") or 100]:
            place, _, message = text.rpartition(": ")
            row = {"severity": "ERROR", "code": "SCHEMA_VALIDATION_FAILED", "message": message or text}
            rows.append(row | ({"location": place} if place.startswith("/") else {}))
        return {"result": "FAIL" if rows else "OK", "diagnostics": rows, "truncated": len(rows) < len(wrong)}

    def test_state(self, caller: Caller, params: Params) -> Params:
        """Run one state with its role. Raises ApiError InvalidDefinition or InvalidExecutionInput."""
        only(params, {"definition", "roleArn", "input", "inspectionLevel"}, "TestState")
        if params.get("inspectionLevel", "INFO") != "INFO":
            only(params, {"definition", "roleArn", "input"}, "TestState")
        whole = self._whole(params["definition"])
        state = whole["States"][_NAME]
        try:
            given = json.loads(params.get("input") or "{}")
        except ValueError as error:
            raise ApiError("InvalidExecutionInput", f"Invalid State Input: '{error}'") from None
        if "roleArn" in params:
            self._machines.check_role(params["roleArn"], caller)
        entered: list[str] = []

        def record(kind: str, details: dict[str, Any]) -> None:
            if kind.endswith("StateEntered"):
                entered.append(details["name"])

        def client(service: str, assumed: str | None) -> Any:
            if assumed:
                raise unsupported("Credentials of a state in TestState")
            role = params["roleArn"]
            return self._platform.client(service, account=caller.account, region=caller.region, role=role)

        def sleep(seconds: float) -> None:
            raise _Retriable

        try:
            output = Interpreter(whole, client, record, sleep).run(given, {})
        except _Retriable:
            return {"status": "RETRIABLE"}
        except Failed as failed:
            return {"status": "FAILED", "error": failed.error, "cause": failed.cause}
        following = entered[1] if len(entered) > 1 else None
        caught = following in {rule["Next"] for rule in state.get("Catch", [])} and following != state.get("Next")
        return {"status": "CAUGHT_ERROR" if caught else "SUCCEEDED", "output": json.dumps(output),
                "nextState": following}  # fmt: skip

    def _whole(self, text: str) -> dict[str, Any]:
        """A definition of the state and those that may follow. Raises ApiError InvalidDefinition."""
        try:
            state = json.loads(text)
        except ValueError as error:
            raise ApiError(
                "InvalidDefinition", f"Invalid State Definition: 'INVALID_JSON_DESCRIPTION: {error}'"
            ) from None
        followers = {name: {"Type": "Succeed"} for name in _followers(state)} if isinstance(state, dict) else {}
        whole = {"StartAt": _NAME, "States": {**followers, _NAME: state}}
        wrong = list(definition.problems(whole))
        if wrong:
            raise ApiError("InvalidDefinition", f"Invalid State Definition: '{'; '.join(wrong)}'")
        return whole


def _followers(state: dict[str, Any]) -> set[str]:
    """The states that may follow."""
    rules = [rule for name in ("Choices", "Catch") for rule in state.get(name) or [] if isinstance(rule, dict)]
    found = {state.get("Next"), state.get("Default"), *(rule.get("Next") for rule in rules)}
    return {name for name in found if isinstance(name, str) and name != _NAME}
