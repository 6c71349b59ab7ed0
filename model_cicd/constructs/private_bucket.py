"""A bucket that is encrypted with one key, versioned, reached over TLS only, and kept when the stack is deleted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aws_cdk import aws_s3 as s3
from constructs import Construct

from model_cicd.aws.place import Named
from model_cicd.constructs.iam import Statement
from model_cicd.constructs.nag import acknowledge
from model_cicd.constructs.retained import retain


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
        lifecycle_rules: Sequence[s3.CfnBucket.RuleProperty],
        statements: Sequence[dict[str, Any]] = (),
        access_logs: str | None = None,
        no_access_logs_reason: str = "",
    ) -> None:
        super().__init__(scope, id)
        self.bucket = s3.CfnBucket(
            self,
            "Bucket",
            bucket_name=named.name,
            bucket_encryption=_encryption(key_arn),
            lifecycle_configuration=s3.CfnBucket.LifecycleConfigurationProperty(rules=list(lifecycle_rules)),
            logging_configuration=_logging(named.name, access_logs),
            ownership_controls=s3.CfnBucket.OwnershipControlsProperty(
                rules=[s3.CfnBucket.OwnershipControlsRuleProperty(object_ownership="BucketOwnerEnforced")]
            ),
            public_access_block_configuration=s3.CfnBucket.PublicAccessBlockConfigurationProperty(
                block_public_acls=True, block_public_policy=True, ignore_public_acls=True, restrict_public_buckets=True
            ),
            versioning_configuration=s3.CfnBucket.VersioningConfigurationProperty(status="Enabled"),
        )
        retain(self.bucket)
        if not access_logs:
            acknowledge(self.bucket, {"AwsSolutions-S1": no_access_logs_reason})
        policy = s3.CfnBucketPolicy(
            self,
            "Policy",
            # by name, as the statements are: cdk-nag compares the two
            bucket=named.name,
            policy_document={"Version": "2012-10-17", "Statement": [_tls_only(named.arn), *statements]},
        )
        policy.add_resource_dependency(self.bucket)


def lifecycle_rule(
    id: str,
    *,
    prefix: str | None = None,
    expire_days: int | None = None,
    old_versions_days: int | None = None,
    tiering_days: int | None = None,
    archive_days: int | None = None,
    uploads_days: int | None = None,
) -> s3.CfnBucket.RuleProperty:
    """One lifecycle rule; every number is in days, `tiering_days` is when objects move to Intelligent-Tiering.

    `archive_days` is when they move to Glacier Flexible Retrieval.
    """
    moves = {"INTELLIGENT_TIERING": tiering_days, "GLACIER": archive_days}
    return s3.CfnBucket.RuleProperty(
        id=id,
        status="Enabled",
        prefix=prefix,
        expiration_in_days=expire_days,
        noncurrent_version_expiration=(
            s3.CfnBucket.NoncurrentVersionExpirationProperty(noncurrent_days=old_versions_days)
            if old_versions_days
            else None
        ),
        transitions=[
            s3.CfnBucket.TransitionProperty(storage_class=name, transition_in_days=days)
            for name, days in moves.items()
            if days
        ]
        or None,
        abort_incomplete_multipart_upload=(
            s3.CfnBucket.AbortIncompleteMultipartUploadProperty(days_after_initiation=uploads_days)
            if uploads_days
            else None
        ),
    )


def _encryption(key_arn: str) -> s3.CfnBucket.BucketEncryptionProperty:
    return s3.CfnBucket.BucketEncryptionProperty(
        server_side_encryption_configuration=[
            s3.CfnBucket.ServerSideEncryptionRuleProperty(
                bucket_key_enabled=True,
                server_side_encryption_by_default=s3.CfnBucket.ServerSideEncryptionByDefaultProperty(
                    sse_algorithm="aws:kms", kms_master_key_id=key_arn
                ),
            )
        ]
    )


def _logging(name: str, access_logs: str | None) -> s3.CfnBucket.LoggingConfigurationProperty | None:
    if not access_logs:
        return None
    return s3.CfnBucket.LoggingConfigurationProperty(destination_bucket_name=access_logs, log_file_prefix=f"{name}/")


def _tls_only(arn: str) -> dict[str, Any]:
    return Statement(
        "TlsOnly",
        ["s3:*"],
        [arn, f"{arn}/*"],
        {"Bool": {"aws:SecureTransport": "false"}},
        principal="*",
        effect="Deny",
    ).json()
