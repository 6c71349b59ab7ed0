"""Repositories of ECR for images that a group builds itself: tags that do not move, one key, readers by name."""

from __future__ import annotations

import json
from typing import Any

from aws_cdk import aws_ecr as ecr
from constructs import Construct

from model_cicd.aws.images import PULL
from model_cicd.aws.own_images import ImageStore, OwnImage
from model_cicd.aws.policy import Statement, account_root, document, only
from model_cicd.aws.resources import Sharing
from model_cicd.constructs.encryption_key import EncryptionKey
from model_cicd.constructs.resource import resource

#: https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html, and the look whether an image is there
PUSH = (
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:CompleteLayerUpload",
    "ecr:InitiateLayerUpload",
    "ecr:PutImage",
    "ecr:UploadLayerPart",
)
_UNTAGGED_DAYS = 14


class ImageRepositories(Construct):
    """The repositories of `store`, kept when their stack is deleted.

    `sharing` says who serves: the model execution roles of other accounts pull. The build of images pushes.
    """

    def __init__(self, scope: Construct, id: str, *, store: ImageStore, description: str, sharing: Sharing) -> None:
        super().__init__(scope, id)
        place = store.place
        key = EncryptionKey(
            self,
            "Encryption",
            place=place,
            alias=store.key_alias.name,
            description=f"Images of {description}",
            statements=[
                # ECR grants itself the use of the key when a repository is made, for whoever makes it:
                # https://docs.aws.amazon.com/AmazonECR/latest/userguide/encryption-at-rest.html
                Statement(
                    "Repositories",
                    ["kms:CreateGrant"],
                    ["*"],
                    {"Bool": {"kms:GrantIsForAWSResource": "true"}},
                    principal=account_root(place),
                )
            ],
        )
        for each in store.images:
            self._repository(store, each, key, sharing)

    def _repository(self, store: ImageStore, image: OwnImage, key: EncryptionKey, sharing: Sharing) -> None:
        resource(
            ecr.CfnRepository,
            self,
            "".join(part.capitalize() for part in image.image.split("-")),
            repository_name=image.name,
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration={"scanOnPush": True},
            encryption_configuration={"encryptionType": "KMS", "kmsKey": key.arn},
            lifecycle_policy={"lifecyclePolicyText": json.dumps(_LIFECYCLE, separators=(",", ":"))},
            repository_policy_text=_policy(store, sharing),
        )


_LIFECYCLE = {
    "rules": [
        {
            "rulePriority": 1,
            "description": "what no tag names any longer; what has one is kept: models that serve refer to it",
            "selection": {
                "tagStatus": "untagged",
                "countType": "sinceImagePushed",
                "countUnit": "days",
                "countNumber": _UNTAGGED_DAYS,
            },
            "action": {"type": "expire"},
        }
    ]
}


def _policy(store: ImageStore, sharing: Sharing) -> dict[str, Any] | None:
    """The policy of a repository for other accounts; it names no resource: it is the repository's own."""
    statements = _statements(store, sharing)
    if not statements:
        return None
    found = document(statements)
    for statement in found["Statement"]:
        del statement["Resource"]
    return found


def _statements(store: ImageStore, sharing: Sharing) -> list[Statement]:
    builder = store.project.role.arn
    tooling = store.place.elsewhere(builder.split(":")[4])
    made = []
    if tooling.account != store.account:
        who = only([builder], sharing.organization_id)
        made.append(Statement("Push", PUSH, [], who, principal=account_root(tooling)))
    roles: dict[str, dict[str, None]] = {}
    for each in sharing.consumers:
        if each.account != store.account:
            roles.setdefault(each.account, {})[each.model_execution_role.arn] = None
    for account, arns in roles.items():
        at = store.place.elsewhere(account)
        who = only(list(arns), sharing.organization_id)
        made.append(Statement(f"Pull{account}", PULL, [], who, principal=account_root(at)))
    return made
