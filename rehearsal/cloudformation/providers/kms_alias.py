"""AWS::KMS::Alias. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kms-alias.html"""

from __future__ import annotations

from typing import Any

from rehearsal.cloudformation.provider import Call, Made, Provider


class Alias(Provider):
    """A name for a key."""

    type = "AWS::KMS::Alias"
    noun = "alias"
    service, absent = "kms", ("NotFoundException",)
    removal = ("DeleteAlias", "AliasName")  # the key stays
    named_by = "AliasName"

    def create(self, call: Call) -> Made:
        """The alias."""
        name = call.properties["AliasName"]
        call.invoke("CreateAlias", AliasName=name, TargetKeyId=call.properties["TargetKeyId"])
        return Made(name)

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Another key under the same name."""
        call.invoke("UpdateAlias", AliasName=call.handle, TargetKeyId=call.properties["TargetKeyId"])
        return Made(call.handle)

    def found(self, call: Call, name: str) -> Made | None:
        """The one of that name."""
        aliases = call.client("kms").get_paginator("list_aliases").paginate()
        if any(alias["AliasName"] == name for page in aliases for alias in page["Aliases"]):
            return Made(name)
        return None
