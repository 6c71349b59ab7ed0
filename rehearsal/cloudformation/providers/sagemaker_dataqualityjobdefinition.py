"""AWS::SageMaker::DataQualityJobDefinition.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sagemaker-dataqualityjobdefinition.html
"""

from __future__ import annotations

from typing import ClassVar

from rehearsal.cloudformation.providers._monitoring import JobDefinition, unsupported


class DataQualityJobDefinition(JobDefinition):
    """What a schedule holds an endpoint's captures against, as data quality."""

    type = "AWS::SageMaker::DataQualityJobDefinition"
    of = "DataQuality"
    unsupported: ClassVar[dict[str, str]] = unsupported(
        "DataQuality", "DataQualityJobInput.EndpointInput.ExcludeFeaturesAttribute"
    )
