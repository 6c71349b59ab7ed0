"""AWS::SageMaker::Pipeline.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sagemaker-pipeline.html
"""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from rehearsal.cloudformation.provider import Call, Made, Provider
from rehearsal.cloudformation.providers._sagemaker import TAGGING

LOCATION = {"Bucket": "Bucket", "Key": "ObjectKey", "Version": "VersionId"}


class Pipeline(Provider):
    """A SageMaker pipeline."""

    type = "AWS::SageMaker::Pipeline"
    service, noun, absent = "sagemaker", "pipeline", ("ResourceNotFound",)
    tagging = TAGGING
    unsupported: ClassVar[dict[str, str]] = {
        "definitions are read by version, not by ETag": "PipelineDefinition.PipelineDefinitionS3Location.ETag",
    }
    named_by = "PipelineName"

    def create(self, call: Call) -> Made:
        """The pipeline."""
        wanted = self._wanted(call) | {"Tags": call.properties.get("Tags")}
        call.invoke("CreatePipeline", ClientRequestToken=str(uuid.uuid4()), **wanted)
        return Made(call.properties["PipelineName"])

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Definition, role and the rest."""
        arn = call.invoke("UpdatePipeline", **self._wanted(call))["PipelineArn"]
        self.retag(call, old, ResourceArn=arn)
        return Made(call.handle)

    def remove(self, call: Call) -> None:
        """The pipeline."""
        call.invoke("DeletePipeline", PipelineName=call.handle, ClientRequestToken=str(uuid.uuid4()))

    def found(self, call: Call, name: str) -> Made:
        """The one of that name."""
        call.invoke("DescribePipeline", PipelineName=name)
        return Made(name)

    def _wanted(self, call: Call) -> dict[str, Any]:
        wanted = {key: value for key, value in call.properties.items() if key not in ("PipelineDefinition", "Tags")}
        definition = call.properties["PipelineDefinition"]
        if "PipelineDefinitionBody" in definition:
            return wanted | {"PipelineDefinition": definition["PipelineDefinitionBody"]}
        place = definition["PipelineDefinitionS3Location"]
        return wanted | {"PipelineDefinitionS3Location": {LOCATION[key]: value for key, value in place.items()}}
