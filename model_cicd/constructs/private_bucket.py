"""A bucket that is encrypted with one key, versioned, reached over TLS only, and kept when the stack is deleted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aws_cdk import aws_s3 as s3
from constructs import Construct

from model_cicd.aws.place import Named
from model_cicd.constructs.iam import Statement
from model_cicd.constructs.nag import acknowledge
from model_cicd.constructs.resource import resource

#: a lifecycle rule, as `resource` takes it
Rule = dict[str, Any]


class PrivateBucket(Construct):
    """The bucket `named`, with a policy; `access_logs` is the name of the bucket that receives its access logs, if any.

    `statements` are JSON of policy statements, besides the refusal of plain HTTP.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        named: Named,
        key_arn: str,
        lifecycle_rules: Sequence[Rule],
        statements: Sequence[dict[str, Any]] = (),
        access_logs: str | None = None,
        no_access_logs_reason: str = "",
    ) -> None:
        super().__init__(scope, id)
        self.bucket = resource(
            s3.CfnBucket,
            self,
            "Bucket",
            bucket_name=named.name,
            bucket_encryption=_encryption(key_arn),
            lifecycle_configuration={"rules": lifecycle_rules},
            logging_configuration=(
                {"destinationBucketName": access_logs, "logFilePrefix": f"{named.name}/"} if access_logs else None
            ),
            ownership_controls={"rules": [{"objectOwnership": "BucketOwnerEnforced"}]},
            public_access_block_configuration={
                "blockPublicAcls": True,
                "blockPublicPolicy": True,
                "ignorePublicAcls": True,
                "restrictPublicBuckets": True,
            },
            versioning_configuration={"status": "Enabled"},
        )
        if not access_logs:
            acknowledge(self.bucket, {"AwsSolutions-S1": no_access_logs_reason})
        self.policy = resource(
            s3.CfnBucketPolicy,
            self,
            "Policy",
            # by name, as the statements are: cdk-nag compares the two
            bucket=named.name,
            policy_document={"Version": "2012-10-17", "Statement": [_tls_only(named.arn), *statements]},
        )
        self.policy.add_resource_dependency(self.bucket)


def lifecycle_rule(
    id: str,
    *,
    prefix: str | None = None,
    expire_days: int | None = None,
    old_versions_days: int | None = None,
    tiering_days: int | None = None,
    archive_days: int | None = None,
    uploads_days: int | None = None,
) -> Rule:
    """One lifecycle rule; every number is in days, `tiering_days` is when objects move to Intelligent-Tiering.

    `archive_days` is when they move to Glacier Flexible Retrieval.
    """
    moves = {"INTELLIGENT_TIERING": tiering_days, "GLACIER": archive_days}
    return {
        "id": id,
        "status": "Enabled",
        "prefix": prefix,
        "expirationInDays": expire_days,
        "noncurrentVersionExpiration": {"noncurrentDays": old_versions_days} if old_versions_days else None,
        "transitions": [{"storageClass": name, "transitionInDays": days} for name, days in moves.items() if days]
        or None,
        "abortIncompleteMultipartUpload": {"daysAfterInitiation": uploads_days} if uploads_days else None,
    }


def _encryption(key_arn: str) -> dict[str, Any]:
    default = {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": key_arn}
    rule = {"bucketKeyEnabled": True, "serverSideEncryptionByDefault": default}
    return {"serverSideEncryptionConfiguration": [rule]}


def _tls_only(arn: str) -> dict[str, Any]:
    return Statement(
        "TlsOnly",
        ["s3:*"],
        [arn, f"{arn}/*"],
        {"Bool": {"aws:SecureTransport": "false"}},
        principal="*",
        effect="Deny",
    ).json()
