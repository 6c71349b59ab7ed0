"""Custom::S3BucketNotifications: whom a bucket tells of its objects (`add_event_notification`).

https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_s3_notifications-readme.html
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from rehearsal.cloudformation.cdk_resources.request import CREATE, DELETE, Answer, Request

_KINDS = ("TopicConfigurations", "QueueConfigurations", "LambdaFunctionConfigurations")
_BRIDGE = "EventBridgeConfiguration"
_WANTED = "NotificationConfiguration"

Configuration = dict[str, Any]


def handle(request: Request) -> Answer:
    """Put the configuration: the whole of a bucket of the stack, beside what others put of another one."""
    s3, bucket = request.clients.client("s3"), request.text("BucketName")
    wanted = {} if request.kind == DELETE else request.properties[_WANTED]
    if not request.flag("Managed", True):
        present = s3.get_bucket_notification_configuration(Bucket=bucket)
        wanted = _beside(request, _of_others(request, present), wanted)
    s3.put_bucket_notification_configuration(
        Bucket=bucket,
        NotificationConfiguration=wanted,
        SkipDestinationValidation=request.flag("SkipDestinationValidation", False),
    )
    return Answer(request.id or request.logical_id)


def _of_others(request: Request, present: Configuration) -> Configuration:
    """What is there and not this stack's."""
    before = request.old.get(_WANTED, {})
    own = {_name(request, each) for kind in _KINDS for each in before.get(kind, [])}

    def foreign(each: Configuration) -> bool:
        if request.kind == CREATE:
            return True
        name = str(each.get("Id", ""))
        return not name.startswith(f"{request.stack_id}-") if request.kind == DELETE else name not in own

    kept: Configuration = {kind: [each for each in present.get(kind, []) if foreign(each)] for kind in _KINDS}
    # nobody can tell whose it is: it stays
    return kept | ({_BRIDGE: present[_BRIDGE]} if _BRIDGE in present else {})


def _beside(request: Request, others: Configuration, wanted: Configuration) -> Configuration:
    made: Configuration = {
        kind: [*others[kind], *({**each, "Id": _name(request, each)} for each in wanted.get(kind, []))]
        for kind in _KINDS
    }
    bridge = wanted.get(_BRIDGE, others.get(_BRIDGE))
    return made if bridge is None else made | {_BRIDGE: bridge}


def _name(request: Request, each: Configuration) -> str:
    """The id of a notification: the stack, and a digest of what it says."""
    said = json.dumps({key: value for key, value in each.items() if key != "Id"}, sort_keys=True)
    return f"{request.stack_id}-{hashlib.sha256(said.encode()).hexdigest()[:16]}"
