"""AWS::EC2::FlowLog.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-flowlog.html
"""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.cloudformation.provider import Call, Made, ResourceError
from rehearsal.cloudformation.providers._ec2 import Network

SETTINGS = ("ResourceType", "TrafficType", "LogDestinationType", "LogDestination", "LogGroupName",
            "DeliverLogsPermissionArn", "LogFormat", "MaxAggregationInterval")  # fmt: skip
SHOWN = ("TrafficType", "LogDestinationType", "LogDestination", "LogGroupName", "DeliverLogsPermissionArn",
         "MaxAggregationInterval", "ResourceId")  # fmt: skip


class FlowLog(Network):
    """A flow log, in which nothing is written: no traffic goes through the networks of the embedded AWS."""

    type = "AWS::EC2::FlowLog"
    noun, absent = "flow log", ("InvalidFlowLogId.NotFound",)
    kind, describing = "vpc-flow-log", ("DescribeFlowLogs", "FlowLogIds", "FlowLogs")
    shown: ClassVar = {name: name for name in SHOWN}
    unsupported: ClassVar[dict[str, str]] = {
        "one account, in plain text": "DeliverCrossAccountRole DestinationOptions TagFieldSpecifications",
    }

    def create(self, call: Call) -> Made:
        """The flow log of one resource."""
        tags, of = self.tag_specifications(call), [call.properties["ResourceId"]]
        answer = call.invoke("CreateFlowLogs", TagSpecifications=tags, ResourceIds=of, **call.pick(*SETTINGS))
        for each in answer.get("Unsuccessful") or []:
            raise ResourceError(each["Error"]["Message"])
        return self._made(answer["FlowLogIds"][0])

    def remove(self, call: Call) -> None:
        """The flow log."""
        call.invoke("DeleteFlowLogs", FlowLogIds=[call.handle])

    def made(self, call: Call, found: dict[str, Any]) -> Made:
        """Ref is the id."""
        return self._made(found["FlowLogId"])

    def _made(self, name: str) -> Made:
        return Made(name, {"Id": name})
