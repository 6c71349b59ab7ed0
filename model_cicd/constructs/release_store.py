"""What environments serve: a bucket, a key and a model package group that no role of training may change.

The promotion copies approved models here and registers them anew (docs/adr/0020-releases.md); consumers of other
accounts read releases and nothing else.
"""

from __future__ import annotations

from aws_cdk import aws_iam as iam
from constructs import Construct

from model_cicd.aws.place import Named
from model_cicd.aws.resources import MODELS, REGISTRATIONS, PackageGroup, RegistryStore, Releases, Sharing
from model_cicd.aws.sharing import decrypt, others_only_read, read_models
from model_cicd.constructs.encryption_key import EncryptionKey
from model_cicd.constructs.iam import Statement, account_root, only, role
from model_cicd.constructs.private_bucket import PrivateBucket, lifecycle_rule
from model_cicd.constructs.registry import (
    NO_ACCESS_LOGS,
    VERSIONS_WHY,
    Registry,
    model_package_group,
)

_KEY_USE = ("kms:Decrypt", "kms:GenerateDataKey")
_OBJECTS_WHY = "models of the group, whose keys training jobs made up"


class ReleaseStore(Construct):
    """Bucket, key and model package group of `releases`, kept when their stack is deleted.

    The release role writes models, the recorder's role records; the role `compared_by` reads models. Attributes:
    `releases`, and `key_arn` and `key_id`, which CloudFormation knows.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        releases: Releases,
        description: str,
        sharing: Sharing,
        access_logs: str | None,
        compared_by: Named | None = None,
    ) -> None:
        super().__init__(scope, id)
        self.releases, place = releases, releases.place
        own, through = account_root(place), place.through_s3
        key = EncryptionKey(
            self,
            "Encryption",
            place=place,
            alias=releases.key_alias.name,
            description=f"Releases of {description}",
            statements=[
                Statement("Release", _KEY_USE, ["*"], {**only([releases.role.arn]), **through}, principal=own),
                Statement(
                    "Record",
                    ["kms:GenerateDataKey"],
                    ["*"],
                    {**only([releases.recorder.role.arn]), **through},
                    principal=own,
                ),
                *(
                    [
                        Statement(
                            "Compare", ["kms:Decrypt"], ["*"], {**only([compared_by.arn]), **through}, principal=own
                        )
                    ]
                    if compared_by
                    else ()
                ),
                *decrypt(releases, sharing),
            ],
        )
        PrivateBucket(
            self,
            "Models",
            named=releases.bucket,
            key_arn=key.arn,
            lifecycle_rules=[lifecycle_rule("unfinished-uploads", uploads_days=7)],
            statements=[*read_models(releases, sharing), others_only_read(releases)],
            access_logs=access_logs,
            no_access_logs_reason=NO_ACCESS_LOGS,
        )
        model_package_group(
            self, "ModelPackageGroup", models=releases.models, place=place, description=description, sharing=sharing
        )
        self.key_arn, self.key_id = key.arn, key.id


def release_role(
    store: ReleaseStore,
    *,
    description: str,
    trust: Statement,
    registry: Registry,
    candidates: PackageGroup,
    sources: tuple[str, ...],
    key_parameter_arn: str,
) -> iam.CfnRole:
    """For whom `trust` says: reads candidates and their objects, copies these and registers releases.

    `sources` are the prefixes of the registry that artifacts of candidates may be below. It overwrites nothing that a
    consumer has not yet been given, approves no candidate, and deletes nothing.
    """
    return role(
        store,
        "Role",
        name=store.releases.role.name,
        description=description,
        trust=trust,
        statements=[
            *_candidates(registry.store, registry.key_arn, candidates, sources),
            *_releases(store.releases, store.key_arn),
            Statement("KeyParameter", ["ssm:GetParameter"], [key_parameter_arn]),
        ],
    )


def _candidates(
    registry: RegistryStore, key_arn: str, candidates: PackageGroup, sources: tuple[str, ...]
) -> list[Statement]:
    bucket, through = registry.bucket.arn, registry.place.through_s3
    below = {"StringLike": {"s3:prefix": [f"{each}*" for each in sources]}}
    return [
        Statement("Candidate", ["sagemaker:DescribeModelPackage"], [candidates.packages_arn], why=VERSIONS_WHY),
        Statement("ObjectVersions", ["s3:ListBucketVersions"], [bucket], below),
        Statement("Objects", ["s3:GetObjectVersion"], [f"{bucket}/{each}*" for each in sources], why=_OBJECTS_WHY),
        Statement("RegistryKey", ["kms:Decrypt"], [key_arn], through),
    ]


def _releases(releases: Releases, key_arn: str) -> list[Statement]:
    bucket, through = releases.bucket.arn, releases.place.through_s3
    groups = [releases.models.arn, releases.models.packages_arn]
    return [
        Statement(
            "Registrations", ["s3:ListBucketVersions"], [bucket], {"StringLike": {"s3:prefix": f"{REGISTRATIONS}*"}}
        ),
        Statement(
            "Registration",
            ["s3:GetObjectVersion"],
            [f"{bucket}/{REGISTRATIONS}*"],
            why="one record for each candidate, named by its number",
        ),
        Statement(
            "Copies",
            ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"],
            [f"{bucket}/{MODELS}*"],
            why="the copies of models, one folder for each candidate",
        ),
        # without it, S3 answers "forbidden" where it should say that there is no such object
        Statement("ListCopies", ["s3:ListBucket"], [bucket], {"StringLike": {"s3:prefix": f"{MODELS}*"}}),
        Statement("ReleaseKey", _KEY_USE, [key_arn], through),
        Statement(
            "Release",
            ["sagemaker:CreateModelPackage"],
            groups,
            {"StringEquals": {"sagemaker:ModelApprovalStatus": "Approved"}},
            why=VERSIONS_WHY,
        ),
        Statement(
            "Released",
            ["sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"],
            groups,
            why=VERSIONS_WHY,
        ),
    ]


def compared(store: ReleaseStore) -> list[Statement]:
    """What a training that compares itself with a release reads of it: the artifact."""
    bucket, place = store.releases.bucket.arn, store.releases.place
    return [
        Statement(
            "Compare",
            ["s3:GetObject"],
            [f"{bucket}/{MODELS}*"],
            why="the releases of the group itself, one folder for each",
        ),
        Statement("ListCompared", ["s3:ListBucket"], [bucket], {"StringLike": {"s3:prefix": f"{MODELS}*"}}),
        Statement("ReleaseKey", ["kms:Decrypt"], [store.key_arn], place.through_s3),
    ]
