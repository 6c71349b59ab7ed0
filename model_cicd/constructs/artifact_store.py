"""Bucket and key for what CodePipeline hands from stage to stage. No model ever passes through it."""

from __future__ import annotations

from collections.abc import Sequence

from constructs import Construct

from model_cicd.constructs.encryption_key import KEY_USE, USE, EncryptionKey
from model_cicd.constructs.iam import Statement, account_root, only
from model_cicd.constructs.private_bucket import PrivateBucket, lifecycle_rule

_KEY_WHY = "exactly the artifact key, which is named by its alias in the condition"


class ArtifactStore(Construct):
    """The artifact bucket of the tooling account and its own key; artifacts expire after 30 days."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        partition: str,
        account: str,
        via_s3: str,
        description: str,
        bucket_name: str,
        bucket_arn: str,
        key_alias: str,
        user_role_arns: Sequence[str],
        access_logs: str | None,
    ) -> None:
        super().__init__(scope, id)
        self.key = EncryptionKey(
            self,
            "Encryption",
            partition=partition,
            account=account,
            alias=key_alias,
            description=description,
            statements=[
                Statement(
                    "Pipelines",
                    USE,
                    ["*"],
                    {**only(user_role_arns), "StringEquals": {"kms:ViaService": via_s3}},
                    principal=account_root(partition, account),
                )
            ],
        )
        PrivateBucket(
            self,
            "Artifacts",
            name=bucket_name,
            arn=bucket_arn,
            key_arn=self.key.arn,
            lifecycle_rules=[
                lifecycle_rule("artifacts", expire_days=30, old_versions_days=1),
                lifecycle_rule("unfinished-uploads", uploads_days=7),
            ],
            access_logs=access_logs,
            no_access_logs_reason="no bucket for access logs is given (parameter s3-access-logs-bucket-arn)",
        )


def artifact_grants(
    *, partition: str, account: str, region: str, via_s3: str, bucket_arn: str, key_alias: str
) -> list[Statement]:
    """What a pipeline or build role needs to hand on artifacts.

    The key belongs to another stack and is known by its alias only, so the grant names the alias as a condition.
    https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html
    """
    keys = f"arn:{partition}:kms:{region}:{account}:key/*"
    return [
        Statement(
            "Artifacts",
            ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"],
            [f"{bucket_arn}/*"],
            why="CodePipeline makes up the keys of artifacts in this module's own artifact bucket",
        ),
        Statement("ArtifactBucket", ["s3:GetBucketLocation", "s3:GetBucketVersioning"], [bucket_arn]),
        Statement(
            "ArtifactKey",
            KEY_USE,
            [keys],
            {
                "StringEquals": {"kms:ViaService": via_s3},
                "ForAnyValue:StringEquals": {"kms:ResourceAliases": key_alias},
            },
            why=_KEY_WHY,
        ),
        # called directly, so never under ViaService
        Statement(
            "DescribeArtifactKey",
            ["kms:DescribeKey"],
            [keys],
            {"ForAnyValue:StringEquals": {"kms:ResourceAliases": key_alias}},
            why=_KEY_WHY,
        ),
    ]
