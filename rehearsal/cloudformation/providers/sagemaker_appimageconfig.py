"""AWS::SageMaker::AppImageConfig.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sagemaker-appimageconfig.html
"""

from __future__ import annotations

from rehearsal.cloudformation.providers._sagemaker_records import Kept


class AppImageConfig(Kept):
    """How an image is run by Studio; Ref is its name."""

    type = "AWS::SageMaker::AppImageConfig"
    noun, word = "configuration", "AppImageConfig"
    names = ("AppImageConfigName",)
    named_by = "AppImageConfigName"
