"""AWS::SageMaker::NotebookInstanceLifecycleConfig.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sagemaker-notebookinstancelifecycleconfig.html
"""

from __future__ import annotations

from rehearsal.cloudformation.providers._notebooks import OfNotebooks


class LifecycleConfig(OfNotebooks):
    """Scripts for notebook instances, which run nowhere; Ref is the ARN."""

    type = "AWS::SageMaker::NotebookInstanceLifecycleConfig"
    noun, word = "configuration", "NotebookInstanceLifecycleConfig"
