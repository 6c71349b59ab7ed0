"""AWS::ECR::Repository.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecr-repository.html
"""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.cloudformation.provider import ANY, TAGS, Call, Made, Provider, Tree, tag_changes
from rehearsal.cloudformation.providers._errors import ignoring, not_found
from rehearsal.cloudformation.shapes import boolean, document


class Repository(Provider):
    """A repository of images."""

    type = "AWS::ECR::Repository"
    properties: ClassVar[Tree] = {
        "EmptyOnDelete": ANY, "EncryptionConfiguration": {"EncryptionType": ANY, "KmsKey": ANY},
        "ImageScanningConfiguration": {"ScanOnPush": ANY}, "ImageTagMutability": ANY,
        "LifecyclePolicy": {"LifecyclePolicyText": ANY, "RegistryId": ANY}, "RepositoryName": ANY,
        "RepositoryPolicyText": ANY, "Tags": TAGS,
    }  # fmt: skip
    replace_on = frozenset({"EncryptionConfiguration", "RepositoryName"})
    attributes = ("Arn", "RepositoryUri")
    identifier = ("RepositoryName",)
    named_by = "RepositoryName"
    tags = "list"

    def create(self, call: Call) -> Made:
        """The repository, then its policies."""
        wanted = call.properties
        name = call.name(wanted.get("RepositoryName"), 256, lower=True)
        answer = call.invoke(
            "ecr",
            "CreateRepository",
            repositoryName=name,
            imageTagMutability=wanted.get("ImageTagMutability"),
            imageScanningConfiguration=wanted.get("ImageScanningConfiguration"),
            tags=wanted.get("Tags"),
            encryptionConfiguration=wanted.get("EncryptionConfiguration"),
        )["repository"]
        call.reserve(name)
        self._policies(call, name, {})
        return self._made(answer)

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Policies, scanning, mutability and tags."""
        name, new = call.handle, call.properties
        self._policies(call, name, old)
        if new.get("ImageTagMutability") != old.get("ImageTagMutability"):
            call.invoke(
                "ecr",
                "PutImageTagMutability",
                repositoryName=name,
                imageTagMutability=new.get("ImageTagMutability", "MUTABLE"),
            )
        if new.get("ImageScanningConfiguration") != old.get("ImageScanningConfiguration"):
            scanning = new.get("ImageScanningConfiguration", {"ScanOnPush": False})
            call.invoke(
                "ecr", "PutImageScanningConfiguration", repositoryName=name, imageScanningConfiguration=scanning
            )
        found = self._describe(call, name)
        put, gone = tag_changes(old, new)
        if put:
            call.invoke("ecr", "TagResource", resourceArn=found["repositoryArn"], tags=put)
        if gone:
            call.invoke("ecr", "UntagResource", resourceArn=found["repositoryArn"], tagKeys=gone)
        return self._made(found)

    def delete(self, call: Call) -> None:
        """The repository; with EmptyOnDelete its images too."""
        with ignoring("RepositoryNotFoundException"):
            force = boolean(call.properties.get("EmptyOnDelete", False))
            call.invoke("ecr", "DeleteRepository", repositoryName=call.handle, force=force)

    def read(self, call: Call, identifier: dict[str, str]) -> Made:
        """By name."""
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
