"""AWS::Events::EventBusPolicy.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-eventbuspolicy.html
"""

from __future__ import annotations

import json
import threading
from typing import Any

from rehearsal.cloudformation.provider import Call, Made, Provider, ResourceError
from rehearsal.cloudformation.providers._errors import gone

_ONE_AT_A_TIME = threading.Lock()


class EventBusPolicy(Provider):
    """One statement of an event bus's policy, which is read and written whole: by one stack at a time."""

    type = "AWS::Events::EventBusPolicy"
    service, absent = "events", ("ResourceNotFoundException",)

    def create(self, call: Call) -> Made:
        """Add the statement; its id must be new on the bus."""
        name, bus = call.properties["StatementId"], call.properties.get("EventBusName")
        if any(statement.get("Sid") == name for statement in self._statements(call, bus)):
            raise ResourceError(f"{name} already exists on the event bus {bus or 'default'}")
        return self._put(call)

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Put the statement in the place of the former one."""
        return self._put(call)

    def remove(self, call: Call) -> None:
        """Remove the statement."""
        call.invoke("RemovePermission", **call.pick("StatementId", "EventBusName"))

    def actual(self, call: Call) -> dict[str, Any]:
        """The statement; of templates that give its parts, those alone that it has as they are."""
        name, bus = call.properties["StatementId"], call.properties.get("EventBusName")
        for statement in self._statements(call, bus):
            if statement.get("Sid") == name:
                own = {"Sid"} - set(call.properties.get("Statement", ()))  # it is put in by us
                held = {key: value for key, value in statement.items() if key not in own}
                return {"StatementId": name, "Statement": held, "Action": statement.get("Action")}
        raise gone("ResourceNotFoundException", "DescribeEventBus")

    def _put(self, call: Call) -> Made:
        wanted = call.properties
        name, bus = wanted["StatementId"], wanted.get("EventBusName")
        if "Statement" in wanted:
            with _ONE_AT_A_TIME:
                others = [statement for statement in self._statements(call, bus) if statement.get("Sid") != name]
                statements = [*others, {"Sid": name} | wanted["Statement"] | {"Sid": name}]
                policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
                call.invoke("PutPermission", EventBusName=bus, Policy=policy)
        else:
            chosen = call.pick("EventBusName", "StatementId", "Action", "Principal", "Condition")
            call.invoke("PutPermission", **chosen)
        return Made(f"{(bus or 'default').rpartition('/')[2]}|{name}")

    def _statements(self, call: Call, bus: str | None) -> list[dict[str, Any]]:
        text = call.invoke("DescribeEventBus", Name=bus).get("Policy")
        found: list[dict[str, Any]] = json.loads(text)["Statement"] if text else []
        return found
