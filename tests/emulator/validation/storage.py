"""S3: what is refused."""

from __future__ import annotations

import json
from typing import Any

from tests.emulator.validation.case import NOBODY, Case, bucket_policy

BAD_NAME = "InvalidBucketName: The specified bucket is not valid."


def of_bucket(name: str, error: str, document: Any) -> Case:
    given = {"Bucket": "validated", "Policy": json.dumps(document)}
    return Case(name, "s3", "put_bucket_policy", given, error,
                ("AWS::S3::BucketPolicy", {"Bucket": "validated", "PolicyDocument": document}))  # fmt: skip


def bucket(name: str, error: str, called: str) -> Case:
    return Case(name, "s3", "create_bucket", {"Bucket": called}, error, ("AWS::S3::Bucket", {"BucketName": called}))


CASES = (
    bucket("a bucket with capitals", BAD_NAME, "Capitals"),
    bucket("a bucket with an underscore", BAD_NAME, "under_score"),
    bucket("a bucket with two dots", BAD_NAME, "two..dots"),
    bucket("a bucket named as an address", BAD_NAME, "192.168.5.4"),
    bucket("a bucket with a reserved end", BAD_NAME, "mine-s3alias"),
    of_bucket("a policy about another bucket", "MalformedPolicy: Policy has invalid resource",
              bucket_policy("another")),
    of_bucket("a bucket policy with another service's action", "MalformedPolicy: Policy has invalid action",
              bucket_policy(Action="sqs:SendMessage")),
    of_bucket("a bucket policy of objects about the bucket",
              "MalformedPolicy: Action does not apply to any resource(s) in statement",
              bucket_policy(Resource="arn:aws:s3:::validated")),
    of_bucket("a bucket policy of a role that is not there", "MalformedPolicy: Invalid principal in policy",
              bucket_policy(Principal={"AWS": NOBODY})),
    of_bucket("a public bucket policy", "AccessDenied: s3:PutBucketPolicy on resource", bucket_policy(Principal="*")),
    Case("a public ACL", "s3", "put_bucket_acl", {"Bucket": "validated", "ACL": "public-read"},
         "AccessControlListNotSupported: The bucket does not allow ACLs",
         ("AWS::S3::Bucket", {"AccessControl": "PublicRead"})),
    Case("a new bucket with an ACL", "s3", "create_bucket", {"Bucket": "aclbucket", "ACL": "public-read"},
         "InvalidBucketAclWithObjectOwnership: Bucket cannot have ACLs"),
    Case("an object's ACL", "s3", "put_object", {"Bucket": "validated", "Key": "k", "ACL": "public-read"},
         "AccessControlListNotSupported: The bucket does not allow ACLs"),
    Case("51 tags of a bucket", "s3", "put_bucket_tagging",
         {"Bucket": "validated", "Tagging": {"TagSet": [{"Key": f"k{n}", "Value": "v"} for n in range(51)]}},
         "BadRequest: Bucket tag count cannot be greater than 50",
         ("AWS::S3::Bucket", {"Tags": [{"Key": f"k{n}", "Value": "v"} for n in range(51)]})),
    Case("a bucket that expires at once", "s3", "put_bucket_lifecycle_configuration",
         {"Bucket": "validated", "LifecycleConfiguration": {"Rules": [
             {"ID": "a", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 0}}]}},
         "InvalidArgument: 'Days' for Expiration action must be a positive integer",
         ("AWS::S3::Bucket", {"LifecycleConfiguration": {"Rules": [{"Status": "Enabled", "ExpirationInDays": 0}]}})),
    Case("an unknown encryption of a bucket", "s3", "put_bucket_encryption",
         {"Bucket": "validated", "ServerSideEncryptionConfiguration": {"Rules": [
             {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES512"}}]}},
         "MalformedXML: The XML you provided",
         ("AWS::S3::Bucket", {"BucketEncryption": {"ServerSideEncryptionConfiguration": [
             {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES512"}}]}})),
    Case("an unknown state of versioning", "s3", "put_bucket_versioning",
         {"Bucket": "validated", "VersioningConfiguration": {"Status": "On"}}, "MalformedXML: The XML you provided",
         ("AWS::S3::Bucket", {"VersioningConfiguration": {"Status": "On"}})),
    Case("an unknown encryption of an object", "s3", "put_object",
         {"Bucket": "validated", "Key": "k", "ServerSideEncryption": "AES512"},
         "InvalidArgument: The encryption method specified is not supported"),
    Case("a reserved tag of a bucket", "s3", "put_bucket_tagging",
         {"Bucket": "validated", "Tagging": {"TagSet": [{"Key": "aws:mine", "Value": "x"}]}},
         "InvalidTag: System tags"),
)  # fmt: skip
