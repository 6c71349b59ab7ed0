"""AWS::SageMaker::EndpointConfig.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sagemaker-endpointconfig.html
"""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.cloudformation.provider import ANY, TAGS, Call, Made, Provider, Tree
from rehearsal.cloudformation.providers._sagemaker import CAPTURE, gone_is_fine, must_exist, retag

VARIANT: Any = {
    "ContainerStartupHealthCheckTimeoutInSeconds": ANY, "InitialInstanceCount": ANY, "InitialVariantWeight": ANY,
    "InstanceType": ANY, "ModelDataDownloadTimeoutInSeconds": ANY, "ModelName": ANY,
    "RoutingConfig": {"RoutingStrategy": ANY},
    "ServerlessConfig": {"MaxConcurrency": ANY, "MemorySizeInMB": ANY, "ProvisionedConcurrency": ANY},
    "VariantName": ANY, "VolumeSizeInGB": ANY,
}  # fmt: skip


class EndpointConfig(Provider):
    """An endpoint configuration; Ref is its ARN. Every change makes a new one."""

    type = "AWS::SageMaker::EndpointConfig"
    properties: ClassVar[Tree] = {
        "DataCaptureConfig": CAPTURE, "EndpointConfigName": ANY, "KmsKeyId": ANY, "ProductionVariants": [VARIANT],
        "Tags": TAGS,
    }  # fmt: skip
    required = ("ProductionVariants",)
    replace_on = frozenset({"DataCaptureConfig", "EndpointConfigName", "KmsKeyId", "ProductionVariants"})
    attributes = ("EndpointConfigArn", "EndpointConfigName")
    identifier = ("EndpointConfigArn",)
    named_by = "EndpointConfigName"
    read_only_id = True
    tags = "list"

    def create(self, call: Call) -> Made:
        """The configuration."""
        name = call.name(call.properties.get("EndpointConfigName"), 63)
        wanted = call.properties | {"EndpointConfigName": name}
        return _made(call.invoke("sagemaker", "CreateEndpointConfig", **wanted)["EndpointConfigArn"])

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Only tags can change."""
        made = _made(call.id)
        retag(call, old, made.id)
        return made

    def delete(self, call: Call) -> None:
        """The configuration."""
        with gone_is_fine():
            call.invoke("sagemaker", "DeleteEndpointConfig", EndpointConfigName=call.handle)

    def read(self, call: Call, identifier: dict[str, str]) -> Made:
        """By ARN."""
        made = _made(identifier["EndpointConfigArn"])
        with must_exist(f"endpoint configuration {made.id}"):
            call.invoke("sagemaker", "DescribeEndpointConfig", EndpointConfigName=made.handle)
        return made


def _made(arn: str) -> Made:
    name = arn.rpartition("/")[2]
    return Made(arn, {"EndpointConfigArn": arn, "EndpointConfigName": name}, handle=name)
