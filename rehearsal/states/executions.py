"""The operations on executions, and the threads that run them."""

from __future__ import annotations

import json
import logging
import re
import threading
import uuid
from typing import Any

from botocore.exceptions import ClientError

from rehearsal.api import ApiError, Caller, Params
from rehearsal.params import only, page
from rehearsal.ports import EventSink, Platform
from rehearsal.states import logs
from rehearsal.states.failures import TaskFailed
from rehearsal.states.interpreter import Failed, Interpreter, TimedOut
from rehearsal.states.machines import Machines
from rehearsal.states.state import Execution, Machine, now

log = logging.getLogger(__name__)

_NAME = re.compile(r"^[\w-]{1,80}$", re.ASCII)
_SYNC_SECONDS = 300.0


class Executions:
    """Starts executions. Express ones are not kept, as on AWS: their log is all there is, and `failures` here."""

    def __init__(self, platform: Platform, machines: Machines, bus: EventSink) -> None:
        self._platform = platform
        self._machines = machines
        self._bus = bus
        self._lock = threading.Lock()
        self._kept: dict[str, Execution] = {}
        self.failures: list[Execution] = []

    def start_execution(self, caller: Caller, params: Params) -> Params:
        """Start in the background."""
        execution = self._new(caller, params, "StartExecution", sync=False)
        self._platform.background(lambda: self._run(execution), f"execution {execution.arn}")
        return {"executionArn": execution.arn, "startDate": execution.started}

    def start_sync_execution(self, caller: Caller, params: Params) -> Params:
        """Run an Express execution to its end. Raises ApiError States.Timeout."""
        execution = self._new(caller, params, "StartSyncExecution", sync=True)
        self._platform.background(lambda: self._run(execution), f"execution {execution.arn}")
        if not execution.ended.wait(_SYNC_SECONDS):
            raise ApiError("States.Timeout", "the execution did not end within five minutes")
        details = {"billedMemoryUsedInMB": 64, "billedDurationInMilliseconds": 100}
        return execution.describe() | {"billingDetails": details, "inputDetails": {"included": True}}

    def describe_execution(self, caller: Caller, params: Params) -> Params:
        """One execution of a Standard machine."""
        only(params, {"executionArn", "includedData"}, "DescribeExecution")
        return self._get(caller, params["executionArn"]).describe()

    def list_executions(self, caller: Caller, params: Params) -> Params:
        """The executions of a Standard machine, the newest first. Raises ApiError StateMachineTypeNotSupported."""
        only(params, {"stateMachineArn", "statusFilter", "maxResults", "nextToken"}, "ListExecutions")
        machine = self._machines.get(caller, params["stateMachineArn"])
        if machine.kind == "EXPRESS":
            raise ApiError("StateMachineTypeNotSupported", "This operation is not supported by this type of machine")
        with self._lock:
            found = [each for each in self._kept.values() if each.machine is machine][::-1]
        wanted = params.get("statusFilter")
        rows = [each.describe() for each in found if wanted in (None, each.status)]
        rows, token = page(rows, params.get("nextToken"), params.get("maxResults") or None)
        return {"executions": rows, "nextToken": token}

    def get_execution_history(self, caller: Caller, params: Params) -> Params:
        """The events of an execution of a Standard machine."""
        only(
            params,
            {"executionArn", "maxResults", "nextToken", "reverseOrder", "includeExecutionData"},
            "GetExecutionHistory",
        )
        events = list(self._get(caller, params["executionArn"]).history)
        rows = [_history(event) for event in (events[::-1] if params.get("reverseOrder") else events)]
        rows, token = page(rows, params.get("nextToken"), params.get("maxResults") or None)
        return {"events": rows, "nextToken": token}

    def _get(self, caller: Caller, arn: str) -> Execution:
        with self._lock:
            found = self._kept.get(arn)
        if found is None or found.machine.scope != caller.scope:
            raise ApiError("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")
        return found

    def _new(self, caller: Caller, params: Params, operation: str, *, sync: bool) -> Execution:
        only(params, {"stateMachineArn", "name", "input", "includedData"}, operation)
        machine = self._machines.get(caller, params["stateMachineArn"])
        if sync and machine.kind != "EXPRESS":
            raise ApiError("StateMachineTypeNotSupported", "This operation is not supported by this type of machine")
        name, text = params.get("name") or str(uuid.uuid4()), params.get("input") or "{}"
        if not _NAME.match(name):
            raise ApiError("InvalidName", f"Invalid Name: '{name}'")
        try:
            json.loads(text)
        except ValueError as error:
            raise ApiError("InvalidExecutionInput", f"Invalid State Machine Execution Input: '{error}'") from None
        execution = Execution(name, _arn(machine, name), machine, text, now())
        with self._lock:
            there = self._kept.get(execution.arn)
            if there:
                raise ApiError("ExecutionAlreadyExists", f"Execution Already Exists: '{execution.arn}'")
            if machine.kind == "STANDARD":
                self._kept[execution.arn] = execution
        return execution

    def _run(self, execution: Execution) -> None:
        machine = execution.machine
        account, region = machine.scope
        record = _Recorder(execution)
        self._tell(execution)
        record("ExecutionStarted", {"input": json.loads(execution.input), "roleArn": machine.role})

        def client(service: str, role: str | None) -> Any:
            if role is not None:
                return self._assumed(machine, role, service)
            return self._platform.client(service, account=account, region=region, role=machine.role)

        def sleep(seconds: float) -> None:
            self._platform.closed.wait(seconds * self._platform.wait_factor)

        try:
            output = Interpreter(machine.parsed, client, record, sleep).run(
                json.loads(execution.input), _context(execution)
            )
            execution.status, execution.output = "SUCCEEDED", json.dumps(output)
            record("ExecutionSucceeded", {"output": output})
        except TimedOut as late:
            self._failed(execution, record, late.error, late.cause, status="TIMED_OUT")
        except Failed as failed:
            self._failed(execution, record, failed.error, failed.cause)
        except Exception:
            if not self._platform.closed.is_set():
                log.exception("execution %s", execution.arn)
            text = "the embedded AWS failed at this execution; its log has the cause"
            self._failed(execution, record, "States.Runtime", text)
        finally:
            execution.stopped = now()
            logs.write(self._platform, execution)
            self._tell(execution)
            execution.ended.set()

    def _tell(self, execution: Execution) -> None:
        """The event of an execution's status; there are none of Express machines.

        https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
        """
        machine = execution.machine
        if machine.kind != "STANDARD":
            return
        account, region = machine.scope
        times = {"startDate": execution.started, "stopDate": execution.stopped}
        self._bus.emit(
            account=account,
            region=region,
            source="aws.states",
            detail_type="Step Functions Execution Status Change",
            detail={
                **execution.describe(),
                **{name: int(at.timestamp() * 1000) if at else None for name, at in times.items()},
                "inputDetails": {"included": True},
                "outputDetails": {"included": True} if execution.output is not None else None,
            },
            resources=[execution.arn],
        )

    def _assumed(self, machine: Machine, role: str, service: str) -> Any:
        """A client of the account of `role`, which the machine's own role takes. Raises TaskFailed where it may not.

        https://docs.aws.amazon.com/step-functions/latest/dg/concepts-access-cross-acct-resources.html
        """
        account, region = machine.scope
        sts = self._platform.client("sts", account=account, region=region, role=machine.role)
        try:
            taken = sts.assume_role(RoleArn=role, RoleSessionName=machine.name[:64])["Credentials"]
        except ClientError as error:
            raise TaskFailed("States.TaskFailed", str(error.response["Error"].get("Message"))) from None
        identity = self._platform.accounts.identify(taken["AccessKeyId"])
        return self._platform.client(service, account=role.split(":")[4], region=region, identity=identity)

    def _failed(self, execution: Execution, record: _Recorder, error: str, cause: str, status: str = "FAILED") -> None:
        execution.status, execution.error, execution.cause = status, error, cause
        record(f"Execution{status.title().replace('_', '')}", {"error": error, "cause": cause})
        self.failures.append(execution)
        log.warning("execution %s failed: %s: %s", execution.arn, error, cause)


