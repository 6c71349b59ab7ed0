"""AWS::SageMaker::Model.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sagemaker-model.html
"""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.cloudformation.provider import ANY, TAGS, Call, Made, Provider, Tree
from rehearsal.cloudformation.providers._sagemaker import gone_is_fine, must_exist, retag

CONTAINER: Any = {
    "ContainerHostname": ANY, "Environment": ANY, "Image": ANY, "InferenceSpecificationName": ANY, "Mode": ANY,
    "ModelDataUrl": ANY, "ModelPackageName": ANY,
}  # fmt: skip


class Model(Provider):
    """A model; Ref is its ARN. SageMaker itself refuses what it does not support of a container."""

    type = "AWS::SageMaker::Model"
    properties: ClassVar[Tree] = {
        "Containers": [CONTAINER], "EnableNetworkIsolation": ANY, "ExecutionRoleArn": ANY, "ModelName": ANY,
        "PrimaryContainer": CONTAINER, "Tags": TAGS, "VpcConfig": {"SecurityGroupIds": ANY, "Subnets": ANY},
    }  # fmt: skip
    replace_on = frozenset(
        {"Containers", "EnableNetworkIsolation", "ExecutionRoleArn", "ModelName", "PrimaryContainer", "VpcConfig"}
    )
    attributes = ("ModelArn", "ModelName")
    identifier = ("ModelArn",)
    named_by = "ModelName"
    read_only_id = True
    tags = "list"

    def create(self, call: Call) -> Made:
        """The model."""
        name = call.name(call.properties.get("ModelName"), 63)
        return _made(call.invoke("sagemaker", "CreateModel", **(call.properties | {"ModelName": name}))["ModelArn"])

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Only tags can change."""
        made = _made(call.id)
        retag(call, old, made.id)
        return made

    def delete(self, call: Call) -> None:
        """The model."""
        with gone_is_fine():
            call.invoke("sagemaker", "DeleteModel", ModelName=call.handle)

    def read(self, call: Call, identifier: dict[str, str]) -> Made:
        """By ARN."""
        made = _made(identifier["ModelArn"])
        with must_exist(f"model {made.id}"):
            call.invoke("sagemaker", "DescribeModel", ModelName=made.handle)
        return made


def _made(arn: str) -> Made:
    name = arn.rpartition("/")[2]
    return Made(arn, {"ModelArn": arn, "ModelName": name}, handle=name)
