"""AWS::SageMaker::ModelQualityJobDefinition.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sagemaker-modelqualityjobdefinition.html
"""

from __future__ import annotations

from typing import ClassVar

from rehearsal.cloudformation.providers._monitoring import JobDefinition, unsupported


class ModelQualityJobDefinition(JobDefinition):
    """What a schedule holds an endpoint's captures against, as model quality."""

    type = "AWS::SageMaker::ModelQualityJobDefinition"
    of = "ModelQuality"
    unsupported: ClassVar[dict[str, str]] = unsupported("ModelQuality")
