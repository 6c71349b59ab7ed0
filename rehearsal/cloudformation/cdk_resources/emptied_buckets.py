"""Custom::S3AutoDeleteObjects: a bucket that is emptied before it is deleted (`auto_delete_objects`).

https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_s3.Bucket.html#autodeleteobjects
"""

from __future__ import annotations

import contextlib
import json
from typing import Any

from botocore.exceptions import ClientError

from rehearsal.cloudformation.cdk_resources.request import DELETE, UPDATE, Answer, Request

TAG = "aws-cdk:auto-delete-objects"


def handle(request: Request) -> Answer:
    """Nothing until the deletion, which empties a bucket that has the CDK's tag."""
    if request.kind == UPDATE:
        return Answer(request.properties.get("BucketName") or request.old["BucketName"])
    if request.kind == DELETE:
        try:
            _empty(request.clients.client("s3"), request.text("BucketName"))
        except ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchBucket":
                raise
    return Answer(request.id or request.number)


def _empty(s3: Any, bucket: str) -> None:
    tags = s3.get_bucket_tagging(Bucket=bucket)["TagSet"]
    if {"Key": TAG, "Value": "true"} not in tags:
        return  # the bucket is no longer to be emptied
    with contextlib.suppress(ClientError):  # the function only says so in its log
        _refuse_more(s3, bucket)
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        if found:
            named = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in found]
            s3.delete_objects(Bucket=bucket, Delete={"Objects": named})


def _refuse_more(s3: Any, bucket: str) -> None:
    """Deny new objects from now on."""
    policy = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])
    policy["Statement"].append(
        {"Effect": "Deny", "Principal": "*", "Action": ["s3:PutObject"], "Resource": [f"arn:aws:s3:::{bucket}/*"]}
    )
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
