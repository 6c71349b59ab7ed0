"""AWS::ECR::Repository.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecr-repository.html
"""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.cloudformation.provider import Call, Made, Provider
from rehearsal.cloudformation.providers._errors import ignoring, not_found
from rehearsal.cloudformation.providers._tags import retag
from rehearsal.cloudformation.shapes import boolean, document


class Repository(Provider):
    """A repository of images."""

    type = "AWS::ECR::Repository"
    unsupported: ClassVar[dict[str, str]] = {
        "mutability is that of the whole repository": "ImageTagMutabilityExclusionFilters",
    }
    named_by = "RepositoryName"

    def create(self, call: Call) -> Made:
        """The repository, then its policies."""
        name = call.name(call.properties.get("RepositoryName"), 256, lower=True)
        chosen = call.pick("ImageTagMutability", "ImageScanningConfiguration", "Tags", "EncryptionConfiguration")
        answer = call.invoke("ecr", "CreateRepository", repositoryName=name, **chosen)["repository"]
        call.reserve(name)
        self._policies(call, name, {})
        return self._made(answer)

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Policies, scanning, mutability and tags."""
        name, new = call.handle, call.properties
        self._policies(call, name, old)
        if new.get("ImageTagMutability") != old.get("ImageTagMutability"):
            mutability = new.get("ImageTagMutability", "MUTABLE")
            call.invoke("ecr", "PutImageTagMutability", repositoryName=name, imageTagMutability=mutability)
        if new.get("ImageScanningConfiguration") != old.get("ImageScanningConfiguration"):
            scanning = new.get("ImageScanningConfiguration", {"ScanOnPush": False})
            call.invoke(
                "ecr", "PutImageScanningConfiguration", repositoryName=name, imageScanningConfiguration=scanning
            )
        found = self._describe(call, name)
        retag(call, old, "ecr", resourceArn=found["repositoryArn"])
        return self._made(found)

    def delete(self, call: Call) -> None:
        """The repository; with EmptyOnDelete its images too."""
        with ignoring("RepositoryNotFoundException"):
            force = boolean(call.properties.get("EmptyOnDelete", False))
            call.invoke("ecr", "DeleteRepository", repositoryName=call.handle, force=force)

    def read(self, call: Call, identifier: dict[str, str]) -> Made:
        """The one of that name. Raises NotFound."""
        with not_found(f"repository {identifier['RepositoryName']}", "RepositoryNotFoundException"):
            return self._made(self._describe(call, identifier["RepositoryName"]))

    def _policies(self, call: Call, name: str, old: dict[str, Any]) -> None:
        new = call.properties
        policy = new.get("RepositoryPolicyText")
        if policy != old.get("RepositoryPolicyText"):
            if policy is None:
                call.invoke("ecr", "DeleteRepositoryPolicy", repositoryName=name)
            else:
                call.invoke("ecr", "SetRepositoryPolicy", repositoryName=name, policyText=document(policy))
        text = (new.get("LifecyclePolicy") or {}).get("LifecyclePolicyText")
        if text != (old.get("LifecyclePolicy") or {}).get("LifecyclePolicyText"):
            if text is None:
                call.invoke("ecr", "DeleteLifecyclePolicy", repositoryName=name)
            else:
                call.invoke("ecr", "PutLifecyclePolicy", repositoryName=name, lifecyclePolicyText=text)

    def _describe(self, call: Call, name: str) -> dict[str, Any]:
        found: dict[str, Any] = call.invoke("ecr", "DescribeRepositories", repositoryNames=[name])["repositories"][0]
        return found

    def _made(self, found: dict[str, Any]) -> Made:
        return Made(found["repositoryName"], {"Arn": found["repositoryArn"], "RepositoryUri": found["repositoryUri"]})
