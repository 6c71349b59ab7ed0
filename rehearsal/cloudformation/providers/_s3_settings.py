"""The settings of a bucket: property -> how it is put and how it is taken away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rehearsal.cloudformation.provider import Call

PUBLIC_ACCESS = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
# what a template and what the API call the parts of a lifecycle rule
EXPIRATION = {
    "ExpirationInDays": "Days",
    "ExpirationDate": "Date",
    "ExpiredObjectDeleteMarker": "ExpiredObjectDeleteMarker",
}
TRANSITION = {"TransitionInDays": "Days", "TransitionDate": "Date", "StorageClass": "StorageClass"}
NONCURRENT = {
    "TransitionInDays": "NoncurrentDays",
    "StorageClass": "StorageClass",
    "NewerNoncurrentVersions": "NewerNoncurrentVersions",
}
ACLS = {
    "Private": "private", "PublicRead": "public-read", "PublicReadWrite": "public-read-write",
    "AuthenticatedRead": "authenticated-read", "LogDeliveryWrite": "log-delivery-write",
    "BucketOwnerRead": "bucket-owner-read", "BucketOwnerFullControl": "bucket-owner-full-control",
}  # fmt: skip


def put_all(call: Call, bucket: str, old: dict[str, Any], new: dict[str, Any]) -> None:
    """Put every setting that differs, and take away those that are no longer there."""
    for name, (put, remove) in SETTINGS.items():
        if old.get(name) == new.get(name):
            continue
        if name in new:
            put(call, bucket, new[name])
        elif name == "LoggingConfiguration":
            call.invoke("s3", "PutBucketLogging", Bucket=bucket, BucketLoggingStatus={})
        elif name == "VersioningConfiguration":
            _versioning(call, bucket, {"Status": "Suspended"})
        elif remove:
            call.invoke("s3", remove, Bucket=bucket)


def _versioning(call: Call, bucket: str, value: Any) -> None:
    call.invoke("s3", "PutBucketVersioning", Bucket=bucket, VersioningConfiguration=value)


def _encryption(call: Call, bucket: str, value: Any) -> None:
    rules = [
        {
            "ApplyServerSideEncryptionByDefault": rule.get("ServerSideEncryptionByDefault"),
            "BucketKeyEnabled": rule.get("BucketKeyEnabled", False),
        }
        for rule in value["ServerSideEncryptionConfiguration"]
    ]
    call.invoke("s3", "PutBucketEncryption", Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": rules})


def _lifecycle(call: Call, bucket: str, value: Any) -> None:
    rules = [lifecycle_rule(rule) for rule in value["Rules"]]
    call.invoke("s3", "PutBucketLifecycleConfiguration", Bucket=bucket, LifecycleConfiguration={"Rules": rules})


def lifecycle_rule(rule: dict[str, Any]) -> dict[str, Any]:
    """A lifecycle rule of a template as the API wants it."""
    noncurrent = dict(rule.get("NoncurrentVersionExpiration") or {})
    if "NoncurrentVersionExpirationInDays" in rule:
        noncurrent["NoncurrentDays"] = rule["NoncurrentVersionExpirationInDays"]
    made = {
        "ID": rule.get("Id"),
        "Status": rule["Status"],
        "Filter": _filter(rule),
        "Expiration": _renamed(rule, EXPIRATION),
        "NoncurrentVersionExpiration": noncurrent,
        "AbortIncompleteMultipartUpload": rule.get("AbortIncompleteMultipartUpload"),
        "Transitions": _transitions(rule, "Transition", TRANSITION),
        "NoncurrentVersionTransitions": _transitions(rule, "NoncurrentVersionTransition", NONCURRENT),
    }
    return {key: item for key, item in made.items() if item not in (None, {}, []) or key == "Filter"}


def _filter(rule: dict[str, Any]) -> dict[str, Any]:
    parts = _renamed(rule, {name: name for name in ("Prefix", "ObjectSizeGreaterThan", "ObjectSizeLessThan")})
    tags = rule.get("TagFilters") or []
    if len(parts) + len(tags) > 1:
        return {"And": parts | ({"Tags": tags} if tags else {})}
    if tags:
        return {"Tag": tags[0]}
    return parts or {"Prefix": ""}


def _transitions(rule: dict[str, Any], name: str, names: dict[str, str]) -> list[dict[str, Any]]:
    """A template writes one transition by itself or several in a list."""
    found = [*rule.get(f"{name}s", []), *([rule[name]] if name in rule else [])]
    return [_renamed(item, names) for item in found]


def _renamed(value: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    return {new: value[old] for old, new in names.items() if value.get(old) is not None}


def _cors(call: Call, bucket: str, value: Any) -> None:
    names = {"Id": "ID", "ExposedHeaders": "ExposeHeaders", "MaxAge": "MaxAgeSeconds"}
    rules = [{names.get(key, key): item for key, item in rule.items()} for rule in value["CorsRules"]]
    call.invoke("s3", "PutBucketCors", Bucket=bucket, CORSConfiguration={"CORSRules": rules})


def _logging(call: Call, bucket: str, value: Any) -> None:
    enabled = {
        "TargetBucket": value.get("DestinationBucketName", bucket),
        "TargetPrefix": value.get("LogFilePrefix", ""),
    }
    call.invoke("s3", "PutBucketLogging", Bucket=bucket, BucketLoggingStatus={"LoggingEnabled": enabled})


def _public_access(call: Call, bucket: str, value: Any) -> None:
    blocked = dict.fromkeys(PUBLIC_ACCESS, False) | value
    call.invoke("s3", "PutPublicAccessBlock", Bucket=bucket, PublicAccessBlockConfiguration=blocked)


def _ownership(call: Call, bucket: str, value: Any) -> None:
    call.invoke("s3", "PutBucketOwnershipControls", Bucket=bucket, OwnershipControls=value)


def _acl(call: Call, bucket: str, value: Any) -> None:
    if value not in ACLS:
        raise ValueError(f"AccessControl is one of {list(ACLS)}, got {value!r}")
    if value != "Private":  # what a bucket is anyway; with its owner enforced S3 takes no ACL at all
        call.invoke("s3", "PutBucketAcl", Bucket=bucket, ACL=ACLS[value])


def _tags(call: Call, bucket: str, value: Any) -> None:
    call.invoke("s3", "PutBucketTagging", Bucket=bucket, Tagging={"TagSet": value})


Put = Callable[[Call, str, Any], None]
SETTINGS: dict[str, tuple[Put, str | None]] = {
    "VersioningConfiguration": (_versioning, None),
    "BucketEncryption": (_encryption, "DeleteBucketEncryption"),
    "OwnershipControls": (_ownership, "DeleteBucketOwnershipControls"),
    "PublicAccessBlockConfiguration": (_public_access, "DeletePublicAccessBlock"),
    "AccessControl": (_acl, None),
    "LifecycleConfiguration": (_lifecycle, "DeleteBucketLifecycle"),
    "CorsConfiguration": (_cors, "DeleteBucketCors"),
    "LoggingConfiguration": (_logging, None),
    "Tags": (_tags, "DeleteBucketTagging"),
}
