"""AWS::Events::EventBus.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-eventbus.html
"""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.cloudformation.provider import Call, Made, Provider
from rehearsal.cloudformation.shapes import document, tag_map


class EventBus(Provider):
    """A custom event bus; Ref is its name."""

    type = "AWS::Events::EventBus"
    service, noun, absent = "events", "event bus", ("ResourceNotFoundException",)
    removal = ("DeleteEventBus", "Name")
    unsupported: ClassVar[dict[str, str]] = {
        "buses of one's own, without keys, logs and queues": (
            "DeadLetterConfig EventSourceName KmsKeyIdentifier LogConfig"
        ),
    }
    more_attributes = ("Name",)
    named_by = "Name"

    def create(self, call: Call) -> Made:
        """The bus, then its policy."""
        name = call.properties["Name"]
        call.invoke("CreateEventBus", **call.pick("Name", "Description", "Tags"))
        call.reserve(name)
        self._policy(call, {})
        return self.found(call, name)

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Description, policy and tags."""
        if call.properties.get("Description") != old.get("Description"):
            call.invoke("UpdateEventBus", Name=call.handle, Description=call.properties.get("Description", ""))
        self._policy(call, old)
        made = self.found(call, call.handle)
        self.retag(call, old, ResourceARN=made.attributes["Arn"])
        return made

    def found(self, call: Call, name: str) -> Made:
        """The one of that name."""
        arn = call.invoke("DescribeEventBus", Name=name)["Arn"]
        return Made(name, {"Arn": arn, "Name": name})

    def actual(self, call: Call) -> dict[str, Any]:
        """Name, description and tags; statements of other resources are the bus's as well."""
        found = call.invoke("DescribeEventBus", Name=call.handle)
        tags = call.invoke("ListTagsForResource", ResourceARN=found["Arn"])["Tags"]
        return {"Name": call.handle, "Description": found.get("Description"), "Tags": tag_map(tags)}

    def _policy(self, call: Call, old: dict[str, Any]) -> None:
        before, after = (source.get("Policy") for source in (old, call.properties))
        if before == after:
            return
        if after is None:
            call.invoke("RemovePermission", EventBusName=call.handle, RemoveAllPermissions=True)
        else:
            call.invoke("PutPermission", EventBusName=call.handle, Policy=document(after))
