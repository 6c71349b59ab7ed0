"""A registry: key, bucket and model package group, and what each lets whom do.

Every cross-account statement names the consumer's account and, as a condition, the one role that may use it. Consumers
read `models/*` and create models from packages; nothing here lets them write, approve or decrypt anything else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from model_cicd.constructs.encryption_key import KEY_USE, EncryptionKey
from model_cicd.constructs.iam import Statement, account_root, both, document, only
from model_cicd.constructs.private_bucket import PrivateBucket, lifecycle_rule
from model_cicd.constructs.retained import retain

#: what consumers may read, and where training jobs put models
MODELS = "models/"
#: uploaded by the start role, under names made of the content
UPLOADS = ("code/", "data/")
#: outputs of processing jobs, one prefix for each execution
RUNS = "runs/"


class Registry(Construct):
    """Bucket and key of a registry, kept when its stack is deleted.

    `writers` are the roles (ARNs) that may use the key through S3, of which `execution_role_arn` runs jobs.
    `model_readers` maps each consumer account to its model execution roles (ARNs); `local_model_readers` are model
    execution roles of the registry's own account. Attributes: `key_arn` and `key_id`.
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
        execution_role_arn: str,
        writers: Sequence[str],
        lifecycle_rules: Sequence[s3.CfnBucket.RuleProperty],
        model_readers: Mapping[str, Sequence[str]],
        local_model_readers: Sequence[str],
        organization_id: str | None,
        access_logs: str | None,
    ) -> None:
        super().__init__(scope, id)
        own = account_root(partition, account)
        key = EncryptionKey(
            self,
            "Encryption",
            partition=partition,
            account=account,
            alias=key_alias,
            description=f"Registry of {description}",
            statements=[
                Statement(
                    "Train",
                    KEY_USE,
                    ["*"],
                    {**only(writers), "StringEquals": {"kms:ViaService": via_s3}},
                    principal=own,
                ),
                Statement(
                    "JobVolumes",
                    ["kms:CreateGrant"],
                    ["*"],
                    {**only([execution_role_arn]), "Bool": {"kms:GrantIsForAWSResource": "true"}},
                    principal=own,
                ),
                *_decrypt(partition, {account: local_model_readers} if local_model_readers else {}, via_s3, None),
                *_decrypt(partition, model_readers, via_s3, organization_id),
            ],
        )
        PrivateBucket(
            self,
            "Models",
            name=bucket_name,
            arn=bucket_arn,
            key_arn=key.arn,
            lifecycle_rules=lifecycle_rules,
            statements=[
                *_read_models(partition, bucket_arn, model_readers, organization_id),
                _others_only_read(account, bucket_arn),
            ],
            access_logs=access_logs,
            no_access_logs_reason=(
                "S3 delivers access logs within one account and region only, and no logging bucket is given for the "
                "build account; CloudTrail data events serve where reads must be recorded"
            ),
        )
        self.key_arn, self.key_id = key.arn, key.id


def model_package_group(
    scope: Construct,
    id: str,
    *,
    partition: str,
    name: str,
    arn: str,
    packages_arn: str,
    description: str,
    package_readers: Mapping[str, Sequence[str]],
    organization_id: str | None,
) -> sagemaker.CfnModelPackageGroup:
    """A registry's group, kept when its stack is deleted.

    `package_readers` maps each consumer account to its roles (ARNs) that create models.
    """
    group = sagemaker.CfnModelPackageGroup(
        scope,
        id,
        model_package_group_name=name,
        model_package_group_description=f"Models of {description}",
        model_package_group_policy=_package_policy(partition, arn, packages_arn, package_readers, organization_id),
    )
    retain(group)
    return group


def _decrypt(
    partition: str, readers: Mapping[str, Sequence[str]], via_s3: str, organization_id: str | None
) -> list[Statement]:
    return [
        Statement(
            f"Read{account}",
            ["kms:Decrypt"],
            ["*"],
            both(only(roles, organization_id), {"StringEquals": {"kms:ViaService": via_s3}}),
            principal=account_root(partition, account),
        )
        for account, roles in readers.items()
    ]


def _read_models(
    partition: str, arn: str, readers: Mapping[str, Sequence[str]], organization_id: str | None
) -> list[dict[str, Any]]:
    statements = []
    for account, roles in readers.items():
        who, principal = only(roles, organization_id), account_root(partition, account)
        statements += [
            Statement(f"Get{account}", ["s3:GetObject"], [f"{arn}/{MODELS}*"], who, principal=principal),
            Statement(
                f"List{account}",
                ["s3:ListBucket"],
                [arn],
                both(who, {"StringLike": {"s3:prefix": f"{MODELS}*"}}),
                principal=principal,
            ),
        ]
    return [statement.json() for statement in statements]


def _others_only_read(account: str, arn: str) -> dict[str, Any]:
    """Whatever else is granted some day, other accounts never write. NotAction, which is why it is not a Statement."""
    return {
        "Sid": "OthersOnlyRead",
        "Effect": "Deny",
        "Principal": "*",
        "NotAction": ["s3:GetObject", "s3:ListBucket"],
        "Resource": [arn, f"{arn}/*"],
        "Condition": {
            "StringNotEquals": {"aws:PrincipalAccount": account},
            "Bool": {"aws:PrincipalIsAWSService": "false"},
        },
    }


def _package_policy(
    partition: str,
    group_arn: str,
    packages_arn: str,
    readers: Mapping[str, Sequence[str]],
    organization_id: str | None,
) -> dict[str, Any] | None:
    statements = []
    for account, roles in readers.items():
        who, principal = only(roles, organization_id), account_root(partition, account)
        statements += [
            Statement(
                f"Group{account}", ["sagemaker:DescribeModelPackageGroup"], [group_arn], who, principal=principal
            ),
            Statement(
                f"Packages{account}",
                ["sagemaker:CreateModel", "sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"],
                [packages_arn],
                who,
                principal=principal,
            ),
        ]
    return document(statements) if statements else None


def group_lifecycle() -> list[s3.CfnBucket.RuleProperty]:
    """The lifecycle rules of a deployment group's registry, which the start role uploads to."""
    first, *others = default_lifecycle()
    return [
        first,
        lifecycle_rule("code", prefix="code/", old_versions_days=30),
        lifecycle_rule("data", prefix="data/", old_versions_days=90, tiering_days=30),
        *others,
    ]


def default_lifecycle() -> list[s3.CfnBucket.RuleProperty]:
    """The lifecycle rules for what every registry holds."""
    return [
        lifecycle_rule("unfinished-uploads", uploads_days=7),
        lifecycle_rule("runs", prefix=RUNS, old_versions_days=30, tiering_days=30),
        # every execution writes a prefix of its own, so an old version means that somebody overwrote a model
        lifecycle_rule("models", prefix=MODELS, old_versions_days=365),
    ]
