"""AWS::SageMaker::Pipeline.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sagemaker-pipeline.html
"""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from rehearsal.cloudformation.provider import Call, Made, Provider
from rehearsal.cloudformation.providers._errors import ignoring, not_found
from rehearsal.cloudformation.providers._sagemaker import TAGGING
from rehearsal.cloudformation.providers._tags import retag

LOCATION = {"Bucket": "Bucket", "Key": "ObjectKey", "Version": "VersionId"}


class Pipeline(Provider):
    """A SageMaker pipeline."""

    type = "AWS::SageMaker::Pipeline"
    unsupported: ClassVar[dict[str, str]] = {
        "definitions are read by version, not by ETag": "PipelineDefinition.PipelineDefinitionS3Location.ETag",
    }
    named_by = "PipelineName"

    def create(self, call: Call) -> Made:
        """The pipeline."""
        wanted = self._wanted(call) | {"Tags": call.properties.get("Tags")}
        call.invoke("sagemaker", "CreatePipeline", ClientRequestToken=str(uuid.uuid4()), **wanted)
        return Made(call.properties["PipelineName"])

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Definition, role and the rest."""
        arn = call.invoke("sagemaker", "UpdatePipeline", **self._wanted(call))["PipelineArn"]
        retag(call, old, "sagemaker", TAGGING, ResourceArn=arn)
        return Made(call.handle)

    def delete(self, call: Call) -> None:
        """The pipeline."""
        with ignoring("ResourceNotFound"):
            call.invoke("sagemaker", "DeletePipeline", PipelineName=call.handle, ClientRequestToken=str(uuid.uuid4()))

    def read(self, call: Call, identifier: dict[str, str]) -> Made:
        """The one of that name. Raises NotFound."""
        name = identifier["PipelineName"]
        with not_found(f"pipeline {name}", "ResourceNotFound"):
            call.invoke("sagemaker", "DescribePipeline", PipelineName=name)
        return Made(name)

    def _wanted(self, call: Call) -> dict[str, Any]:
        wanted = {key: value for key, value in call.properties.items() if key not in ("PipelineDefinition", "Tags")}
        definition = call.properties["PipelineDefinition"]
        if "PipelineDefinitionBody" in definition:
            return wanted | {"PipelineDefinition": definition["PipelineDefinitionBody"]}
        place = definition["PipelineDefinitionS3Location"]
        return wanted | {"PipelineDefinitionS3Location": {LOCATION[key]: value for key, value in place.items()}}
