"""AWS::EC2::VPC. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-vpc.html"""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.cloudformation.provider import Call, Made
from rehearsal.cloudformation.providers._ec2 import Network
from rehearsal.cloudformation.shapes import boolean

# property -> what it is without the property
DNS = {"EnableDnsSupport": True, "EnableDnsHostnames": False}


class Vpc(Network):
    """A VPC, which comes with a route table, a network ACL and a security group."""

    type = "AWS::EC2::VPC"
    noun, absent, removal = "VPC", ("InvalidVpcID.NotFound",), ("DeleteVpc", "VpcId")
    kind, describing = "vpc", ("DescribeVpcs", "VpcIds", "Vpcs")
    shown: ClassVar = {"CidrBlock": "CidrBlock", "InstanceTenancy": "InstanceTenancy"}
    unsupported: ClassVar[dict[str, str]] = {
        "no IPAM": "Ipv4IpamPoolId Ipv4NetmaskLength",
        "no encryption of traffic": "VpcEncryptionControl",
    }
    replaced_as_well = ("InstanceTenancy",)
    more_attributes = ("CidrBlock",)

    def create(self, call: Call) -> Made:
        """The VPC, then its DNS."""
        wanted, tags = call.pick("CidrBlock", "InstanceTenancy"), self.tag_specifications(call)
        name = call.invoke("CreateVpc", TagSpecifications=tags, **wanted)["Vpc"]["VpcId"]
        call.reserve(name)
        self._dns(call, {})
        return self.found(call, name)

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """DNS and tags."""
        self._dns(call, old)
        return super().update(call, old)

    def actual(self, call: Call) -> dict[str, Any]:
        """Block, tenancy, DNS and tags."""
        dns = {}
        for name in DNS:
            attribute = name[0].lower() + name[1:]
            dns[name] = call.invoke("DescribeVpcAttribute", VpcId=call.handle, Attribute=attribute)[name]["Value"]
        return super().actual(call) | dns

    def made(self, call: Call, found: dict[str, Any]) -> Made:
        """Ref is the id."""
        name = found["VpcId"]
        of_vpc = {"Name": "vpc-id", "Values": [name]}
        default = [of_vpc, {"Name": "default", "Values": ["true"]}]
        named = [of_vpc, {"Name": "group-name", "Values": ["default"]}]
        acls = call.invoke("DescribeNetworkAcls", Filters=default)["NetworkAcls"]
        groups = call.invoke("DescribeSecurityGroups", Filters=named)["SecurityGroups"]
        attributes = {
            "VpcId": name,
            "CidrBlock": found["CidrBlock"],
            "CidrBlockAssociations": [each["AssociationId"] for each in found["CidrBlockAssociationSet"]],
            "DefaultNetworkAcl": acls[0]["NetworkAclId"],
            "DefaultSecurityGroup": groups[0]["GroupId"],
            "Ipv6CidrBlocks": [each["Ipv6CidrBlock"] for each in found.get("Ipv6CidrBlockAssociationSet") or []],
        }
        return Made(name, attributes)

    def _dns(self, call: Call, old: dict[str, Any]) -> None:
        for name, otherwise in DNS.items():
            before, after = (boolean(source.get(name, otherwise)) for source in (old, call.properties))
            if before != after:
                call.invoke("ModifyVpcAttribute", VpcId=call.handle, **{name: {"Value": after}})
