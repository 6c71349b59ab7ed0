"""AWS::EC2::VPCEndpoint.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-vpcendpoint.html
"""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.cloudformation.provider import Call, Made
from rehearsal.cloudformation.providers._ec2 import Network
from rehearsal.cloudformation.shapes import document

LISTS = ("RouteTableIds", "SecurityGroupIds", "SubnetIds")
# https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
FULL_ACCESS = {
    "Version": "2008-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}],
}


class VpcEndpoint(Network):
    """An endpoint of a service in a VPC, through which nothing goes."""

    type = "AWS::EC2::VPCEndpoint"
    noun, absent = "VPC endpoint", ("InvalidVpcEndpointId.NotFound",)
    kind, describing = "vpc-endpoint", ("DescribeVpcEndpoints", "VpcEndpointIds", "VpcEndpoints")
    shown: ClassVar = {name: name for name in ("ServiceName", "SubnetIds", "RouteTableIds", "VpcEndpointType", "VpcId")}
    unsupported: ClassVar[dict[str, str]] = {
        "endpoints of AWS's services in the region": (
            "DnsOptions IpAddressType ResourceConfigurationArn ServiceNetworkArn ServiceRegion"
        ),
    }
    replaced_as_well = ("PrivateDnsEnabled",)
    volatile = ("DnsEntries", "NetworkInterfaceIds")

    def create(self, call: Call) -> Made:
        """The endpoint."""
        chosen = call.pick("VpcId", "ServiceName", "VpcEndpointType", "PrivateDnsEnabled", *LISTS)
        policy = call.properties.get("PolicyDocument")
        made = call.invoke(
            "CreateVpcEndpoint",
            PolicyDocument=document(policy) if policy else None,
            TagSpecifications=self.tag_specifications(call),
            **chosen,
        )
        return self.made(call, made["VpcEndpoint"])

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Policy, subnets, groups, route tables and tags."""
        changes: dict[str, Any] = {}
        for name in LISTS:
            former, wanted = (set(source.get(name) or []) for source in (old, call.properties))
            changes |= {f"Add{name}": sorted(wanted - former) or None, f"Remove{name}": sorted(former - wanted) or None}
        before, after = (document(source.get("PolicyDocument") or FULL_ACCESS) for source in (old, call.properties))
        if before != after:
            changes["PolicyDocument"] = after
        if any(changes.values()):
            call.invoke("ModifyVpcEndpoint", VpcEndpointId=call.handle, **changes)
        return super().update(call, old)

    def remove(self, call: Call) -> None:
        """The endpoint."""
        call.invoke("DeleteVpcEndpoints", VpcEndpointIds=[call.handle])

    def actual(self, call: Call) -> dict[str, Any]:
        """Service, kind, VPC, subnets, groups, route tables, policy and tags."""
        found = self.described(call, call.handle)
        own = {"SecurityGroupIds": [each["GroupId"] for each in found.get("Groups") or []]}
        return super().actual(call) | own | {"PolicyDocument": found.get("PolicyDocument")}

    def made(self, call: Call, found: dict[str, Any]) -> Made:
        """Ref is the id."""
        name = found["VpcEndpointId"]
        attributes = {
            "Id": name,
            "CreationTimestamp": found["CreationTimestamp"].isoformat(),
            "DnsEntries": [f"{each['HostedZoneId']}:{each['DnsName']}" for each in found.get("DnsEntries") or []],
            "NetworkInterfaceIds": found.get("NetworkInterfaceIds") or [],
        }
        return Made(name, attributes)
