"""AWS::EC2::Subnet.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-subnet.html
"""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.cloudformation.provider import Call, Made
from rehearsal.cloudformation.providers._ec2 import Network
from rehearsal.cloudformation.shapes import boolean

_PLACED = ("AvailabilityZone", "AvailabilityZoneId", "CidrBlock", "VpcId")


class Subnet(Network):
    """A subnet, with addresses of IPv4 alone."""

    type = "AWS::EC2::Subnet"
    noun, absent, removal = "subnet", ("InvalidSubnetID.NotFound",), ("DeleteSubnet", "SubnetId")
    kind, describing = "subnet", ("DescribeSubnets", "SubnetIds", "Subnets")
    shown: ClassVar = {name: name for name in (*_PLACED, "MapPublicIpOnLaunch")}
    unsupported: ClassVar[dict[str, str]] = {
        "IPv4 alone": "AssignIpv6AddressOnCreation EnableDns64 Ipv6CidrBlock Ipv6IpamPoolId Ipv6Native "
        "Ipv6NetmaskLength Ipv6CidrBlocks",
        "no IPAM and Outposts": "EnableLniAtDeviceIndex Ipv4IpamPoolId Ipv4NetmaskLength OutpostArn",
        "settings that EC2 of the embedded AWS does not have": "BlockPublicAccessStates PrivateDnsNameOptionsOnLaunch",
    }
    more_attributes = _PLACED

    def create(self, call: Call) -> Made:
        """The subnet, then whether instances in it get public addresses."""
        made = call.invoke("CreateSubnet", TagSpecifications=self.tag_specifications(call), **call.pick(*_PLACED))
        name = made["Subnet"]["SubnetId"]
        call.reserve(name)
        self._map(call, {})
        return self.found(call, name)

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Public addresses and tags."""
        self._map(call, old)
        return super().update(call, old)

    def made(self, call: Call, found: dict[str, Any]) -> Made:
        """Ref is the id."""
        name = found["SubnetId"]
        of_subnet = [{"Name": "association.subnet-id", "Values": [name]}]
        acls = call.invoke("DescribeNetworkAcls", Filters=of_subnet)["NetworkAcls"]
        associations = [each for acl in acls for each in acl["Associations"] if each["SubnetId"] == name]
        own = {"SubnetId": name, "NetworkAclAssociationId": associations[0]["NetworkAclAssociationId"]}
        return Made(name, own | {each: found[each] for each in _PLACED})

    def _map(self, call: Call, old: dict[str, Any]) -> None:
        before, after = (boolean(source.get("MapPublicIpOnLaunch", False)) for source in (old, call.properties))
        if before != after:
            call.invoke("ModifySubnetAttribute", SubnetId=call.handle, MapPublicIpOnLaunch={"Value": after})