class _Recorder:
    """Writes the history of one execution."""

    def __init__(self, execution: Execution) -> None:
        self._history = execution.history

    def __call__(self, kind: str, details: dict[str, Any]) -> None:
        event = {"id": len(self._history) + 1, "type": kind, "timestamp": now(), "details": details}
        self._history.append(event)


def _arn(machine: Machine, name: str) -> str:
    if machine.kind == "STANDARD":
        return f"{machine.arn.replace(':stateMachine:', ':execution:')}:{name}"
    return f"{machine.arn.replace(':stateMachine:', ':express:')}:{name}:{uuid.uuid4()}"


def _context(execution: Execution) -> dict[str, Any]:
    machine = execution.machine
    started = execution.started.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    return {
        "Execution": {
            "Id": execution.arn,
            "Name": execution.name,
            "Input": json.loads(execution.input),
            "RoleArn": machine.role,
            "StartTime": started,
        },
        "StateMachine": {"Id": machine.arn, "Name": machine.name},
    }


_DETAILS = {
    "StateEntered": "stateEnteredEventDetails",
    "StateExited": "stateExitedEventDetails",
}


def _history(event: Params) -> Params:
    """An event as GetExecutionHistory shows it: data as JSON text."""
    kind = event["type"]
    member = next((name for end, name in _DETAILS.items() if kind.endswith(end)), None)
    member = member or kind[0].lower() + kind[1:] + "EventDetails"
    details = {
        key: json.dumps(value) if key in ("input", "output", "parameters") else value
        for key, value in event["details"].items()
    }
    if kind.startswith("Task"):
        called = details.get("resource", "")
        kinds = {":lambda:": "lambda", ":states:::sagemaker:": "sagemaker"}
        details |= {
            "resourceType": next((name for part, name in kinds.items() if part in called), "aws-sdk"),
            "resource": called.rpartition(":")[2],
        }
    shown = {"id": event["id"], "previousEventId": event["id"] - 1, "type": kind, "timestamp": event["timestamp"]}
    return shown | {member: details}
