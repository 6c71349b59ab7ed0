"""AWS::EC2::EIP. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-eip.html"""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.cloudformation.provider import Call, Made
from rehearsal.cloudformation.providers._ec2 import Network


class Eip(Network):
    """An Elastic IP address, which Ref gives; it is known by its allocation."""

    type = "AWS::EC2::EIP"
    noun, absent = "address", ("InvalidAllocationID.NotFound",)
    removal = ("ReleaseAddress", "AllocationId")
    kind, describing = "elastic-ip", ("DescribeAddresses", "AllocationIds", "Addresses")
    shown: ClassVar = {"Domain": "Domain"}
    unsupported: ClassVar[dict[str, str]] = {
        "addresses of AWS, for gateways": (
            "Address InstanceId IpamPoolId NetworkBorderGroup PublicIpv4Pool TransferAddress"
        ),
    }

    def create(self, call: Call) -> Made:
        """An address of AWS's."""
        made = call.invoke("AllocateAddress", Domain="vpc", TagSpecifications=self.tag_specifications(call))
        return self.made(call, made)

    def made(self, call: Call, found: dict[str, Any]) -> Made:
        """Ref is the address."""
        address, allocation = found["PublicIp"], found["AllocationId"]
        return Made(address, {"PublicIp": address, "AllocationId": allocation}, handle=allocation)
