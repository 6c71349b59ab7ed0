"""AWS::EC2::NatGateway.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-natgateway.html
"""

from __future__ import annotations

from typing import Any, ClassVar

from botocore.exceptions import ClientError

from rehearsal.cloudformation.provider import Call, Made
from rehearsal.cloudformation.providers._ec2 import Network


class NatGateway(Network):
    """A NAT gateway of one zone, through which nothing goes."""

    type = "AWS::EC2::NatGateway"
    noun, absent = "NAT gateway", ("NatGatewayNotFound",)
    removal = ("DeleteNatGateway", "NatGatewayId")
    kind, describing = "natgateway", ("DescribeNatGateways", "NatGatewayIds", "NatGateways")
    shown: ClassVar = {"SubnetId": "SubnetId", "ConnectivityType": "ConnectivityType"}
    unsupported: ClassVar[dict[str, str]] = {
        "one address": "PrivateIpAddress SecondaryAllocationIds SecondaryPrivateIpAddressCount "
        "SecondaryPrivateIpAddresses",
        "one zone": "AutoProvisionZones AutoScalingIps AvailabilityMode AvailabilityZoneAddresses RouteTableId VpcId",
        "nothing drains": "MaxDrainDurationSeconds",
    }

    def create(self, call: Call) -> Made:
        """The gateway."""
        chosen = {"ConnectivityType": "public"} | call.pick("SubnetId", "AllocationId", "ConnectivityType")
        made = call.invoke("CreateNatGateway", TagSpecifications=self.tag_specifications(call), **chosen)
        return self.found(call, made["NatGateway"]["NatGatewayId"])

    def described(self, call: Call, name: str) -> dict[str, Any]:
        """What EC2 says of it; a deleted one is still shown for a while."""
        found = super().described(call, name)
        if found["State"] == "deleted":
            answer: Any = {"Error": {"Code": self.absent[0], "Message": f"NAT gateway {name} was deleted"}}
            raise ClientError(answer, "DescribeNatGateways")
        return found

    def made(self, call: Call, found: dict[str, Any]) -> Made:
        """Ref is the id."""
        interface = found["NatGatewayAddresses"][0]["NetworkInterfaceId"]
        return Made(found["NatGatewayId"], {"NatGatewayId": found["NatGatewayId"], "EniId": interface})
