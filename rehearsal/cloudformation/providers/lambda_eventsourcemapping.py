"""AWS::Lambda::EventSourceMapping.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-eventsourcemapping.html
"""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.cloudformation.provider import Call, Made, Provider
from rehearsal.cloudformation.providers.lambda_function import TAGGING
from rehearsal.cloudformation.shapes import tag_map

# a setting that a template takes away
DEFAULTS: dict[str, Any] = {"BatchSize": 10, "MaximumBatchingWindowInSeconds": 0, "FunctionResponseTypes": [],
                            "Enabled": True, "ScalingConfig": {}}  # fmt: skip


class EventSourceMapping(Provider):
    """A queue of SQS that a function works off."""

    type = "AWS::Lambda::EventSourceMapping"
    service, noun, absent = "lambda", "event source mapping", ("ResourceNotFoundException",)
    removal = ("DeleteEventSourceMapping", "UUID")
    tagging = TAGGING
    unsupported: ClassVar[dict[str, str]] = {
        "queues of SQS only": (
            "AmazonManagedKafkaEventSourceConfig BisectBatchOnFunctionError DestinationConfig "
            "DocumentDBEventSourceConfig MaximumRecordAgeInSeconds MaximumRetryAttempts ParallelizationFactor "
            "ProvisionedPollerConfig Queues SelfManagedEventSource SelfManagedKafkaEventSourceConfig "
            "SourceAccessConfigurations StartingPosition StartingPositionTimestamp Topics TumblingWindowInSeconds"
        ),
        "every message comes, unencrypted and without metrics": "FilterCriteria KmsKeyArn LoggingConfig MetricsConfig",
    }

    def create(self, call: Call) -> Made:
        """The mapping."""
        wanted = call.pick("FunctionName", "EventSourceArn", *DEFAULTS)
        tags = tag_map(call.properties.get("Tags")) or None
        return self._made(call.invoke("CreateEventSourceMapping", Tags=tags, **wanted))

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Settings and tags."""
        emptied = {name: value for name, value in DEFAULTS.items() if name in old}
        wanted = emptied | call.pick("FunctionName", *DEFAULTS)
        made = self._made(call.invoke("UpdateEventSourceMapping", UUID=call.handle, **wanted))
        self.retag(call, old, Resource=made.attributes["EventSourceMappingArn"])
        return made

    def found(self, call: Call, name: str) -> Made:
        """The one with the id `name`."""
        return self._made(call.invoke("GetEventSourceMapping", UUID=name))

    def _made(self, answer: dict[str, Any]) -> Made:
        return Made(answer["UUID"], {"Id": answer["UUID"], "EventSourceMappingArn": answer["EventSourceMappingArn"]})
