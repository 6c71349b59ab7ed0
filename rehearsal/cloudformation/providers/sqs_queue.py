"""AWS::SQS::Queue. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sqs-queue.html"""

from __future__ import annotations

import json
from typing import Any

from rehearsal.cloudformation.provider import Call, Made, Provider, Tagging
from rehearsal.cloudformation.shapes import boolean, document

# property -> what the attribute is without it
DEFAULTS = {
    "ContentBasedDeduplication": "false", "DeduplicationScope": "queue", "DelaySeconds": "0",
    "FifoThroughputLimit": "perQueue", "KmsDataKeyReusePeriodSeconds": "300", "KmsMasterKeyId": "",
    "MaximumMessageSize": "262144", "MessageRetentionPeriod": "345600", "ReceiveMessageWaitTimeSeconds": "0",
    "RedriveAllowPolicy": "", "RedrivePolicy": "", "SqsManagedSseEnabled": "true", "VisibilityTimeout": "30",
}  # fmt: skip


class Queue(Provider):
    """A queue, which Ref gives the URL of."""

    type = "AWS::SQS::Queue"
    service, noun, removal = "sqs", "queue", ("DeleteQueue", "QueueUrl")
    absent = ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")
    tagging = Tagging("TagQueue", "UntagQueue", form=lambda tags: tags)
    more_attributes = ("QueueName",)
    named_by = "QueueName"

    def create(self, call: Call) -> Made:
        """The queue with its attributes."""
        fifo = boolean(call.properties.get("FifoQueue", False))
        given = call.properties.get("QueueName")
        name = given or call.name(None, 75) + (".fifo" if fifo else "")
        attributes = {key: _text(value) for key, value in call.pick(*DEFAULTS).items()}
        attributes |= {"FifoQueue": "true"} if fifo else {}
        tags = {tag["Key"]: tag["Value"] for tag in call.properties.get("Tags") or []}
        url = call.invoke("CreateQueue", QueueName=name, Attributes=attributes, tags=tags or None)["QueueUrl"]
        return self.found(call, url)

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Attributes and tags."""
        before, after = ({key: _text(source.get(key, value)) for key, value in DEFAULTS.items()}
                         for source in (old, call.properties))  # fmt: skip
        changed = {key: value for key, value in after.items() if before[key] != value}
        if changed:
            call.invoke("SetQueueAttributes", QueueUrl=call.handle, Attributes=changed)
        self.retag(call, old, QueueUrl=call.handle)
        return self.found(call, call.handle)

    def found(self, call: Call, name: str) -> Made:
        """The one with the URL `name`."""
        arn = self._attributes(call, name)["QueueArn"]
        return Made(name, {"QueueUrl": name, "Arn": arn, "QueueName": arn.rpartition(":")[2]})

    def actual(self, call: Call) -> dict[str, Any]:
        """The attributes, the name and tags."""
        found = self._attributes(call, call.handle)
        tags = call.invoke("ListQueueTags", QueueUrl=call.handle).get("Tags", {})
        own = {"QueueName": found["QueueArn"].rpartition(":")[2], "Tags": tags}
        return {key: found.get(key, value) for key, value in DEFAULTS.items()} | own

    def _attributes(self, call: Call, url: str) -> dict[str, Any]:
        found: dict[str, Any] = call.invoke("GetQueueAttributes", QueueUrl=url, AttributeNames=["All"])["Attributes"]
        return found


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return json.dumps({key: str(part) if isinstance(part, int) else part for key, part in value.items()})
    return str(value).lower() if isinstance(value, bool) else document(value) if isinstance(value, list) else str(value)
