"""A customer-managed KMS key with its alias."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_kms as kms
from constructs import Construct

from model_cicd.aws.place import Place
from model_cicd.aws.policy import KEY_ADMINISTRATION, KEY_USE
from model_cicd.constructs.iam import Statement, account_root, document
from model_cicd.constructs.resource import resource

__all__ = ["KEY_USE", "EncryptionKey"]


class EncryptionKey(Construct):
    """A key that its account administers but may use only as `statements` say.

    Attributes: `arn` and `id` of the key (known to CloudFormation only), `key` and `alias`.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        place: Place,
        alias: str,
        description: str,
        statements: Sequence[Statement],
    ) -> None:
        super().__init__(scope, id)
        administration = Statement("Administration", KEY_ADMINISTRATION, ["*"], principal=account_root(place))
        self.key = resource(
            kms.CfnKey,
            self,
            "Key",
            description=description,
            enable_key_rotation=True,
            key_policy=document([administration, *statements]),
        )
        self.arn, self.id = self.key.attr_arn, self.key.attr_key_id
        self.alias = resource(kms.CfnAlias, self, "Alias", alias_name=alias, target_key_id=self.id)
