"""AWS::SageMaker::ModelPackageGroup.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sagemaker-modelpackagegroup.html
"""

from __future__ import annotations

from typing import Any

from rehearsal.cloudformation.provider import Call, Made, Provider
from rehearsal.cloudformation.providers._errors import ignoring, not_found
from rehearsal.cloudformation.providers._sagemaker import TAGGING
from rehearsal.cloudformation.providers._tags import retag
from rehearsal.cloudformation.shapes import document


class ModelPackageGroup(Provider):
    """A model package group and its resource policy; Ref is its ARN."""

    type = "AWS::SageMaker::ModelPackageGroup"
    named_by = "ModelPackageGroupName"

    def create(self, call: Call) -> Made:
        """The group, then its policy."""
        name = call.properties["ModelPackageGroupName"]
        chosen = call.pick("ModelPackageGroupName", "ModelPackageGroupDescription", "Tags")
        call.invoke("sagemaker", "CreateModelPackageGroup", **chosen)
        call.reserve(name)
        self._policy(call, name, {})
        return self._made(call, name)

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Policy and tags."""
        self._policy(call, call.handle, old)
        made = self._made(call, call.handle)
        retag(call, old, "sagemaker", TAGGING, ResourceArn=made.id)
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
        """The one with that ARN. Raises NotFound."""
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
