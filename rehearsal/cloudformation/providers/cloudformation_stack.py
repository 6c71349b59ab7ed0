"""AWS::CloudFormation::Stack.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-nested-stacks.html
"""

from __future__ import annotations

import time
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from rehearsal.cloudformation.fetch import BODY_LIMIT
from rehearsal.cloudformation.provider import Call, Made, Provider, ResourceError
from rehearsal.cloudformation.shapes import document, own_tags, tag_list

_LOOK_SECONDS, _LIMIT_SECONDS = 0.05, 7200
_TEMPLATE = "Template"  # among the attributes: what the stack was made of, for a rollback


class Stack(Provider):
    """A nested stack: made, changed and deleted with its parent, as whoever deploys that one."""

    type = "AWS::CloudFormation::Stack"
    service, noun, nested = "cloudformation", "stack", True
    unsupported: ClassVar[dict[str, str]] = {"no notifications and timeouts": "NotificationARNs TimeoutInMinutes"}

    attributes = frozenset({"Outputs.NAME"})

    def has_attribute(self, name: str) -> bool:
        """Its outputs."""
        return name.startswith("Outputs.") and name.count(".") == 1

    def create(self, call: Call) -> Made:
        """The stack; one that fails is deleted by its parent's rollback."""
        name = call.name(None, 128)
        wanted = self._wanted(call) | {"TemplateURL": call.properties["TemplateURL"]}
        arn = call.invoke("CreateStack", StackName=name, OnFailure="DO_NOTHING", **wanted)["StackId"]
        call.reserve(arn)
        found = self._settled(call, arn)
        if found["StackStatus"] != "CREATE_COMPLETE":
            raise ResourceError(
                f"Embedded stack {arn} was not successfully created: {found.get('StackStatusReason', '')}"
            )
        return self._made(call, found)

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """The stack as its template is now, which may differ although the URL is the same."""
        former = call.former.get(_TEMPLATE)
        if former is not None and len(str(former).encode()) <= BODY_LIMIT:
            source = {"TemplateBody": former}
        else:
            source = {"TemplateURL": call.properties["TemplateURL"]}
        try:
            call.invoke("UpdateStack", StackName=call.handle, **self._wanted(call), **source)
        except ClientError as cause:
            if "No updates are to be performed" not in str(cause):
                raise
            return self._made(call, self._settled(call, call.handle))
        found = self._settled(call, call.handle)
        if found["StackStatus"] != "UPDATE_COMPLETE":
            raise ResourceError(f"Embedded stack {call.handle} was not successfully updated. {self._reason(call)}")
        return self._made(call, found)

    def remove(self, call: Call) -> None:
        """The stack with all that is in it."""
        call.invoke("DeleteStack", StackName=call.handle)
        found = self._settled(call, call.handle)
        if found["StackStatus"] != "DELETE_COMPLETE":
            reason = found.get("StackStatusReason", found["StackStatus"])
            raise ResourceError(f"Embedded stack {call.handle} was not successfully deleted: {reason}")

    def is_absent(self, error: ClientError) -> bool:
        """A stack that is not there is a ValidationError."""
        return "does not exist" in str(error)

    def _wanted(self, call: Call) -> dict[str, Any]:
        given = call.properties.get("Parameters") or {}
        return {
            "Parameters": [{"ParameterKey": key, "ParameterValue": _text(value)} for key, value in given.items()],
            "Tags": tag_list(own_tags(call.properties.get("Tags"))),
            "Capabilities": list(call.capabilities),
        }

    def _settled(self, call: Call, arn: str) -> dict[str, Any]:
        deadline = time.monotonic() + _LIMIT_SECONDS
        while True:
            found: dict[str, Any] = call.invoke("DescribeStacks", StackName=arn)["Stacks"][0]
            if not found["StackStatus"].endswith("_IN_PROGRESS"):
                return found
            if time.monotonic() > deadline:
                raise ResourceError(f"Embedded stack {arn} stays {found['StackStatus']}")
            time.sleep(_LOOK_SECONDS)

    def _reason(self, call: Call) -> str:
        """Why the last update failed."""
        events = call.invoke("DescribeStackEvents", StackName=call.handle)["StackEvents"]
        began = next(each for each in events if each["ResourceStatus"] == "UPDATE_ROLLBACK_IN_PROGRESS")
        return f"Currently in UPDATE_ROLLBACK_IN_PROGRESS with reason: {began.get('ResourceStatusReason', '')}"

    def _made(self, call: Call, found: dict[str, Any]) -> Made:
        template = call.invoke("GetTemplate", StackName=found["StackId"], TemplateStage="Original")
        body = document(template["TemplateBody"])
        outputs = {f"Outputs.{each['OutputKey']}": each["OutputValue"] for each in found.get("Outputs") or []}
        return Made(found["StackId"], {**outputs, _TEMPLATE: body})


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(map(_text, value))
    return str(value).lower() if isinstance(value, bool) else str(value)
