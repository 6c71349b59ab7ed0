"""What moto's S3 lacks: events of buckets reach the buses and the Lambda functions that are here.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError
from moto.s3 import notifications
from moto.s3.exceptions import S3ClientError
from moto.s3.models import FakeBucket

from rehearsal.api import Params
from rehearsal.function_events import Source, check, send
from rehearsal.iam import buckets
from rehearsal.ports import EventSink, ObjectPut, Platform

__all__ = ["ObjectPuts", "send_to"]

# moto has the account for the caller's address and request; only what describes the object is told on
_REASONS = {
    "s3:ObjectCreated:Put": "PutObject",
    "s3:ObjectCreated:Post": "POST Object",
    "s3:ObjectCreated:Copy": "CopyObject",
    "s3:ObjectCreated:CompleteMultipartUpload": "CompleteMultipartUpload",
}
_sequence = itertools.count(1)
_CONFIGURE = FakeBucket.set_notification_configuration
_SEND = notifications.send_event


class ObjectPuts:
    """Whoever looks at objects of S3 once in a while, as sources of pipelines that poll do: each put is a look."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[ObjectPut], None]] = []

    def on_put(self, listener: Callable[[ObjectPut], None]) -> None:
        """Call `listener` whenever an object was put or copied, before the request is answered."""
        self._listeners.append(listener)

    def told(self, put: ObjectPut) -> None:
        """An object was put."""
        for listener in self._listeners:
            listener(put)


def send_to(bus: EventSink, platform: Platform) -> ObjectPuts:
    """Events of new objects, of buckets whose notification configuration has EventBridge, go to `bus`.

    Deletions and other events are not sent there. Functions get what they are configured for. Of all new objects,
    whatever is configured, the listeners of what is returned are told.
    """
    puts = ObjectPuts()
    FakeBucket.set_notification_configuration = _configuring(platform)
    notifications._invoke_awslambda = _invoking(platform)

    def emit(account_id: str, bucket: Any, event_name: Any, key: Any) -> None:
        reason = _REASONS.get(str(getattr(event_name, "value", event_name)))
        if reason is None:
            return
        version = key.version_id if key.version_id not in (None, "null") else None
        described = {
            "key": key.name,
            "size": key.size,
            "etag": key.etag.strip('"'),
            **({"version-id": version} if version else {}),
            "sequencer": f"{next(_sequence):016X}",
        }
        bus.emit(
            account=bucket.account_id,
            region=bucket.region_name,
            source="aws.s3",
            detail_type="Object Created",
            detail={
                "version": "0",
                "bucket": {"name": bucket.name},
                "object": described,
                "request-id": uuid.uuid4().hex[:16].upper(),
                "requester": account_id,
                "source-ip-address": "127.0.0.1",
                "reason": reason,
            },
            resources=[bucket.arn],
        )

    def tell(account_id: str, event_name: Any, bucket: Any, key: Any) -> None:
        _SEND(account_id, event_name, bucket, key)
        if str(getattr(event_name, "value", event_name)) in _REASONS:
            puts.told(ObjectPut(bucket.name, key.name))

    notifications._send_event_bridge_message = emit
    notifications.send_event = tell
    return puts


def _configuring(platform: Platform) -> Any:
    def configure(bucket: Any, notification_config: Any) -> None:
        """S3 looks whether it may invoke the functions before it takes a configuration.

        https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketNotificationConfiguration.html
        """
        for each in (notification_config or {}).get("CloudFunctionConfiguration") or []:
            try:
                check(platform, _source(bucket.name, bucket.arn), each["CloudFunction"])
            except (ClientError, ValueError):
                text = "Unable to validate the following destination configurations"
                raise S3ClientError("InvalidArgument", text) from None
        _CONFIGURE(bucket, notification_config)

    return configure


def _invoking(platform: Platform) -> Any:
    def invoke(account_id: str, event_body: Params, fn_arn: str, region_name: str) -> None:
        """https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html"""
        for record in event_body["Records"]:
            bucket = record["s3"]["bucket"]
            bucket["ownerIdentity"] = {"principalId": buckets.owner(bucket["name"]) or account_id}
            record["s3"]["object"]["sequencer"] = f"{next(_sequence):016X}"
            record["eventName"] = record["eventName"].removeprefix("s3:")
            record |= {
                "userIdentity": {"principalId": f"AWS:{account_id}"},
                "requestParameters": {"sourceIPAddress": "127.0.0.1"},
                "responseElements": {"x-amz-request-id": uuid.uuid4().hex[:16].upper()},
            }
            send(platform, _source(bucket["name"], bucket["arn"]), fn_arn, {"Records": [record]})

    return invoke


def _source(name: str, arn: str) -> Source:
    return Source("s3.amazonaws.com", buckets.owner(name) or "", arn)
