"""AWS::SSM::Parameter.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ssm-parameter.html
"""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.cloudformation.provider import Call, Made, Provider, ResourceError, Tagging
from rehearsal.cloudformation.shapes import tag_list, tag_map


class Parameter(Provider):
    """A value in Parameter Store."""

    type = "AWS::SSM::Parameter"
    service, noun, absent, removal = "ssm", "parameter", ("ParameterNotFound",), ("DeleteParameter", "Name")
    tagging = Tagging("AddTagsToResource", "RemoveTagsFromResource")
    unsupported: ClassVar[dict[str, str]] = {"values neither expire nor notify": "Policies"}
    more_attributes = ("Type", "Value")
    volatile = ("Type", "Value")
    named_by = "Name"

    def create(self, call: Call) -> Made:
        """A new parameter; one of that name must not exist."""
        tags = tag_list(tag_map(call.properties.get("Tags")))
        return self._put(call, call.name(call.properties.get("Name"), 128), Tags=tags or None)

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """A new version."""
        made = self._put(call, call.handle, Overwrite=True)
        self.retag(call, old, ResourceType="Parameter", ResourceId=call.handle)
        return made

    def found(self, call: Call, name: str) -> Made:
        """The one of that name."""
        parameter = call.invoke("GetParameter", Name=name)["Parameter"]
        return self._made(call, parameter["Name"], parameter["Type"], parameter["Value"])

    def actual(self, call: Call) -> dict[str, Any]:
        """Type and value."""
        found = call.invoke("GetParameter", Name=call.handle)["Parameter"]
        tags = call.invoke("ListTagsForResource", ResourceType="Parameter", ResourceId=call.handle)["TagList"]
        return {"Type": found["Type"], "Value": found["Value"], "Tags": tag_map(tags)}

    def _put(self, call: Call, name: str, **more: Any) -> Made:
        wanted = call.properties
        if wanted["Type"] == "SecureString":
            raise ResourceError("CloudFormation cannot create a parameter of type SecureString")
        more |= call.pick("Type", "Value", "Tier", "Description", "AllowedPattern", "DataType")
        call.invoke("PutParameter", Name=name, **more)
        return self._made(call, name, wanted["Type"], str(wanted["Value"]))

    def _made(self, call: Call, name: str, kind: str, value: str) -> Made:
        return Made(name, {"Arn": call.arn("ssm", f"parameter/{name.lstrip('/')}"), "Type": kind, "Value": value})
