"""AWS::SageMaker::UserProfile.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sagemaker-userprofile.html
"""

from __future__ import annotations

from typing import ClassVar

from rehearsal.cloudformation.providers._sagemaker_records import Kept


class UserProfile(Kept):
    """A user's profile in a domain of Studio; Ref is its name and the domain's id."""

    type = "AWS::SageMaker::UserProfile"
    noun, word = "user profile", "UserProfile"
    names = ("UserProfileName", "DomainId")
    in_place = ("UserSettings",)
    unsupported: ClassVar[dict[str, str]] = {"no RStudio": "UserSettings.RStudioServerProAppSettings"}
    named_by = "UserProfileName"
