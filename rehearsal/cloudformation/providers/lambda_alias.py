"""AWS::Lambda::Alias.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-alias.html
"""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.cloudformation.provider import Call, Made, Provider


class Alias(Provider):
    """A name of a version."""

    type = "AWS::Lambda::Alias"
    service, noun, absent = "lambda", "alias", ("ResourceNotFoundException",)
    unsupported: ClassVar[dict[str, str]] = {
        "an alias names one version": "RoutingConfig",
        "functions start when they are invoked, each time anew": "ProvisionedConcurrencyConfig",
    }
    named_by = "Name"

    def create(self, call: Call) -> Made:
        """The alias."""
        wanted = call.pick("FunctionName", "Name", "FunctionVersion", "Description")
        return self._made(call.invoke("CreateAlias", **wanted)["AliasArn"])

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Its version and description."""
        wanted = {"Description": ""} | call.pick("FunctionName", "Name", "FunctionVersion", "Description")
        return self._made(call.invoke("UpdateAlias", **wanted)["AliasArn"])

    def remove(self, call: Call) -> None:
        """The alias."""
        function, _, name = call.handle.rpartition(":")
        call.invoke("DeleteAlias", FunctionName=function, Name=name)

    def found(self, call: Call, name: str) -> Made:
        """The one with the ARN `name`."""
        function, _, alias = name.rpartition(":")
        call.invoke("GetAlias", FunctionName=function, Name=alias)
        return self._made(name)

    def _made(self, arn: str) -> Made:
        return Made(arn, {"AliasArn": arn})
