"""Event buses and their permissions."""

from __future__ import annotations

import json
import re

from iam_policy import Policy, PolicyError
from rehearsal.api import ApiError, Caller, Params, invalid
from rehearsal.events.state import Bus, Buses, now, statement_view
from rehearsal.params import only, page
from rehearsal.tagging import Tagging

_NAME = re.compile(r"^[\w.-]{1,256}\Z", re.ASCII)


class BusOperations:
    """The operations on buses. https://docs.aws.amazon.com/eventbridge/latest/APIReference/Welcome.html"""

    def __init__(self, buses: Buses, tagging: Tagging) -> None:
        self._buses = buses
        self._tagging = tagging

    def create_event_bus(self, caller: Caller, params: Params) -> Params:
        """Make a custom bus. Raises ApiError ValidationException."""
        only(params, {"Name", "Description", "Tags"}, "CreateEventBus")
        if not _NAME.match(params["Name"]):
            raise invalid(f"{params['Name']!r} is no name of an event bus")
        tags = self._tagging.read(params.get("Tags"))
        bus = Bus(params["Name"], caller.account, caller.region, params.get("Description"), tags=tags)
        self._buses.add(bus)
        return {"EventBusArn": bus.arn, "Description": bus.description or None}

    def update_event_bus(self, caller: Caller, params: Params) -> Params:
        """Change what is said of a bus."""
        only(params, {"Name", "Description"}, "UpdateEventBus")
        bus = self._buses.own(caller.account, caller.region, params.get("Name"))
        with self._buses.lock:
            bus.description, bus.modified = params.get("Description"), now()
        return {"Arn": bus.arn, "Name": bus.name, "Description": bus.description or None}

    def delete_event_bus(self, caller: Caller, params: Params) -> None:
        """Delete a custom bus without rules. Raises ApiError ValidationException."""
        only(params, {"Name"}, "DeleteEventBus")
        if params["Name"] == "default":
            raise invalid("Cannot delete event bus default.")
        self._buses.remove(caller.account, caller.region, params["Name"])

    def describe_event_bus(self, caller: Caller, params: Params) -> Params:
        """A bus and its policy."""
        only(params, {"Name"}, "DescribeEventBus")
        return _view(self._buses.own(caller.account, caller.region, params.get("Name")))

    def list_event_buses(self, caller: Caller, params: Params) -> Params:
        """The buses of the account."""
        only(params, {"NamePrefix", "NextToken", "Limit"}, "ListEventBuses")
        prefix = params.get("NamePrefix") or ""
        buses = [bus for bus in self._buses.of(caller.account, caller.region) if bus.name.startswith(prefix)]
        found, token = page(buses, params.get("NextToken"), params.get("Limit"))
        return {"EventBuses": [_view(bus) for bus in found], "NextToken": token}

    def put_permission(self, caller: Caller, params: Params) -> None:
        """Add one statement, or replace the whole policy. Raises ApiError ValidationException."""
        only(params, {"EventBusName", "Action", "Principal", "StatementId", "Condition", "Policy"}, "PutPermission")
        bus = self._named(caller, params)
        with self._buses.lock:  # of two that are added at the same time, both stay
            statements = _statements(bus, params)
            bus.statements, bus.modified = statements, now()

    def remove_permission(self, caller: Caller, params: Params) -> None:
        """Remove one statement or all of them. Raises ApiError ResourceNotFoundException."""
        only(params, {"EventBusName", "StatementId", "RemoveAllPermissions"}, "RemovePermission")
        bus = self._named(caller, params)
        with self._buses.lock:
            if params.get("RemoveAllPermissions"):
                kept: list[Params] = []
            else:
                kept = [each for each in bus.statements if each.get("Sid") != params.get("StatementId")]
                if len(kept) == len(bus.statements):
                    text = f"Statement with the provided id does not exist: {params.get('StatementId')}"
                    raise ApiError("ResourceNotFoundException", text)
            bus.statements, bus.modified = kept, now()

    def _named(self, caller: Caller, params: Params) -> Bus:
        """The bus whose policy changes: by its name, not by an ARN, so always one of the caller's account."""
        name = params.get("EventBusName") or "default"
        if not _NAME.match(name):
            raise invalid(f"{name!r} is no name of an event bus")
        return self._buses.own(caller.account, caller.region, name)


def _statements(bus: Bus, params: Params) -> list[Params]:
    """The statements of a bus with what PutPermission says. Raises ApiError ValidationException."""
    if params.get("Policy"):
        try:
            found = json.loads(params["Policy"])["Statement"]
        except (ValueError, KeyError, TypeError) as error:
            raise invalid(f"Policy is not valid: {error}") from None
        statements = found if isinstance(found, list) else [found]
    else:
        statement = _statement(bus, params)
        statements = [each for each in bus.statements if each.get("Sid") != statement["Sid"]] + [statement]
    try:
        Policy.parse({"Version": "2012-10-17", "Statement": statements}, name=f"policy of event bus {bus.name}")
    except PolicyError as error:
        raise invalid(str(error)) from None
    return statements


def _statement(bus: Bus, params: Params) -> Params:
    for name in ("Action", "Principal", "StatementId"):
        if not params.get(name):
            raise invalid(f"Parameter {name} must be specified.")
    if params["Action"] != "events:PutEvents":
        raise invalid(f"Provided value in parameter 'action' is not supported: {params['Action']}")
    principal = params["Principal"]
    partition = bus.arn.split(":")[1]
    made = {
        "Sid": params["StatementId"],
        "Effect": "Allow",
        "Principal": "*" if principal == "*" else {"AWS": f"arn:{partition}:iam::{principal}:root"},
        "Action": params["Action"],
        "Resource": bus.arn,
    }
    condition = params.get("Condition")
    if condition:
        made["Condition"] = {condition["Type"]: {condition["Key"]: condition["Value"]}}
    return made


def _view(bus: Bus) -> Params:
    return {
        "Name": bus.name,
        "Arn": bus.arn,
        "CreationTime": bus.created,
        "LastModifiedTime": bus.modified,
        "Description": bus.description or None,
        "Policy": json.dumps(statement_view(bus)) if bus.statements else None,
    }
