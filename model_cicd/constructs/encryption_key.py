"""A customer-managed KMS key with its alias."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_kms as kms
from constructs import Construct

from model_cicd.constructs.iam import Statement, account_root, document
from model_cicd.constructs.retained import retain

# Everything an administrator needs and nothing that encrypts, decrypts or grants: CreateGrant would let an
# administrator hand out the use of the key. https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html
ADMINISTRATION = (
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:DescribeKey",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListGrants",
    "kms:ListKeyPolicies",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:RevokeGrant",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
)
#: what S3 asks KMS for on behalf of those that use a key: their own policies and the key's policy both allow it
KEY_USE = ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo")


class EncryptionKey(Construct):
    """A key that its account administers but may use only as `statements` say.

    Unless `retained` is false, it is kept when the stack is deleted, with what it encrypts.
    Attributes: `arn` of the key (known to CloudFormation only), `key` and `alias`.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        partition: str,
        account: str,
        alias: str,
        description: str,
        statements: Sequence[Statement],
        retained: bool = True,
    ) -> None:
        super().__init__(scope, id)
        administration = Statement("Administration", ADMINISTRATION, ["*"], principal=account_root(partition, account))
        self.key = kms.CfnKey(
            self,
            "Key",
            description=description,
            enable_key_rotation=True,
            key_policy=document([administration, *statements]),
        )
        self.alias = kms.CfnAlias(self, "Alias", alias_name=alias, target_key_id=self.key.attr_key_id)
        if retained:
            retain(self.key, self.alias)
        self.arn = self.key.attr_arn
