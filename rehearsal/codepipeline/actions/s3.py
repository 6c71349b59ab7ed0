"""Source from S3: a copy of an object of a versioned bucket. It polls unless PollForSourceChanges is false.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-S3.html
"""

from __future__ import annotations

from botocore.exceptions import ClientError

from rehearsal.codepipeline.actions.base import Context, MisconfiguredError, Provider, Result
from rehearsal.codepipeline.models import Revision


class S3Source(Provider):
    """Source / AWS / S3."""

    categories = ("Source",)
    name = "S3"
    required, optional = "S3Bucket S3ObjectKey", "PollForSourceChanges AllowOverrideForS3ObjectKey"
    outputs = (1, 1)

    def run(self, context: Context) -> Result:
        """Copy the object, at the version that the execution was started for, if any. Raises ActionFailedError."""
        configuration = context.configuration
        bucket, key, version = configuration["S3Bucket"], configuration["S3ObjectKey"], None
        override = context.execution.overrides.get(context.run.name) or {}
        if override.get("revisionType") == "S3_OBJECT_KEY":
            if configuration.get("AllowOverrideForS3ObjectKey", "false").lower() != "true":
                raise MisconfiguredError("AllowOverrideForS3ObjectKey is not true")
            key = override["revisionValue"]
        elif override:
            version = override["revisionValue"]
        s3 = context.client("s3")
        try:
            found = s3.get_object(Bucket=bucket, Key=key, **({"VersionId": version} if version else {}))
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchBucket", "NoSuchKey", "NoSuchVersion"):
                raise MisconfiguredError(f"s3://{bucket}/{key}: {error.response['Error']['Message']}") from None
            raise
        version = found.get("VersionId")
        if not version or version == "null":
            raise MisconfiguredError(f"the bucket {bucket} of an S3 source must be versioned")
        (artifact,) = context.run.outputs
        context.write(artifact, found["Body"].read())
        variables = {"BucketName": bucket, "ObjectKey": key, "ETag": found["ETag"].strip('"'), "VersionId": version}
        context.report(version)
        return Result(
            f"Amazon S3 version id: {version}", variables, Revision(version, f"Amazon S3 version id: {version}")
        )
