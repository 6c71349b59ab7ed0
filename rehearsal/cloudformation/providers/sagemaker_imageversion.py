"""AWS::SageMaker::ImageVersion.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sagemaker-imageversion.html
"""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.cloudformation.provider import Call, Made, Provider, Untouched

SETTINGS = ("BaseImage", "ImageName", "Aliases", "VendorGuidance", "JobType", "MLFramework", "ProgrammingLang",
            "Processor", "Horovod", "ReleaseNotes")  # fmt: skip


class ImageVersion(Provider):
    """A version of an image of Studio: a name for a container image; Ref is its ARN."""

    type = "AWS::SageMaker::ImageVersion"
    service, noun, absent = "sagemaker", "image version", ("ResourceNotFound",)
    unsupported: ClassVar[dict[str, str]] = {"aliases are listed": "Alias"}

    def create(self, call: Call) -> Made:
        """The next version of the image."""
        arn = call.invoke("CreateImageVersion", **call.pick(*SETTINGS))["ImageVersionArn"]
        return self.found(call, arn)

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """What is said of a version cannot change here."""
        changed = sorted(name for name in {*old, *call.properties} if old.get(name) != call.properties.get(name))
        if changed:
            raise Untouched(f"the embedded AWS does not support a change of {', '.join(changed)} of an image version")
        return self.found(call, call.handle)

    def remove(self, call: Call) -> None:
        """The version."""
        call.invoke("DeleteImageVersion", **self._named(call.handle))

    def found(self, call: Call, name: str) -> Made:
        """The one with the ARN `name`."""
        found = call.invoke("DescribeImageVersion", **self._named(name))
        attributes = {each: found[each] for each in ("ImageVersionArn", "ImageArn", "Version", "ContainerImage")}
        return Made(name, attributes)

    def actual(self, call: Call) -> dict[str, Any]:
        """What is said of it."""
        found = call.invoke("DescribeImageVersion", **self._named(call.handle))
        told = {name: found.get(name) for name in SETTINGS if name not in ("ImageName", "Aliases")}
        return {name: value for name, value in told.items() if value is not None}

    def _named(self, arn: str) -> dict[str, Any]:
        *_, image, version = arn.split("/")
        return {"ImageName": image, "Version": int(version)}
