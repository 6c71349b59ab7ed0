"""AWS::ECR::Repository.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecr-repository.html
"""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.cloudformation.provider import Call, Made, Provider, Setting
from rehearsal.cloudformation.providers._errors import ignoring
from rehearsal.cloudformation.shapes import boolean, document


class Repository(Provider):
    """A repository of images."""

    type = "AWS::ECR::Repository"
    service, noun, absent = "ecr", "repository", ("RepositoryNotFoundException",)
    settings: ClassVar = {
        "RepositoryPolicyText": Setting("SetRepositoryPolicy", "policyText", "DeleteRepositoryPolicy", document),
        "LifecyclePolicy": Setting(
            "PutLifecyclePolicy",
            "lifecyclePolicyText",
            "DeleteLifecyclePolicy",
            lambda value: value.get("LifecyclePolicyText"),
        ),
        "ImageTagMutability": Setting("PutImageTagMutability", "imageTagMutability", instead="MUTABLE"),
        "ImageScanningConfiguration": Setting(
            "PutImageScanningConfiguration", "imageScanningConfiguration", instead={"ScanOnPush": False}
        ),
    }
    unsupported: ClassVar[dict[str, str]] = {
        "mutability is that of the whole repository": "ImageTagMutabilityExclusionFilters",
    }
    named_by = "RepositoryName"

    def create(self, call: Call) -> Made:
        """The repository, then its policies."""
        name = call.name(call.properties.get("RepositoryName"), 256, lower=True)
        chosen = call.pick("ImageTagMutability", "ImageScanningConfiguration", "Tags", "EncryptionConfiguration")
        answer = call.invoke("CreateRepository", repositoryName=name, **chosen)["repository"]
        call.reserve(name)
        self.put(call, chosen, repositoryName=name)
        return self._made(answer)

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Policies, scanning, mutability and tags."""
        self.put(call, old, repositoryName=call.handle)
        made = self.found(call, call.handle)
        self.retag(call, old, resourceArn=made.attributes["Arn"])
        return made

    def remove(self, call: Call) -> None:
        """The repository; with EmptyOnDelete its images too."""
        force = boolean(call.properties.get("EmptyOnDelete", False))
        call.invoke("DeleteRepository", repositoryName=call.handle, force=force)

    def found(self, call: Call, name: str) -> Made:
        """The one of that name."""
        return self._made(call.invoke("DescribeRepositories", repositoryNames=[name])["repositories"][0])

    def actual(self, call: Call) -> dict[str, Any]:
        """Mutability, scanning and policies."""
        name = {"repositoryName": call.handle}
        found = call.invoke("DescribeRepositories", repositoryNames=[call.handle])["repositories"][0]
        policy: str | None = None
        rules: dict[str, str] | None = None
        with ignoring("RepositoryPolicyNotFoundException"):
            policy = call.invoke("GetRepositoryPolicy", **name)["policyText"]
        with ignoring("LifecyclePolicyNotFoundException"):
            rules = {"LifecyclePolicyText": call.invoke("GetLifecyclePolicy", **name)["lifecyclePolicyText"]}
        scanning = found.get("imageScanningConfiguration") or {}
        return {
            "RepositoryName": call.handle,
            "ImageTagMutability": found["imageTagMutability"],
            "ImageScanningConfiguration": {"ScanOnPush": scanning.get("scanOnPush", False)},
            "RepositoryPolicyText": policy,
            "LifecyclePolicy": rules,
        }

    def _made(self, found: dict[str, Any]) -> Made:
        return Made(found["repositoryName"], {"Arn": found["repositoryArn"], "RepositoryUri": found["repositoryUri"]})
