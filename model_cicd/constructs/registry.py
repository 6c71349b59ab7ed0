"""A registry: key, bucket and model package group, and what they let whom do (others: model_cicd/aws/sharing.py)."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from model_cicd.aws.place import Place
from model_cicd.aws.resources import CODE, MODELS, RUNS, PackageGroup, RegistryStore, Sharing
from model_cicd.aws.sharing import decrypt, others_only_read, package_policy, read_models, reports_only
from model_cicd.constructs.encryption_key import KEY_USE, EncryptionKey
from model_cicd.constructs.iam import Conditions, Statement, account_root, both, only
from model_cicd.constructs.private_bucket import PrivateBucket, Rule, lifecycle_rule
from model_cicd.constructs.resource import resource

#: uploaded by the start role, under names made of the content
UPLOADS = (CODE, "data/")
#: to write objects
PUT = ("s3:AbortMultipartUpload", "s3:PutObject")
#: the reason for the wildcard in the keys of a group's registry
SESSION_WHY = (
    "the group's own registry bucket, whose keys sessions and jobs of the SageMaker SDK make of names and times; what "
    "the role may not write there is denied"
)
#: the reason for no access logs of a bucket in a build account
NO_ACCESS_LOGS = (
    "S3 delivers access logs within one account and region only, and no logging bucket is given for the build account; "
    "CloudTrail data events serve where reads must be recorded"
)
#: the reason for the wildcard in the ARN of a group's versions
VERSIONS_WHY = "every version in the group's own model package group"


class Registry(Construct):
    """Bucket and key of a registry, kept when its stack is deleted; consumers of `sharing` read its models.

    Of the roles (ARNs) that may use the key through S3, the execution role runs jobs and `uploaders` are the others.
    Attributes: `store`, and `key_arn` and `key_id`, which CloudFormation knows.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        store: RegistryStore,
        description: str,
        uploaders: Sequence[str] = (),
        lifecycle_rules: Sequence[Rule],
        sharing: Sharing,
        access_logs: str | None,
    ) -> None:
        super().__init__(scope, id)
        self.store, place = store, store.place
        key = EncryptionKey(
            self,
            "Encryption",
            place=place,
            alias=store.key_alias.name,
            description=f"Registry of {description}",
            statements=[*_jobs(store, uploaders), *_reports(store), *decrypt(store, sharing)],
        )
        PrivateBucket(
            self,
            "Models",
            named=store.bucket,
            key_arn=key.arn,
            lifecycle_rules=lifecycle_rules,
            statements=[
                *read_models(store, sharing),
                *([reports_only(store, store.readers)] if store.readers else []),
                others_only_read(store),
            ],
            access_logs=access_logs,
            no_access_logs_reason=NO_ACCESS_LOGS,
        )
        self.key_arn, self.key_id = key.arn, key.id


def model_package_group(
    scope: Construct, id: str, *, models: PackageGroup, place: Place, description: str, sharing: Sharing
) -> sagemaker.CfnModelPackageGroup:
    """A registry's group at `place`, kept when its stack is deleted; consumers of `sharing` create models from it."""
    return resource(
        sagemaker.CfnModelPackageGroup,
        scope,
        id,
        model_package_group_name=models.name,
        model_package_group_description=f"Models of {description}",
        model_package_group_policy=package_policy(models, place, sharing),
    )


def _jobs(store: RegistryStore, uploaders: Sequence[str]) -> list[Statement]:
    own, runner = account_root(store.place), store.execution_role.arn
    through = store.place.through_s3
    granting: Conditions = {**only([runner]), "Bool": {"kms:GrantIsForAWSResource": "true"}}
    return [
        Statement("Train", KEY_USE, ["*"], {**only([runner, *uploaders]), **through}, principal=own),
        Statement("JobVolumes", ["kms:CreateGrant"], ["*"], granting, principal=own),
    ]


def _reports(store: RegistryStore) -> list[Statement]:
    if not store.readers:
        return []
    who = both(only(store.readers), store.place.through_s3)
    return [Statement("Reports", ["kms:Decrypt"], ["*"], who, principal=account_root(store.place))]


def group_lifecycle(*, runs_expire_days: int | None) -> list[Rule]:
    """The lifecycle rules of a deployment group's registry, which the start role uploads to.

    Outputs of processing jobs expire after `runs_expire_days`, where it is given.
    """
    first, *others = default_lifecycle(runs_expire_days=runs_expire_days)
    return [
        first,
        lifecycle_rule("code", prefix=CODE, old_versions_days=30),
        lifecycle_rule("data", prefix="data/", old_versions_days=90, tiering_days=30),
        *others,
    ]


def default_lifecycle(*, runs_expire_days: int | None = None) -> list[Rule]:
    """The lifecycle rules for what every registry holds."""
    return [
        lifecycle_rule("unfinished-uploads", uploads_days=7),
        lifecycle_rule("runs", prefix=RUNS, expire_days=runs_expire_days, old_versions_days=30, tiering_days=30),
        # every execution writes a prefix of its own, so an old version means that somebody overwrote a model
        lifecycle_rule("models", prefix=MODELS, old_versions_days=365),
    ]
