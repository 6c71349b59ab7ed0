"""AWS::SageMaker::ModelPackageGroup.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sagemaker-modelpackagegroup.html
"""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.cloudformation.provider import ANY, TAGS, Call, Made, Provider, Tree, tag_changes
from rehearsal.cloudformation.providers._errors import ignoring, not_found
from rehearsal.cloudformation.shapes import document


class ModelPackageGroup(Provider):
    """A model package group and its resource policy; Ref is its ARN."""

    type = "AWS::SageMaker::ModelPackageGroup"
    properties: ClassVar[Tree] = {
        "ModelPackageGroupDescription": ANY, "ModelPackageGroupName": ANY, "ModelPackageGroupPolicy": ANY, "Tags": TAGS,
    }  # fmt: skip
    required = ("ModelPackageGroupName",)
    replace_on = frozenset({"ModelPackageGroupDescription", "ModelPackageGroupName"})
    attributes = ("CreationTime", "ModelPackageGroupArn", "ModelPackageGroupStatus")
    identifier = ("ModelPackageGroupArn",)
    named_by = "ModelPackageGroupName"
    read_only_id = True
    tags = "list"

    def create(self, call: Call) -> Made:
        """The group, then its policy."""
        wanted = call.properties
        name = wanted["ModelPackageGroupName"]
        call.invoke(
            "sagemaker",
            "CreateModelPackageGroup",
            ModelPackageGroupName=name,
            Tags=wanted.get("Tags"),
            ModelPackageGroupDescription=wanted.get("ModelPackageGroupDescription"),
        )
        call.reserve(name)
        self._policy(call, name, {})
        return self._made(call, name)

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Policy and tags."""
        self._policy(call, call.handle, old)
        made = self._made(call, call.handle)
        put, gone = tag_changes(old, call.properties)
        if put:
            call.invoke("sagemaker", "AddTags", ResourceArn=made.id, Tags=put)
        if gone:
            call.invoke("sagemaker", "DeleteTags", ResourceArn=made.id, TagKeys=gone)
        return made

    def delete(self, call: Call) -> None:
        """The group; one with model packages in it cannot be deleted, as on AWS."""
        with ignoring("ResourceNotFound"):
            try:
                call.invoke("sagemaker", "DeleteModelPackageGroup", ModelPackageGroupName=call.handle)
            except Exception as cause:
                if "does not exist" not in str(cause):
                    raise

    def read(self, call: Call, identifier: dict[str, str]) -> Made:
        """By ARN."""
        arn = identifier["ModelPackageGroupArn"]
        with not_found(f"model package group {arn}", "ResourceNotFound", "ValidationException"):
            return self._made(call, arn.rpartition("/")[2])

    def _policy(self, call: Call, name: str, old: dict[str, Any]) -> None:
        policy = call.properties.get("ModelPackageGroupPolicy")
        if policy == old.get("ModelPackageGroupPolicy"):
            return
        if policy is None:
            call.invoke("sagemaker", "DeleteModelPackageGroupPolicy", ModelPackageGroupName=name)
        else:
            call.invoke(
                "sagemaker", "PutModelPackageGroupPolicy", ModelPackageGroupName=name, ResourcePolicy=document(policy)
            )

    def _made(self, call: Call, name: str) -> Made:
        found = call.invoke("sagemaker", "DescribeModelPackageGroup", ModelPackageGroupName=name)
        arn = found["ModelPackageGroupArn"]
        attributes = {
            "CreationTime": found["CreationTime"].isoformat(),
            "ModelPackageGroupArn": arn,
            "ModelPackageGroupStatus": found["ModelPackageGroupStatus"],
        }
        return Made(arn, attributes, handle=name)
