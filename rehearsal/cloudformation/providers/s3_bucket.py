"""AWS::S3::Bucket. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html"""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.cloudformation.provider import Call, Made, Provider, ResourceError
from rehearsal.cloudformation.providers._errors import ignoring
from rehearsal.cloudformation.providers._s3_settings import SETTINGS
from rehearsal.cloudformation.shapes import tag_map

# property -> the operation that reads it and the member of its answer
READ = (
    ("PublicAccessBlockConfiguration", "GetPublicAccessBlock", "PublicAccessBlockConfiguration"),
    ("OwnershipControls", "GetBucketOwnershipControls", "OwnershipControls"),
    ("BucketEncryption", "GetBucketEncryption", "ServerSideEncryptionConfiguration"),
    ("Tags", "GetBucketTagging", "TagSet"),
)


class Bucket(Provider):
    """A bucket and its settings, each put by its own operation."""

    type = "AWS::S3::Bucket"
    service, noun, absent = "s3", "bucket", ("404", "NoSuchBucket", "403")
    removal = ("DeleteBucket", "Bucket")  # one with objects in it cannot be deleted, as on AWS
    settings = SETTINGS
    unsupported: ClassVar[dict[str, str]] = {
        "a bucket is named whole": "BucketNamePrefix BucketNamespace",
        "no copies and locks": "ReplicationConfiguration ObjectLockConfiguration ObjectLockEnabled",
        "events go to functions and EventBridge": (
            "NotificationConfiguration.QueueConfigurations NotificationConfiguration.TopicConfigurations"
        ),
        "no reports, metrics and tables": (
            "AnalyticsConfigurations InventoryConfigurations MetadataConfiguration MetadataTableConfiguration "
            "MetricsConfigurations"
        ),
        "no websites, tiers and other access": (
            "AbacStatus AccelerateConfiguration IntelligentTieringConfigurations WebsiteConfiguration"
        ),
        "settings that the engine does not put": (
            "BucketEncryption.ServerSideEncryptionConfiguration.BlockedEncryptionTypes "
            "LifecycleConfiguration.TransitionDefaultMinimumObjectSize LoggingConfiguration.TargetObjectKeyFormat"
        ),
    }
    named_by = "BucketName"

    def create(self, call: Call) -> Made:
        """The bucket, then its settings."""
        name = call.name(call.properties.get("BucketName"), 63, lower=True)
        place = None if call.region == "us-east-1" else {"LocationConstraint": call.region}
        if place is None:  # in this region S3 answers success for a bucket that one has already
            with ignoring("404", "NoSuchBucket"):
                call.invoke("HeadBucket", Bucket=name)
                raise ResourceError(f"{name} already exists")
        ownership = (call.properties.get("OwnershipControls") or {}).get("Rules") or [{}]
        call.invoke(
            "CreateBucket",
            Bucket=name,
            CreateBucketConfiguration=place,
            ObjectOwnership=ownership[0].get("ObjectOwnership"),
        )
        call.reserve(name)
        self.put(call, {}, Bucket=name)
        return self._made(call, name)

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """The settings that changed."""
        self.put(call, old, Bucket=call.handle)
        return self._made(call, call.handle)

    def found(self, call: Call, name: str) -> Made:
        """The one of that name."""
        call.invoke("HeadBucket", Bucket=name)
        return self._made(call, name)

    def actual(self, call: Call) -> dict[str, Any]:
        """Versioning, the block of public access, ownership, encryption and tags."""
        bucket = {"Bucket": call.handle}
        versioning = call.invoke("GetBucketVersioning", **bucket)
        found: dict[str, Any] = {
            "BucketName": call.handle,
            "VersioningConfiguration": {"Status": versioning.get("Status", "Suspended")},
        }
        for name, operation, member in READ:
            found[name] = {}
            with ignoring("NoSuchPublicAccessBlockConfiguration", "OwnershipControlsNotFoundError", "NoSuchTagSet"):
                found[name] = call.invoke(operation, **bucket)[member]
        rules = found.pop("BucketEncryption").get("Rules", [])
        encryption = [
            {"ServerSideEncryptionByDefault": rule.get("ApplyServerSideEncryptionByDefault")}
            | ({"BucketKeyEnabled": True} if rule.get("BucketKeyEnabled") else {})
            for rule in rules
        ]
        return found | {
            "BucketEncryption": {"ServerSideEncryptionConfiguration": encryption}, "Tags": tag_map(found["Tags"]),
        }  # fmt: skip

    def _made(self, call: Call, name: str) -> Made:
        suffix = "amazonaws.com.cn" if call.partition == "aws-cn" else "amazonaws.com"
        return Made(
            name,
            {
                "Arn": f"arn:{call.partition}:s3:::{name}",
                "DomainName": f"{name}.s3.{suffix}",
                "DualStackDomainName": f"{name}.s3.dualstack.{call.region}.{suffix}",
                "RegionalDomainName": f"{name}.s3.{call.region}.{suffix}",
                "WebsiteURL": f"http://{name}.s3-website-{call.region}.{suffix}",
            },
        )
