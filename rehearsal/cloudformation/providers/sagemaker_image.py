"""AWS::SageMaker::Image.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sagemaker-image.html
"""

from __future__ import annotations

from typing import Any

from rehearsal.cloudformation.provider import Call, Made, Provider
from rehearsal.cloudformation.providers._sagemaker import TAGGING
from rehearsal.cloudformation.shapes import tag_map

# property -> member of the operations
MEMBERS = {"ImageRoleArn": "RoleArn", "ImageDescription": "Description", "ImageDisplayName": "DisplayName"}


class Image(Provider):
    """An image of Studio, which has versions; Ref is its ARN."""

    type = "AWS::SageMaker::Image"
    service, noun, absent, tagging = "sagemaker", "image", ("ResourceNotFound",), TAGGING
    named_by = "ImageName"

    def create(self, call: Call) -> Made:
        """The image."""
        said = {MEMBERS.get(name, name): value for name, value in call.properties.items()}
        return self._made(call.invoke("CreateImage", **said)["ImageArn"])

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """What is said of it, and tags."""
        new = call.properties
        said = {MEMBERS[name]: new[name] for name in MEMBERS if name in new and new[name] != old.get(name)}
        gone = [MEMBERS[name] for name in MEMBERS if name in old and name not in new]
        if said or gone:
            call.invoke("UpdateImage", ImageName=call.handle, DeleteProperties=gone or None, **said)
        self.retag(call, old, ResourceArn=call.id)
        return self._made(call.id)

    def remove(self, call: Call) -> None:
        """The image; one with versions cannot be deleted."""
        call.invoke("DeleteImage", ImageName=call.handle)

    def found(self, call: Call, name: str) -> Made:
        """The one with the ARN `name`."""
        return self._made(call.invoke("DescribeImage", ImageName=name.rpartition("/")[2])["ImageArn"])

    def actual(self, call: Call) -> dict[str, Any]:
        """Role, names and tags."""
        found = call.invoke("DescribeImage", ImageName=call.handle)
        tags = call.invoke("ListTags", ResourceArn=found["ImageArn"])["Tags"]
        told = {name: found.get(member) for name, member in MEMBERS.items()}
        return told | {"ImageName": found["ImageName"], "Tags": tag_map(tags)}

    def _made(self, arn: str) -> Made:
        return Made(arn, {"ImageArn": arn}, handle=arn.rpartition("/")[2])
