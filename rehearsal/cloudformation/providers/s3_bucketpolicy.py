"""AWS::S3::BucketPolicy.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucketpolicy.html
"""

from __future__ import annotations

from typing import Any

from rehearsal.cloudformation.provider import Call, Made, Provider, ResourceError
from rehearsal.cloudformation.providers._errors import ignoring, not_found
from rehearsal.cloudformation.shapes import document


class BucketPolicy(Provider):
    """The one policy of a bucket."""

    type = "AWS::S3::BucketPolicy"

    def create(self, call: Call) -> Made:
        """Put the policy; a bucket that has one belongs to somebody else."""
        bucket = call.properties["Bucket"]
        with ignoring("NoSuchBucketPolicy"):
            call.invoke("s3", "GetBucketPolicy", Bucket=bucket)
            raise ResourceError(f"The bucket policy already exists on bucket {bucket}.")
        return self._put(call, bucket)

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Put the policy anew."""
        return self._put(call, call.handle)

    def delete(self, call: Call) -> None:
        """Take it away."""
        with ignoring("NoSuchBucket", "NoSuchBucketPolicy"):
            call.invoke("s3", "DeleteBucketPolicy", Bucket=call.handle)

    def read(self, call: Call, identifier: dict[str, str]) -> Made:
        """The one of that bucket. Raises NotFound."""
        with not_found(f"policy of bucket {identifier['Bucket']}", "NoSuchBucket", "NoSuchBucketPolicy"):
            call.invoke("s3", "GetBucketPolicy", Bucket=identifier["Bucket"])
        return Made(identifier["Bucket"])

    def _put(self, call: Call, bucket: str) -> Made:
        call.invoke("s3", "PutBucketPolicy", Bucket=bucket, Policy=document(call.properties["PolicyDocument"]))
        return Made(bucket)
