"""The operations on state machines and their tags."""

from __future__ import annotations

import re
import threading
import uuid
from typing import Any

from rehearsal.api import ApiError, Caller, Params, partition_of
from rehearsal.params import only, page
from rehearsal.ports import Authorization, Platform
from rehearsal.roles import trusts_service
from rehearsal.states import definition, logs, sagemaker_tasks
from rehearsal.states.state import Machine, now
from rehearsal.tagging import Tagging

_NAME = re.compile(r"^[\w-]{1,80}$", re.ASCII)
_CREATE = {"name", "definition", "roleArn", "type", "loggingConfiguration", "tags", "tracingConfiguration"}
_UPDATE = {"stateMachineArn", "definition", "roleArn", "loggingConfiguration", "tracingConfiguration"}


class Machines:
    """The state machines of all accounts. Thread-safe."""

    def __init__(self, platform: Platform, iam: Authorization) -> None:
        self._platform = platform
        self._iam = iam
        self._lock = threading.RLock()
        self._machines: dict[str, Machine] = {}
        self.tagging = Tagging(self.tags)

    def get(self, caller: Caller, arn: str) -> Machine:
        """A state machine of the caller's account and region. Raises ApiError StateMachineDoesNotExist."""
        with self._lock:
            found = self._machines.get(arn)
        if found is None or found.scope != caller.scope:
            raise ApiError("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'")
        return found

    def create_state_machine(self, caller: Caller, params: Params) -> Params:
        """Make a state machine; the same request again answers with the same machine.

        Raises ApiError InvalidName, ValidationException or StateMachineAlreadyExists.
        """
        params = _without_defaults(params)
        only(params, _CREATE, "CreateStateMachine")
        name, scope = params["name"], caller.scope
        if not _NAME.match(name):
            raise ApiError("InvalidName", f"Invalid Name: '{name}': expected 1 to 80 of letters, digits, - and _")
        kind = params.get("type", "STANDARD")
        if kind not in ("STANDARD", "EXPRESS"):
            raise ApiError("ValidationException", f"type: got {kind!r}, expected STANDARD or EXPRESS")
        arn = f"arn:{partition_of(caller.region)}:states:{caller.region}:{caller.account}:stateMachine:{name}"
        parsed = definition.parse(params["definition"])
        self.check_role(params["roleArn"], caller, arn)
        logs.check(self._platform, self._iam, scope, params.get("loggingConfiguration", {}), params["roleArn"])
        self._check_jobs(parsed, kind, params["roleArn"], caller.region)
        made = Machine(
            name,
            arn,
            scope,
            kind,
            params["definition"],
            parsed,
            params["roleArn"],
            params.get("loggingConfiguration", _NO_LOGS),
            params.get("tracingConfiguration", {"enabled": False}),
            str(uuid.uuid4()),
            now(),
            self.tagging.read(params.get("tags")),
        )
        with self._lock:
            there = self._machines.get(arn)
            if there and _same(there, made):
                return {"stateMachineArn": arn, "creationDate": there.created}
            if there:
                raise ApiError("StateMachineAlreadyExists", f"State Machine Already Exists: '{arn}'")
            self._machines[arn] = made
        return {"stateMachineArn": arn, "creationDate": made.created}

    def update_state_machine(self, caller: Caller, params: Params) -> Params:
        """Change a state machine; running executions go on with what they started with.

        Raises ApiError MissingRequiredParameter.
        """
        params = _without_defaults(params)
        only(params, _UPDATE, "UpdateStateMachine")
        if len(params) == 1:
            raise ApiError("MissingRequiredParameter", "Either the definition, the role ARN or a configuration needed")
        machine = self.get(caller, params["stateMachineArn"])
        parsed = definition.parse(params["definition"]) if "definition" in params else machine.parsed
        if "roleArn" in params:
            self.check_role(params["roleArn"], caller, machine.arn)
        role = params.get("roleArn", machine.role)
        logs.check(self._platform, self._iam, machine.scope, params.get("loggingConfiguration", {}), role)
        self._check_jobs(parsed, machine.kind, role, caller.region)
        with self._lock:
            machine.definition, machine.parsed = params.get("definition", machine.definition), parsed
            machine.role = params.get("roleArn", machine.role)
            machine.logging = params.get("loggingConfiguration", machine.logging)
            machine.tracing = params.get("tracingConfiguration", machine.tracing)
            machine.revision = str(uuid.uuid4())
        return {"updateDate": now(), "revisionId": machine.revision}

    def _check_jobs(self, parsed: dict[str, Any], kind: str, role: str, region: str) -> None:
        """A machine may wait for the jobs that it starts. Raises ApiError.

        https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html
        """
        waited = sagemaker_tasks.jobs(parsed)
        if waited and kind == "EXPRESS":
            text = "Express state machine does not support '.sync' service integration"
            raise ApiError("InvalidDefinition", f"Invalid State Machine Definition: '{text}'")
        sagemaker_tasks.check(self._platform, self._iam, waited, role, region)

    def describe_state_machine(self, caller: Caller, params: Params) -> Params:
        """One state machine."""
        only(params, {"stateMachineArn", "includedData"}, "DescribeStateMachine")
        return _described(self.get(caller, params["stateMachineArn"]))

    def list_state_machines(self, caller: Caller, params: Params) -> Params:
        """The state machines of the account, by name."""
        only(params, {"maxResults", "nextToken"}, "ListStateMachines")
        with self._lock:
            found = [each for each in self._machines.values() if each.scope == caller.scope]
        rows = [_described(each) for each in sorted(found, key=lambda machine: machine.name)]
        rows, token = page(rows, params.get("nextToken"), params.get("maxResults") or None)
        return {"stateMachines": rows, "nextToken": token}

    def delete_state_machine(self, caller: Caller, params: Params) -> Params:
        """Delete one; one that does not exist is no error."""
        only(params, {"stateMachineArn"}, "DeleteStateMachine")
        with self._lock:
            machine = self._machines.get(params["stateMachineArn"])
            if machine and machine.scope == caller.scope:
                del self._machines[machine.arn]
        return {}

    def tags(self, caller: Caller, arn: str) -> dict[str, str]:
        """The tags of a state machine. Raises ApiError ResourceNotFound."""
        try:
            return self.get(caller, arn).tags
        except ApiError:
            raise ApiError("ResourceNotFound", f"Resource not found: '{arn}'") from None

    def check_role(self, role: str, caller: Caller, machine: str | None = None) -> None:
        """Step Functions must be able to take on the role for a state machine (its ARN). Raises ApiError."""
        if f"::{caller.account}:" not in role:
            raise ApiError("AccessDeniedException", f"Cross-account pass role is not allowed: {role}")
        names = ("states.amazonaws.com", f"states.{caller.region}.amazonaws.com")
        if not any(trusts_service(role, name, source=machine) for name in names):
            text = "Neither the global service principal states.amazonaws.com, nor the regional one is authorized to "
            raise ApiError("AccessDeniedException", f"{text}assume the provided role: {role}")


_NO_LOGS: Params = {"level": "OFF", "includeExecutionData": False}


def _without_defaults(params: Params) -> Params:
    """Members whose value is the default of what the embedded AWS does not have."""
    found = dict(params)
    if found.get("publish") is False:
        del found["publish"]
    if found.get("encryptionConfiguration", {}).get("type") == "AWS_OWNED_KEY":
        del found["encryptionConfiguration"]
    return found


def _same(there: Machine, made: Machine) -> bool:
    return all(getattr(there, name) == getattr(made, name) for name in ("kind", "definition", "role", "logging"))


def _described(machine: Machine) -> Params:
    return {
        "stateMachineArn": machine.arn,
        "name": machine.name,
        "status": "ACTIVE",
        "definition": machine.definition,
        "roleArn": machine.role,
        "type": machine.kind,
        "creationDate": machine.created,
        "loggingConfiguration": machine.logging,
        "tracingConfiguration": machine.tracing,
        "revisionId": machine.revision,
    }
