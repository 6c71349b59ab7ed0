"""AWS::SageMaker::ModelPackageGroup.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sagemaker-modelpackagegroup.html
"""

from __future__ import annotations

from typing import Any, ClassVar

from botocore.exceptions import ClientError

from rehearsal.cloudformation.provider import Call, Made, Provider, Setting
from rehearsal.cloudformation.providers._sagemaker import TAGGING
from rehearsal.cloudformation.shapes import document


class ModelPackageGroup(Provider):
    """A model package group and its resource policy; Ref is its ARN."""

    type = "AWS::SageMaker::ModelPackageGroup"
    service, noun = "sagemaker", "model package group"
    tagging = TAGGING
    removal = ("DeleteModelPackageGroup", "ModelPackageGroupName")  # not one with model packages in it, as on AWS
    settings: ClassVar = {
        "ModelPackageGroupPolicy": Setting(
            "PutModelPackageGroupPolicy", "ResourcePolicy", "DeleteModelPackageGroupPolicy", document
        ),
    }
    named_by = "ModelPackageGroupName"

    def create(self, call: Call) -> Made:
        """The group, then its policy."""
        name = call.properties["ModelPackageGroupName"]
        chosen = call.pick("ModelPackageGroupName", "ModelPackageGroupDescription", "Tags")
        call.invoke("CreateModelPackageGroup", **chosen)
        call.reserve(name)
        self.put(call, {}, ModelPackageGroupName=name)
        return self._made(call, name)

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Policy and tags."""
        self.put(call, old, ModelPackageGroupName=call.handle)
        made = self._made(call, call.handle)
        self.retag(call, old, ResourceArn=made.id)
        return made

    def is_absent(self, error: ClientError) -> bool:
        """The registry has no error code for it."""
        return "does not exist" in str(error)

    def found(self, call: Call, name: str) -> Made:
        """The one with the ARN `name`."""
        return self._made(call, name.rpartition("/")[2])

    def actual(self, call: Call) -> dict[str, Any]:
        """Description and policy."""
        name = {"ModelPackageGroupName": call.handle}
        found = call.invoke("DescribeModelPackageGroup", **name)
        policy = None
        try:
            policy = call.invoke("GetModelPackageGroupPolicy", **name)["ResourcePolicy"]
        except ClientError as cause:
            if "Cannot find resource policy" not in str(cause):
                raise
        description = found.get("ModelPackageGroupDescription")
        return name | {"ModelPackageGroupDescription": description, "ModelPackageGroupPolicy": policy}

    def _made(self, call: Call, name: str) -> Made:
        found = call.invoke("DescribeModelPackageGroup", ModelPackageGroupName=name)
        arn = found["ModelPackageGroupArn"]
        attributes = {
            "CreationTime": found["CreationTime"].isoformat(),
            "ModelPackageGroupArn": arn,
            "ModelPackageGroupStatus": found["ModelPackageGroupStatus"],
        }
        return Made(arn, attributes, handle=name)
