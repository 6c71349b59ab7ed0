"""What moto's S3 lacks: buckets that send their events to EventBridge reach the buses that are here.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
"""

from __future__ import annotations

import itertools
import uuid
from typing import Any

from moto.s3 import notifications

from rehearsal.ports import EventSink

__all__ = ["send_to"]

# moto has the account for the caller's address and request; only what describes the object is told on
_REASONS = {
    "s3:ObjectCreated:Put": "PutObject",
    "s3:ObjectCreated:Post": "POST Object",
    "s3:ObjectCreated:Copy": "CopyObject",
    "s3:ObjectCreated:CompleteMultipartUpload": "CompleteMultipartUpload",
}
_sequence = itertools.count(1)


def send_to(bus: EventSink) -> None:
    """Events of new objects, of buckets whose notification configuration has EventBridge, go to `bus`.

    Deletions and other events are not sent.
    """

    def send(account_id: str, bucket: Any, event_name: Any, key: Any) -> None:
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

    notifications._send_event_bridge_message = send
