"""ECR. https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html"""

from __future__ import annotations

from collections.abc import Iterator

from rehearsal.iam.checks import Asked, Check, Rule, several, tag_context, tagging, tags_of


def _repository(asked: Asked) -> Iterator[Check]:
    """A repository, perhaps of the registry of another account."""
    account = str(asked.get("registryId") or asked.caller.account)
    name = asked.get("repositoryName")
    arn = f"arn:{asked.caller.partition}:ecr:{asked.caller.region}:{account}:repository/{name}" if name else "*"
    tags = tag_context(tags_of(asked, "tags")) if asked.operation == "CreateRepository" else {}
    yield Check(f"ecr:{asked.operation}", arn, account, tags)
    if tags:
        yield Check("ecr:TagResource", arn, account, tags)


def _described(asked: Asked) -> Iterator[Check]:
    for name in asked.get("repositoryNames") or ["*"]:
        yield Check(f"ecr:{asked.operation}", asked.arn(f"repository/{name}"), asked.caller.account)


_ON_REPOSITORY = (
    "CreateRepository", "DeleteRepository", "DescribeImages", "ListImages", "BatchGetImage",
    "BatchCheckLayerAvailability", "GetDownloadUrlForLayer", "PutImage", "InitiateLayerUpload", "UploadLayerPart",
    "CompleteLayerUpload", "PutLifecyclePolicy", "GetLifecyclePolicy", "DeleteLifecyclePolicy",
    "PutImageScanningConfiguration", "PutImageTagMutability", "SetRepositoryPolicy", "GetRepositoryPolicy",
    "DeleteRepositoryPolicy",
)  # fmt: skip

RULES: dict[str, Rule] = {
    **dict.fromkeys(_ON_REPOSITORY, _repository),
    "DescribeRepositories": _described,
    **tagging(),
    **several("*", "GetAuthorizationToken", "DescribeRegistry", "GetRegistryPolicy"),
}  # fmt: skip
