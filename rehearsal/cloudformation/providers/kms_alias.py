"""AWS::KMS::Alias. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kms-alias.html"""

from __future__ import annotations

from typing import Any

from rehearsal.cloudformation.provider import Call, Made, Provider
from rehearsal.cloudformation.providers._errors import gone


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
        return Made(name) if self._listed(call, name) else None

    def actual(self, call: Call) -> dict[str, Any]:
        """The key that it names, as the template does: by id or ARN."""
        found = self._listed(call, call.handle)
        if found is None:
            raise gone("NotFoundException", "ListAliases")
        wanted, key = str(call.properties["TargetKeyId"]), str(found.get("TargetKeyId"))
        return {"AliasName": call.handle, "TargetKeyId": wanted if wanted.rpartition("/")[2] == key else key}

    def _listed(self, call: Call, name: str) -> dict[str, Any] | None:
        aliases = call.client("kms").get_paginator("list_aliases").paginate()
        return next((alias for page in aliases for alias in page["Aliases"] if alias["AliasName"] == name), None)
