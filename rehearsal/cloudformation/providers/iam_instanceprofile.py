"""AWS::IAM::InstanceProfile.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-instanceprofile.html
"""

from __future__ import annotations

from typing import Any

from rehearsal.cloudformation.provider import Call, Made, Provider


class InstanceProfile(Provider):
    """An instance profile with its role."""

    type = "AWS::IAM::InstanceProfile"
    service, noun, absent = "iam", "instance profile", ("NoSuchEntity",)
    named_by = "InstanceProfileName"

    def create(self, call: Call) -> Made:
        """The profile, then its role."""
        name = call.name(call.properties.get("InstanceProfileName"), 128)
        call.invoke("CreateInstanceProfile", InstanceProfileName=name, **call.pick("Path"))
        call.reserve(name)
        self._roles(call, [], call.properties["Roles"])
        return self.found(call, name)

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Another role in the place of the former one."""
        self._roles(call, old["Roles"], call.properties["Roles"])
        return self.found(call, call.handle)

    def remove(self, call: Call) -> None:
        """The role taken out, then the profile."""
        found = call.invoke("GetInstanceProfile", InstanceProfileName=call.handle)["InstanceProfile"]
        self._roles(call, [role["RoleName"] for role in found["Roles"]], [])
        call.invoke("DeleteInstanceProfile", InstanceProfileName=call.handle)

    def found(self, call: Call, name: str) -> Made:
        """The one of that name."""
        arn = call.invoke("GetInstanceProfile", InstanceProfileName=name)["InstanceProfile"]["Arn"]
        return Made(name, {"Arn": arn})

    def actual(self, call: Call) -> dict[str, Any]:
        """Name, path and role."""
        found = call.invoke("GetInstanceProfile", InstanceProfileName=call.handle)["InstanceProfile"]
        told = {name: found[name] for name in ("InstanceProfileName", "Path")}
        return told | {"Roles": [role["RoleName"] for role in found["Roles"]]}

    def _roles(self, call: Call, before: list[str], after: list[str]) -> None:
        for operation, names in (("Remove", set(before) - set(after)), ("Add", set(after) - set(before))):
            for name in sorted(names):
                preposition = "From" if operation == "Remove" else "To"
                call.invoke(
                    f"{operation}Role{preposition}InstanceProfile", InstanceProfileName=call.handle, RoleName=name
                )
