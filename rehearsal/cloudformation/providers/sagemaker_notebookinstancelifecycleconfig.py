"""AWS::SageMaker::NotebookInstanceLifecycleConfig.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sagemaker-notebookinstancelifecycleconfig.html
"""

from __future__ import annotations

from rehearsal.cloudformation.provider import Call, Made
from rehearsal.cloudformation.providers._notebooks import OfNotebooks

NAME = "NotebookInstanceLifecycleConfigName"


class LifecycleConfig(OfNotebooks):
    """Scripts for notebook instances, which run nowhere; Ref is the ARN."""

    type = "AWS::SageMaker::NotebookInstanceLifecycleConfig"
    noun, word = "configuration", "NotebookInstanceLifecycleConfig"
    named_by = NAME
    more_attributes = (NAME,)

    def create(self, call: Call) -> Made:
        """The configuration."""
        wanted = call.properties | {NAME: call.name(call.properties.get(NAME), 63)}
        return self.made(call.invoke(f"Create{self.word}", **wanted)[f"{self.word}Arn"])
