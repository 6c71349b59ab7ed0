"""AWS::S3::BucketPolicy.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucketpolicy.html
"""

from __future__ import annotations

import json
from typing import Any

from rehearsal.cloudformation.provider import Call, Made, Provider, ResourceError
from rehearsal.cloudformation.providers._errors import ignoring
from rehearsal.cloudformation.shapes import document


class BucketPolicy(Provider):
    """The one policy of a bucket."""

    type = "AWS::S3::BucketPolicy"
    service, noun, absent = "s3", "policy of bucket", ("NoSuchBucket", "NoSuchBucketPolicy")
    removal = ("DeleteBucketPolicy", "Bucket")

    def create(self, call: Call) -> Made:
        """Put the policy; a bucket that has one belongs to somebody else."""
        bucket = call.properties["Bucket"]
        with ignoring("NoSuchBucketPolicy"):
            call.invoke("GetBucketPolicy", Bucket=bucket)
            raise ResourceError(f"The bucket policy already exists on bucket {bucket}.")
        return self._put(call, bucket)

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Put the policy anew."""
        return self._put(call, call.handle)

    def found(self, call: Call, name: str) -> Made:
        """The one of that bucket."""
        call.invoke("GetBucketPolicy", Bucket=name)
        return Made(name)

    def actual(self, call: Call) -> dict[str, Any]:
        """The document."""
        text = call.invoke("GetBucketPolicy", Bucket=call.handle)["Policy"]
        return {"Bucket": call.handle, "PolicyDocument": json.loads(text)}

    def _put(self, call: Call, bucket: str) -> Made:
        call.invoke("PutBucketPolicy", Bucket=bucket, Policy=document(call.properties["PolicyDocument"]))
        return Made(bucket)
