"""Contract tests of rehearsal.moto_network and moto_network_inputs: moto still has what they replace."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Client = Callable[..., Any]
GONE = "0123456789abcdef0"


@pytest.fixture(scope="module")
def ec2(client: Client) -> Any:
    return client("ec2")


@pytest.fixture(scope="module")
def vpc(ec2: Any) -> str:
    return str(ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"])


def code(call: Callable[..., Any], **params: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**params)
    return str(caught.value.response["Error"]["Code"])


def test_what_is_in_use_is_not_deleted(ec2: Any, vpc: str) -> None:
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.1.0/24")["Subnet"]["SubnetId"]
    group, other = (
        ec2.create_security_group(GroupName=name, Description="d", VpcId=vpc)["GroupId"] for name in ("one", "two")
    )
    ec2.authorize_security_group_ingress(
        GroupId=other,
        IpPermissions=[{"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "UserIdGroupPairs": [{"GroupId": group}]}],
    )
    assert code(ec2.delete_security_group, GroupId=group) == "DependencyViolation"
    ec2.delete_security_group(GroupId=other)
    endpoint = ec2.create_vpc_endpoint(
        VpcId=vpc,
        ServiceName="com.amazonaws.us-east-1.sts",
        VpcEndpointType="Interface",
        SubnetIds=[subnet],
        SecurityGroupIds=[group],
    )["VpcEndpoint"]["VpcEndpointId"]
    assert code(ec2.delete_security_group, GroupId=group) == "DependencyViolation"
    assert code(ec2.delete_subnet, SubnetId=subnet) == "DependencyViolation"
    ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])
    assert code(ec2.describe_vpc_endpoints, VpcEndpointIds=[endpoint]) == "InvalidVpcEndpointId.NotFound"
    ec2.delete_security_group(GroupId=group)
    (default,) = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["SecurityGroups"]
    assert code(ec2.delete_security_group, GroupId=default["GroupId"]) == "CannotDelete"
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]["NatGatewayId"]
    assert code(ec2.release_address, AllocationId=address) == "InvalidIPAddress.InUse"
    assert code(ec2.detach_internet_gateway, InternetGatewayId=gateway, VpcId=vpc) == "DependencyViolation"
    ec2.delete_nat_gateway(NatGatewayId=nat)
    (shown,) = ec2.describe_nat_gateways(NatGatewayIds=[nat])["NatGateways"]
    assert shown["State"] == "deleted"
    ec2.release_address(AllocationId=address)
    assert code(ec2.delete_vpc, VpcId=vpc) == "DependencyViolation"
    ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    ec2.delete_subnet(SubnetId=subnet)


def test_what_is_not_there_is_said(ec2: Any, vpc: str) -> None:
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.2.0/24")["Subnet"]["SubnetId"]
    one, two = (ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"] for _ in range(2))
    assert code(ec2.delete_nat_gateway, NatGatewayId=f"nat-{GONE}") == "NatGatewayNotFound"
    assert code(ec2.describe_nat_gateways, NatGatewayIds=[f"nat-{GONE}"]) == "NatGatewayNotFound"
    assert code(ec2.create_nat_gateway, SubnetId=subnet) == "MissingParameter"
    route = {"RouteTableId": one, "DestinationCidrBlock": "0.0.0.0/0"}
    assert code(ec2.create_route, **route, NatGatewayId=f"nat-{GONE}") == "InvalidNatGatewayID.NotFound"
    assert code(ec2.create_route, **route) == "InvalidParameterCombination"
    service = {"VpcId": vpc, "ServiceName": "com.amazonaws.us-east-1.sts"}
    assert code(ec2.create_vpc_endpoint, **service) == "InvalidServiceName"  # it has no gateway
    named = service | {"VpcEndpointType": "Interface"}
    assert code(ec2.create_vpc_endpoint, **named, SecurityGroupIds=[f"sg-{GONE}"]) == "InvalidGroup.NotFound"
    elsewhere = {"VpcId": vpc, "CidrBlock": "10.9.3.0/24", "AvailabilityZone": "eu-west-1a"}
    assert code(ec2.create_subnet, **elsewhere) == "InvalidParameterValue"
    ec2.associate_route_table(RouteTableId=one, SubnetId=subnet)
    assert code(ec2.associate_route_table, RouteTableId=two, SubnetId=subnet) == "Resource.AlreadyAssociated"


def test_what_would_be_ignored_is_refused(ec2: Any, vpc: str) -> None:
    for call, params, member in (
        (
            ec2.create_vpc,
            {"CidrBlock": "10.1.0.0/16", "AmazonProvidedIpv6CidrBlock": True},
            "AmazonProvidedIpv6CidrBlock",
        ),
        (ec2.describe_security_groups, {"Filters": [{"Name": "ipv6", "Values": ["x"]}]}, "the filter ipv6"),
    ):
        with pytest.raises(ClientError, match=f"does not support {member} of "):
            call(**params)
    group = ec2.create_security_group(GroupName="ports", Description="d", VpcId=vpc)["GroupId"]
    rule = {"IpProtocol": "tcp", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    assert code(ec2.authorize_security_group_ingress, GroupId=group, IpPermissions=[rule]) == "InvalidParameterValue"
    before = len(ec2.describe_vpcs()["Vpcs"])
    assert code(ec2.create_vpc, CidrBlock="10.2.0.0/16", DryRun=True) == "DryRunOperation"
    assert len(ec2.describe_vpcs()["Vpcs"]) == before
