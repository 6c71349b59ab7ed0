"""Bucket and key for what CodePipeline hands from stage to stage. No model ever passes through it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from constructs import Construct

from model_cicd.aws import resources
from model_cicd.aws.place import Place
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
        store: resources.ArtifactStore,
        description: str,
        user_role_arns: Sequence[str],
        readers: Mapping[str, Sequence[str]],
        organization_id: str | None,
        access_logs: str | None,
    ) -> None:
        super().__init__(scope, id)
        place = store.place
        self.key = EncryptionKey(
            self,
            "Encryption",
            place=place,
            alias=store.key_alias.name,
            description=description,
            statements=[
                Statement(
                    "Pipelines",
                    KEY_USE,
                    ["*"],
                    {**only(user_role_arns), "StringEquals": {"kms:ViaService": place.via_s3}},
                    principal=account_root(place),
                ),
                *_decrypt(place, readers, organization_id),
            ],
        )
        PrivateBucket(
            self,
            "Artifacts",
            named=store.bucket,
            key_arn=self.key.arn,
            lifecycle_rules=[
                lifecycle_rule("artifacts", expire_days=30, old_versions_days=1),
                lifecycle_rule("unfinished-uploads", uploads_days=7),
            ],
            statements=_read(place, store.bucket.arn, readers, organization_id),
            access_logs=access_logs,
            no_access_logs_reason="no bucket for access logs is given (parameter s3-access-logs-bucket-arn)",
        )


def _split(account: str, readers: Mapping[str, Sequence[str]]) -> tuple[list[str], list[str], list[str]]:
    """The roles of `account` itself, the other accounts, and their roles."""
    others = [each for each in readers if each != account]
    return list(readers.get(account, ())), others, [role for each in others for role in readers[each]]


def _decrypt(place: Place, readers: Mapping[str, Sequence[str]], organization_id: str | None) -> list[Statement]:
    """One statement for all other accounts: a key's policy holds 32 KB."""
    own, others, roles = _split(place.account, readers)
    through = {"StringEquals": {"kms:ViaService": place.via_s3}}
    statements = []
    if own:
        who = both(only(own), through)
        statements.append(Statement("Deploy", ["kms:Decrypt"], ["*"], who, principal=account_root(place)))
    if others:
        who = both(only(roles, organization_id), through)
        statements.append(Statement("DeployOther", ["kms:Decrypt"], ["*"], who, principal=_roots(place, others)))
    return statements


def _read(
    place: Place, bucket_arn: str, readers: Mapping[str, Sequence[str]], organization_id: str | None
) -> list[dict[str, Any]]:
    """The CDK's deploy role may read buckets of other accounts; in its own it has what a bucket's policy gives it.

    So the roles of this account are principals themselves (they exist since the account was bootstrapped): a statement
    for the account's root would only leave the decision to their own policies.
    """
    own, others, roles = _split(place.account, readers)
    objects = f"{bucket_arn}/*"
    statements = []
    if own:
        principal = {"AWS": own[0] if len(own) == 1 else own}
        statements += [
            Statement("Deploy", _READ_OBJECTS, [objects], principal=principal),
            Statement("DeployBucket", _READ_BUCKET, [bucket_arn], principal=principal),
        ]
    if others:
        who, roots = only(roles, organization_id), _roots(place, others)
        statements += [
            Statement("DeployOther", _READ_OBJECTS, [objects], who, principal=roots),
            Statement("DeployOtherBucket", _READ_BUCKET, [bucket_arn], who, principal=roots),
        ]
    return [statement.json() for statement in statements]


def _roots(place: Place, accounts: Sequence[str]) -> dict[str, str | Sequence[str]]:
    roots = [account_root(place.elsewhere(account))["AWS"] for account in accounts]
    return {"AWS": roots[0] if len(roots) == 1 else roots}


def artifact_grants(store: resources.ArtifactStore) -> list[Statement]:
    """What a pipeline or build role needs to hand on artifacts.

    The key belongs to another stack and is known by its alias only, so the grant names the alias as a condition.
    https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html
    """
    keys = store.place.arn("kms", "key/*")
    alias = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": store.key_alias.name}}
    return [
        Statement(
            "Artifacts",
            ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"],
            [f"{store.bucket.arn}/*"],
            why="CodePipeline makes up the keys of artifacts in this module's own artifact bucket",
        ),
        Statement("ArtifactBucket", ["s3:GetBucketLocation", "s3:GetBucketVersioning"], [store.bucket.arn]),
        Statement(
            "ArtifactKey",
            KEY_USE,
            [keys],
            {"StringEquals": {"kms:ViaService": store.place.via_s3}, **alias},
            why=_KEY_WHY,
        ),
        # called directly, so never under ViaService
        Statement("DescribeArtifactKey", ["kms:DescribeKey"], [keys], alias, why=_KEY_WHY),
    ]
