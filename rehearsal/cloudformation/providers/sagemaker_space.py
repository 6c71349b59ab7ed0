"""AWS::SageMaker::Space.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sagemaker-space.html
"""

from __future__ import annotations

from rehearsal.cloudformation.providers._sagemaker_records import Kept


class Space(Kept):
    """A space in a domain of Studio; Ref is the domain's id and its name."""

    type = "AWS::SageMaker::Space"
    noun, word = "space", "Space"
    names = ("DomainId", "SpaceName")
    named_by = "SpaceName"
