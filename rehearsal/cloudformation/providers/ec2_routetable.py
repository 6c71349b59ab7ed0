"""AWS::EC2::RouteTable.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-routetable.html
"""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.cloudformation.provider import Call, Made
from rehearsal.cloudformation.providers._ec2 import Network


class RouteTable(Network):
    """A route table, in which the VPC's own addresses are local."""

    type = "AWS::EC2::RouteTable"
    noun, absent = "route table", ("InvalidRouteTableID.NotFound",)
    removal = ("DeleteRouteTable", "RouteTableId")
    kind, describing = "route-table", ("DescribeRouteTables", "RouteTableIds", "RouteTables")
    shown: ClassVar = {"VpcId": "VpcId"}

    def create(self, call: Call) -> Made:
        """The table."""
        tags = self.tag_specifications(call)
        made = call.invoke("CreateRouteTable", TagSpecifications=tags, **call.pick("VpcId"))
        return self.made(call, made["RouteTable"])

    def made(self, call: Call, found: dict[str, Any]) -> Made:
        """Ref is the id."""
        return Made(found["RouteTableId"], {"RouteTableId": found["RouteTableId"]})
