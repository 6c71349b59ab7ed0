"""AWS::Lambda::LayerVersion.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-layerversion.html
"""

from __future__ import annotations

from typing import Any

from rehearsal.cloudformation.provider import Call, Made, Provider

SETTINGS = ("Content", "Description", "CompatibleRuntimes", "CompatibleArchitectures", "LicenseInfo")


class LayerVersion(Provider):
    """A version of a layer; whatever changes makes another one."""

    type = "AWS::Lambda::LayerVersion"
    service, noun, absent = "lambda", "layer version", ("ResourceNotFoundException",)

    def create(self, call: Call) -> Made:
        """The next version."""
        name = call.name(call.properties.get("LayerName"), 64)  # so that its ARN has 140 characters at most
        arn = call.invoke("PublishLayerVersion", LayerName=name, **call.pick(*SETTINGS))["LayerVersionArn"]
        return Made(arn, {"LayerVersionArn": arn})

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Nothing can change."""
        return Made(call.handle, {"LayerVersionArn": call.handle})

    def remove(self, call: Call) -> None:
        """This version."""
        layer, _, number = call.handle.rpartition(":")
        call.invoke("DeleteLayerVersion", LayerName=layer, VersionNumber=number)

    def found(self, call: Call, name: str) -> Made:
        """The one with the ARN `name`."""
        call.invoke("GetLayerVersionByArn", Arn=name)
        return Made(name, {"LayerVersionArn": name})
