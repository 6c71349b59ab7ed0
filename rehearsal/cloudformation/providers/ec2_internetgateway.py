"""AWS::EC2::InternetGateway.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-internetgateway.html
"""

from __future__ import annotations

from typing import Any

from rehearsal.cloudformation.provider import Call, Made
from rehearsal.cloudformation.providers._ec2 import Network


class InternetGateway(Network):
    """An internet gateway."""

    type = "AWS::EC2::InternetGateway"
    noun, absent = "internet gateway", ("InvalidInternetGatewayID.NotFound",)
    removal = ("DeleteInternetGateway", "InternetGatewayId")
    kind, describing = "internet-gateway", ("DescribeInternetGateways", "InternetGatewayIds", "InternetGateways")

    def create(self, call: Call) -> Made:
        """The gateway, attached to nothing."""
        made = call.invoke("CreateInternetGateway", TagSpecifications=self.tag_specifications(call))
        return self.made(call, made["InternetGateway"])

    def made(self, call: Call, found: dict[str, Any]) -> Made:
        """Ref is the id."""
        return Made(found["InternetGatewayId"], {"InternetGatewayId": found["InternetGatewayId"]})
