"""Bucket and key for what CodePipeline hands from stage to stage. No model ever passes through it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from constructs import Construct

from model_cicd.constructs.encryption_key import KEY_USE, EncryptionKey
from model_cicd.constructs.iam import Statement, account_root, both, only
from model_cicd.constructs.private_bucket import PrivateBucket, lifecycle_rule

_READ_OBJECTS = ("s3:GetObject", "s3:GetObjectVersion")
_READ_BUCKET = ("s3:GetBucketLocation", "s3:ListBucket")
_KEY_WHY = "exactly the artifact key, which is named by its alias in the condition"


class ArtifactStore(Construct):
    """The artifact bucket of the tooling account and its own key; artifacts expire after 30 days.

    `readers` maps accounts to the roles (ARNs) that deploy what pipelines hand on, such as the CDK's deploy roles.
    """

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
        readers: Mapping[str, Sequence[str]],
        organization_id: str | None,
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
                    KEY_USE,
                    ["*"],
                    {**only(user_role_arns), "StringEquals": {"kms:ViaService": via_s3}},
                    principal=account_root(partition, account),
                ),
                *_decrypt(partition, account, readers, via_s3, organization_id),
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
            statements=_read(partition, account, bucket_arn, readers, organization_id),
            access_logs=access_logs,
            no_access_logs_reason="no bucket for access logs is given (parameter s3-access-logs-bucket-arn)",
        )


def _split(account: str, readers: Mapping[str, Sequence[str]]) -> tuple[list[str], list[str], list[str]]:
    """The roles of `account` itself, the other accounts, and their roles."""
    others = [each for each in readers if each != account]
    return list(readers.get(account, ())), others, [role for each in others for role in readers[each]]


def _decrypt(
    partition: str,
    account: str,
    readers: Mapping[str, Sequence[str]],
    via_s3: str,
    organization_id: str | None,
) -> list[Statement]:
    """One statement for all other accounts: a key's policy holds 32 KB."""
    own, others, roles = _split(account, readers)
    through = {"StringEquals": {"kms:ViaService": via_s3}}
    statements = []
    if own:
        who = both(only(own), through)
        statements.append(Statement("Deploy", ["kms:Decrypt"], ["*"], who, principal=account_root(partition, account)))
    if others:
        who = both(only(roles, organization_id), through)
        statements.append(Statement("DeployOther", ["kms:Decrypt"], ["*"], who, principal=_roots(partition, others)))
    return statements


def _read(
    partition: str,
    account: str,
    bucket_arn: str,
    readers: Mapping[str, Sequence[str]],
    organization_id: str | None,
) -> list[dict[str, Any]]:
    """The CDK's deploy role may read buckets of other accounts; in its own it has what a bucket's policy gives it.

    So the roles of this account are principals themselves (they exist since the account was bootstrapped): a statement
    for the account's root would only leave the decision to their own policies.
    """
    own, others, roles = _split(account, readers)
    objects = f"{bucket_arn}/*"
    statements = []
    if own:
        principal = {"AWS": own[0] if len(own) == 1 else own}
        statements += [
            Statement("Deploy", _READ_OBJECTS, [objects], principal=principal),
            Statement("DeployBucket", _READ_BUCKET, [bucket_arn], principal=principal),
        ]
    if others:
        who, roots = only(roles, organization_id), _roots(partition, others)
        statements += [
            Statement("DeployOther", _READ_OBJECTS, [objects], who, principal=roots),
            Statement("DeployOtherBucket", _READ_BUCKET, [bucket_arn], who, principal=roots),
        ]
    return [statement.json() for statement in statements]


def _roots(partition: str, accounts: Sequence[str]) -> dict[str, str | Sequence[str]]:
    roots = [account_root(partition, account)["AWS"] for account in accounts]
    return {"AWS": roots[0] if len(roots) == 1 else roots}


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
