"""AWS::SageMaker::Domain.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sagemaker-domain.html
"""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.cloudformation.provider import Call, Made
from rehearsal.cloudformation.providers._sagemaker_records import Kept


class Domain(Kept):
    """A domain of Studio, in which no application runs; Ref is its id."""

    type = "AWS::SageMaker::Domain"
    noun, word = "domain", "Domain"
    names = ("DomainId",)
    in_place = ("DomainSettings",)
    unsupported: ClassVar[dict[str, str]] = {
        "no RStudio": "DomainSettings.RStudioServerProDomainSettings",
        "a home file system, by name only": "HomeEfsFileSystemCreation",
        "domains of IAM's users": (
            "SecurityGroupIdForDomainBoundary SingleSignOnApplicationArn SingleSignOnManagedApplicationInstanceId"
        ),
    }
    replaced_as_well = ("VpcId",)
    named_by = "DomainName"

    def create(self, call: Call) -> Made:
        """The domain."""
        name = call.invoke("CreateDomain", **call.properties)["DomainId"]
        call.reserve(name)
        return self.found(call, name)

    def change(self, call: Call, changed: dict[str, Any]) -> None:
        """Other settings; those of the domain itself have a name of their own then."""
        own = {"DomainSettingsForUpdate": changed.pop("DomainSettings")} if "DomainSettings" in changed else {}
        super().change(call, changed | own)
