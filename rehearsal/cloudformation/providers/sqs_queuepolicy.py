"""AWS::SQS::QueuePolicy.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sqs-queuepolicy.html
"""

from __future__ import annotations

from typing import Any

from rehearsal.cloudformation.provider import Call, Made, Provider
from rehearsal.cloudformation.providers._errors import ignoring
from rehearsal.cloudformation.shapes import document

ABSENT = ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")


class QueuePolicy(Provider):
    """One policy on several queues."""

    type = "AWS::SQS::QueuePolicy"
    service = "sqs"

    def create(self, call: Call) -> Made:
        """Put it on every queue."""
        made = call.name(None, 128)
        call.reserve(made)
        self._put(call, call.properties["Queues"], document(call.properties["PolicyDocument"]))
        return Made(made, {"Id": made})

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Put it anew, and none on queues that are no longer its own."""
        self._put(call, call.properties["Queues"], document(call.properties["PolicyDocument"]))
        self._put(call, [url for url in old["Queues"] if url not in call.properties["Queues"]], "")
        return Made(call.id, {"Id": call.id})

    def delete(self, call: Call) -> None:
        """No policy on any queue."""
        self._put(call, call.properties["Queues"], "")

    def _put(self, call: Call, queues: list[str], text: str) -> None:
        for url in queues:
            with ignoring(*(ABSENT if not text else ())):
                call.invoke("SetQueueAttributes", QueueUrl=url, Attributes={"Policy": text})
