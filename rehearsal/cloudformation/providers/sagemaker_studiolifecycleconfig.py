"""AWS::SageMaker::StudioLifecycleConfig.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sagemaker-studiolifecycleconfig.html
"""

from __future__ import annotations

from rehearsal.cloudformation.providers._sagemaker_records import Kept


class StudioLifecycleConfig(Kept):
    """A script for applications of Studio, which runs nowhere; Ref is its name, and every change makes a new one."""

    type = "AWS::SageMaker::StudioLifecycleConfig"
    noun, word = "configuration", "StudioLifecycleConfig"
    names = ("StudioLifecycleConfigName",)
    named_by = "StudioLifecycleConfigName"
