"""The log of executions in CloudWatch Logs. https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html"""

from __future__ import annotations

import json
import logging
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from rehearsal.api import ApiError, Params
from rehearsal.iam.checks import Check
from rehearsal.ports import Authorization, Platform
from rehearsal.states.state import Execution, Scope

log = logging.getLogger(__name__)

_DELIVERY = ("CreateLogDelivery", "GetLogDelivery", "UpdateLogDelivery", "DeleteLogDelivery", "ListLogDeliveries",
             "PutResourcePolicy", "DescribeResourcePolicies", "DescribeLogGroups")  # fmt: skip
_ERRORS = ("ExecutionFailed", "TaskFailed")
_FATAL = ("ExecutionFailed",)


def check(platform: Platform, iam: Authorization, scope: Scope, configuration: Params, role: str) -> None:
    """Raise ApiError InvalidLoggingConfiguration when the log group is missing or not written as AWS wants it.

    The machine's role sets up the delivery and needs the documented rights; CloudWatch Logs then writes on its own.
    """
    level, destinations = configuration.get("level", "OFF"), configuration.get("destinations", [])
    if level not in ("ALL", "ERROR", "FATAL", "OFF"):
        raise _invalid(f"level: got {level!r}, expected ALL, ERROR, FATAL or OFF")
    if level != "OFF" and len(destinations) != 1:
        raise _invalid("Must specify exactly one Log Destination.")
    for destination in destinations:
        arn = str(destination.get("cloudWatchLogsLogGroup", {}).get("logGroupArn"))
        if not arn.startswith("arn:") or not arn.endswith(":*"):
            raise _invalid(f"The Log Destination ARN must be one of a log group and end with ':*': {arn}")
        if tuple(arn.split(":")[4:2:-1]) != scope:
            raise _invalid(f"The Log Destination must be in the account and region of the state machine: {arn}")
        name = group_of(configuration)
        try:
            needed = [Check(f"logs:{action}", "*", scope[0]) for action in _DELIVERY]
            iam.require(platform.accounts.role_session(role), needed, scope[1], "states")
        except ApiError as denied:
            text = "The state machine IAM Role is not authorized to access the Log Destination"
            raise ApiError("AccessDeniedException", f"{text}: {denied.message}", 403) from None
        client = platform.internal_client("logs", account=scope[0], region=scope[1])
        found = client.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
        if not any(group["logGroupName"] == name for group in found):
            raise _invalid(f"The Log Destination does not exist: {arn}")


def group_of(configuration: Params) -> str | None:
    """The name of the log group, or None."""
    for destination in configuration.get("destinations", []):
        arn = str(destination["cloudWatchLogsLogGroup"]["logGroupArn"])
        return arn.split(":log-group:")[1].removesuffix(":*")
    return None


def write(platform: Platform, execution: Execution) -> None:
    """Write the history of an ended execution, as far as the level says. What goes wrong is only logged."""
    machine = execution.machine
    level, group = machine.logging.get("level", "OFF"), group_of(machine.logging)
    wanted = {"ERROR": _ERRORS, "FATAL": _FATAL}.get(level)
    events = [event for event in execution.history if wanted is None or event["type"] in wanted]
    if level == "OFF" or group is None or not events:
        return
    account, region = machine.scope
    client = platform.internal_client("logs", account=account, region=region)
    stream = f"states/{machine.name}/{execution.started:%Y-%m-%d-%H-%M}/{execution.arn.rpartition(':')[2]}"
    try:
        client.create_log_stream(logGroupName=group, logStreamName=stream)
        entries = [_entry(execution, event, bool(machine.logging.get("includeExecutionData"))) for event in events]
        client.put_log_events(logGroupName=group, logStreamName=stream, logEvents=entries)
    except (ClientError, BotoCoreError) as error:
        if not platform.closed.is_set():
            log.warning("log of %s: %s", execution.arn, error)


def _entry(execution: Execution, event: Params, data: bool) -> dict[str, Any]:
    details = event["details"]
    if not data:
        details = {key: value for key, value in details.items() if key not in ("input", "output", "parameters")}
    moment = int(event["timestamp"].timestamp() * 1000)
    shown = {
        "id": str(event["id"]),
        "type": event["type"],
        "details": details,
        "previous_event_id": str(event["id"] - 1),
        "event_timestamp": str(moment),
        "execution_arn": execution.arn,
        "redrive_count": "0",
    }
    return {"timestamp": moment, "message": json.dumps(shown)}


def _invalid(message: str) -> ApiError:
    return ApiError("InvalidLoggingConfiguration", f"Invalid Logging Configuration: {message}")
