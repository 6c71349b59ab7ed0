"""What has to be different inside moto for several accounts and honest services; each has a contract test."""

from __future__ import annotations

import datetime
import math
import re
from typing import Any
from xml.etree import ElementTree

from moto.cloudwatch.models import Statistics
from moto.core.utils import utcnow
from moto.iam.access_control import PermissionResult
from moto.iam.policy_validation import BaseIAMPolicyValidator
from moto.logs.models import LogGroup
from moto.logs.responses import LogsResponse
from moto.s3.exceptions import DuplicateTagKeys
from moto.s3.models import FakeBucket, FakeMultipart, PublicAccessBlock, S3Backend
from moto.s3.responses import S3Response

from rehearsal import moto_network

_BUCKET = FakeBucket.__init__
_LOG_GROUP, _LOG_GROUP_SHOWN = LogsResponse.create_log_group, LogGroup.to_describe_dict
_STATISTIC, _PERCENTILE = Statistics.get_statistics_for_type, re.compile(r"p(\d{1,2}(?:\.\d{1,10})?|100)")
_NOTIFICATIONS, _END = S3Response.get_bucket_notification, re.compile(r"\s*/>\s*\Z|</NotificationConfiguration>\s*\Z")
_BEGIN, _COMPLETE = FakeMultipart.__init__, S3Backend.complete_multipart_upload


def apply() -> None:
    """Put the patches in place; applying them again changes nothing."""
    FakeBucket.__init__ = _new_bucket
    S3Backend.delete_bucket_encryption = _own_encryption
    S3Response._bucket_tagging_from_body = _bucket_tags
    S3Response.get_bucket_notification = _notifications
    LogsResponse.create_log_group = _new_log_group
    LogGroup.to_describe_dict = _log_group
    FakeBucket.get_permission = _store_only
    FakeBucket._log_permissions_enabled_policy = staticmethod(_may_log)
    BaseIAMPolicyValidator._validate_version = _any_version
    FakeMultipart.__init__ = _begin_upload
    S3Backend.complete_multipart_upload = _complete_upload
    Statistics.get_statistics_for_type = _statistic
    moto_network.apply()


def _new_bucket(bucket: Any, *given: Any, **named: Any) -> None:
    """A new bucket is encrypted, has no ACLs and blocks public access.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/creating-bucket-overview.html
    """
    _BUCKET(bucket, *given, **named)
    bucket.public_access_block = PublicAccessBlock(*["true"] * 4)
    bucket.ownership_rule = "BucketOwnerEnforced"
    bucket.encryption = _s3_encryption()


def _notifications(response: Any) -> Any:
    """EventBridge is shown as well, by a member that is there and empty."""
    *rest, body = _NOTIFICATIONS(response)
    found = response.backend.get_bucket_notification_configuration(response.bucket_name)
    if found and found.event_bridge is not None:
        text = body.decode() if isinstance(body, bytes) else body
        begun = text if "</NotificationConfiguration>" in text else _END.sub("></NotificationConfiguration>", text)
        body = _END.sub("<EventBridgeConfiguration/></NotificationConfiguration>", begun)
    return (*rest, body)


def _own_encryption(backend: Any, bucket_name: str) -> None:
    """Without a setting of its own a bucket encrypts with keys of S3's."""
    backend.get_bucket(bucket_name).encryption = _s3_encryption()


def _bucket_tags(response: Any) -> dict[str, str]:
    """The tags of PutBucketTagging: moto refuses those of CloudFormation, whoever sets them."""
    given = [
        {child.tag.rpartition("}")[2]: child.text or "" for child in item}
        for item in ElementTree.fromstring(response.body).iter()
        if item.tag.rpartition("}")[2] == "Tag"
    ]
    tags = {each["Key"]: each.get("Value", "") for each in given}
    if len(tags) < len(given):
        raise DuplicateTagKeys
    return tags


def _s3_encryption() -> dict[str, Any]:
    return {"Rule": {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}}


def _new_log_group(response: Any) -> str:
    """A log group keeps the class that it is made with."""
    answer = _LOG_GROUP(response)
    group = response.logs_backend.groups[response._get_param("logGroupName")]
    group.log_group_class = response._get_param("logGroupClass") or "STANDARD"
    return str(answer)


def _log_group(group: Any) -> dict[str, Any]:
    """Log groups that services make are of the standard class.

    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_LogGroup.html
    """
    return {**_LOG_GROUP_SHOWN(group), "logGroupClass": getattr(group, "log_group_class", "STANDARD")}


def _store_only(bucket: Any, action: str, resource: str) -> PermissionResult:
    """moto matches a bucket policy by action and resource alone, without its principals and conditions.

    A `Deny` for requests without TLS then locks everybody out, so policies are stored and shown, not enforced.
    """
    return PermissionResult.NEUTRAL


def _may_log(target_bucket: Any, target_prefix: str | None) -> bool:
    """S3 takes a logging target before its policy is there (templates make the bucket first); moto does not.

    It also fails inside for a policy with `Principal: "*"`.
    """
    return True


def _any_version(validator: Any) -> None:
    """IAM takes a policy without Version and one of version 2008-10-17; moto demands 2012-10-17.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html
    """
    assert validator._policy_json.get("Version", "2008-10-17") in ("2008-10-17", "2012-10-17")


def _begin_upload(upload: Any, *given: Any, **named: Any) -> None:
    """An upload in parts remembers when it was begun."""
    _BEGIN(upload, *given, **named)
    upload.initiated = utcnow()


def _complete_upload(backend: Any, bucket_name: str, multipart_id: str, body: Any) -> Any:
    """An object that was uploaded in parts bears the date on which its upload was begun, however long that is ago.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
    """
    begun: datetime.datetime = backend.get_bucket(bucket_name).multiparts[multipart_id].initiated
    key = _COMPLETE(backend, bucket_name, multipart_id, body)
    if key is not None:
        key.last_modified = begun
    return key


def _statistic(statistics: Any, stat: str) -> Any:
    """A percentile of single values, too: the least that so many per cent of them do not exceed.

    Raises NotImplementedError for other statistics, of which moto would answer none.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
    """
    if found := _PERCENTILE.fullmatch(stat):
        values = sorted(statistics.metric_single_values_list)
        return values[max(math.ceil(float(found[1]) / 100 * len(values)), 1) - 1] if values else None
    value = _STATISTIC(statistics, stat)
    if value is None:
        raise NotImplementedError(f"the statistic {stat}")
    return value
