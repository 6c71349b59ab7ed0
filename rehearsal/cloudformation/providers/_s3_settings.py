"""The settings of a bucket: how each is put and how it is taken away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rehearsal.cloudformation.provider import Call, Setting

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
    "Private": None,  # what a bucket is anyway; with its owner enforced S3 takes no ACL at all
    "PublicRead": "public-read", "PublicReadWrite": "public-read-write", "AuthenticatedRead": "authenticated-read",
    "LogDeliveryWrite": "log-delivery-write", "BucketOwnerRead": "bucket-owner-read",
    "BucketOwnerFullControl": "bucket-owner-full-control",
}  # fmt: skip


def _encryption(value: Any) -> Any:
    rules = [
        {
            "ApplyServerSideEncryptionByDefault": rule.get("ServerSideEncryptionByDefault"),
            "BucketKeyEnabled": rule.get("BucketKeyEnabled", False),
        }
        for rule in value["ServerSideEncryptionConfiguration"]
    ]
    return {"Rules": rules}


def _lifecycle(value: Any) -> Any:
    return {"Rules": [lifecycle_rule(rule) for rule in value["Rules"]]}


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


def _cors(value: Any) -> Any:
    names = {"Id": "ID", "ExposedHeaders": "ExposeHeaders", "MaxAge": "MaxAgeSeconds"}
    return {"CORSRules": [{names.get(key, key): item for key, item in rule.items()} for rule in value["CorsRules"]]}


def _acl(value: Any) -> Any:
    if value not in ACLS:
        raise ValueError(f"AccessControl is one of {list(ACLS)}, got {value!r}")
    return ACLS[value]


class _Logging(Setting):
    """A bucket logs into itself unless another one is named."""

    def apply(self, call: Call, before: Any, after: Any, resource: Mapping[str, str]) -> None:
        """As any setting."""
        own = {"DestinationBucketName": resource["Bucket"]}
        super().apply(call, before and own | before, after and own | after, resource)


def _logging(value: Any) -> Any:
    target = {"TargetBucket": value["DestinationBucketName"], "TargetPrefix": value.get("LogFilePrefix", "")}
    return {"LoggingEnabled": target}


def _notifications(value: Any) -> Any:
    """The functions that a bucket tells of its objects, and whether it tells EventBridge."""
    made: dict[str, Any] = {
        "LambdaFunctionConfigurations": [_told(each) for each in value.get("LambdaConfigurations", [])]
    }
    bridge = value.get("EventBridgeConfiguration")
    enabled = bridge is not None and str(bridge.get("EventBridgeEnabled", True)).lower() == "true"
    return made | ({"EventBridgeConfiguration": {}} if enabled else {})


def _told(each: dict[str, Any]) -> dict[str, Any]:
    rules = ((each.get("Filter") or {}).get("S3Key") or {}).get("Rules") or []
    keys = (
        {"Filter": {"Key": {"FilterRules": [rule | {"Name": rule["Name"].lower()} for rule in rules]}}} if rules else {}
    )
    return {"LambdaFunctionArn": each["Function"], "Events": [each["Event"]], **keys}


SETTINGS = {
    "VersioningConfiguration": Setting(
        "PutBucketVersioning", "VersioningConfiguration", instead={"Status": "Suspended"}
    ),
    "BucketEncryption": Setting(
        "PutBucketEncryption", "ServerSideEncryptionConfiguration", "DeleteBucketEncryption", _encryption
    ),
    "OwnershipControls": Setting("PutBucketOwnershipControls", "OwnershipControls", "DeleteBucketOwnershipControls"),
    "PublicAccessBlockConfiguration": Setting(
        "PutPublicAccessBlock",
        "PublicAccessBlockConfiguration",
        "DeletePublicAccessBlock",
        lambda value: dict.fromkeys(PUBLIC_ACCESS, False) | value,
    ),
    "AccessControl": Setting("PutBucketAcl", "ACL", form=_acl),
    "LifecycleConfiguration": Setting(
        "PutBucketLifecycleConfiguration", "LifecycleConfiguration", "DeleteBucketLifecycle", _lifecycle
    ),
    "CorsConfiguration": Setting("PutBucketCors", "CORSConfiguration", "DeleteBucketCors", _cors),
    "NotificationConfiguration": Setting(
        "PutBucketNotificationConfiguration", "NotificationConfiguration", form=_notifications, instead={}
    ),
    "LoggingConfiguration": _Logging("PutBucketLogging", "BucketLoggingStatus", form=_logging, instead={}),
    "Tags": Setting("PutBucketTagging", "Tagging", "DeleteBucketTagging", lambda value: {"TagSet": value}),
}
