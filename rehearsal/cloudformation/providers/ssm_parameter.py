"""AWS::SSM::Parameter.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ssm-parameter.html
"""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.cloudformation.provider import ANY, Call, Made, Provider, ResourceError, Tree
from rehearsal.cloudformation.providers._errors import ignoring, not_found


class Parameter(Provider):
    """A value in Parameter Store."""

    type = "AWS::SSM::Parameter"
    properties: ClassVar[Tree] = {
        "AllowedPattern": ANY, "DataType": ANY, "Description": ANY, "Name": ANY, "Tags": ANY, "Tier": ANY, "Type": ANY,
        "Value": ANY,
    }  # fmt: skip
    required = ("Type", "Value")
    replace_on = frozenset({"Name"})
    attributes = ("Arn", "Type", "Value")
    volatile = frozenset({"Type", "Value"})
    identifier = ("Name",)
    named_by = "Name"
    tags = "map"

    def create(self, call: Call) -> Made:
        """A new parameter; one of that name must not exist."""
        tags = [{"Key": key, "Value": value} for key, value in (call.properties.get("Tags") or {}).items()]
        return self._put(call, call.name(call.properties.get("Name"), 128), Tags=tags or None)

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """A new version."""
        made = self._put(call, call.handle, Overwrite=True)
        before, after = (source.get("Tags") or {} for source in (old, call.properties))
        put = [{"Key": key, "Value": value} for key, value in after.items() if before.get(key) != value]
        gone = [key for key in before if key not in after]
        target = {"ResourceType": "Parameter", "ResourceId": call.handle}
        if put:
            call.invoke("ssm", "AddTagsToResource", Tags=put, **target)
        if gone:
            call.invoke("ssm", "RemoveTagsFromResource", TagKeys=gone, **target)
        return made

    def delete(self, call: Call) -> None:
        """The parameter."""
        with ignoring("ParameterNotFound"):
            call.invoke("ssm", "DeleteParameter", Name=call.handle)

    def read(self, call: Call, identifier: dict[str, str]) -> Made:
        """By name."""
        with not_found(f"parameter {identifier['Name']}", "ParameterNotFound"):
            found = call.invoke("ssm", "GetParameter", Name=identifier["Name"])["Parameter"]
        return self._made(call, found["Name"], found["Type"], found["Value"])

    def _put(self, call: Call, name: str, **more: Any) -> Made:
        wanted = call.properties
        if wanted["Type"] == "SecureString":
            raise ResourceError("CloudFormation cannot create a parameter of type SecureString")
        call.invoke(
            "ssm",
            "PutParameter",
            Name=name,
            Type=wanted["Type"],
            Value=wanted["Value"],
            Tier=wanted.get("Tier"),
            Description=wanted.get("Description"),
            AllowedPattern=wanted.get("AllowedPattern"),
            DataType=wanted.get("DataType"),
            **more,
        )
        return self._made(call, name, wanted["Type"], str(wanted["Value"]))

    def _made(self, call: Call, name: str, kind: str, value: str) -> Made:
        return Made(name, {"Arn": call.arn("ssm", f"parameter/{name.lstrip('/')}"), "Type": kind, "Value": value})
