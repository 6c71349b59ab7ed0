"""AWS::KMS::Alias. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kms-alias.html"""

from __future__ import annotations

from typing import Any

from rehearsal.cloudformation.provider import Call, Made, NotFound, Provider
from rehearsal.cloudformation.providers._errors import ignoring


class Alias(Provider):
    """A name for a key."""

    type = "AWS::KMS::Alias"
    named_by = "AliasName"

    def create(self, call: Call) -> Made:
        """The alias."""
        name = call.properties["AliasName"]
        call.invoke("kms", "CreateAlias", AliasName=name, TargetKeyId=call.properties["TargetKeyId"])
        return Made(name)

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Another key under the same name."""
        call.invoke("kms", "UpdateAlias", AliasName=call.handle, TargetKeyId=call.properties["TargetKeyId"])
        return Made(call.handle)

    def delete(self, call: Call) -> None:
        """The alias; the key stays."""
        with ignoring("NotFoundException"):
            call.invoke("kms", "DeleteAlias", AliasName=call.handle)

    def read(self, call: Call, identifier: dict[str, str]) -> Made:
        """The one of that name. Raises NotFound."""
        aliases = call.client("kms").get_paginator("list_aliases").paginate()
        if any(alias["AliasName"] == identifier["AliasName"] for page in aliases for alias in page["Aliases"]):
            return Made(identifier["AliasName"])
        raise NotFound(f"alias {identifier['AliasName']} does not exist")
