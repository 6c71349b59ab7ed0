"""What moto's EC2 does with what is not looked at: members, filters and ports are refused by name instead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rehearsal.api import ApiError, unsupported
from rehearsal.aws_request import AwsRequest

_RULE = "GroupId GroupName IpPermissions IpProtocol FromPort ToPort CidrIp"
_ROUTE = "RouteTableId DestinationCidrBlock DestinationPrefixListId GatewayId NatGatewayId NetworkInterfaceId"
# operation -> the members that do something; operations that are not here look at all they have
MEMBERS: Mapping[str, frozenset[str]] = {
    operation: frozenset(names.split())
    for operation, names in {
        "AllocateAddress": "Domain TagSpecifications",
        "AssociateRouteTable": "RouteTableId SubnetId",
        "AuthorizeSecurityGroupEgress": f"{_RULE} TagSpecifications",
        "AuthorizeSecurityGroupIngress": f"{_RULE} TagSpecifications",
        "CreateFlowLogs": (
            "ResourceType ResourceIds TrafficType LogDestinationType LogDestination LogGroupName "
            "DeliverLogsPermissionArn LogFormat MaxAggregationInterval TagSpecifications"
        ),
        "CreateInternetGateway": "TagSpecifications",
        "CreateNatGateway": "SubnetId AllocationId ConnectivityType TagSpecifications",
        "CreateRoute": _ROUTE,
        "CreateRouteTable": "VpcId TagSpecifications",
        "CreateSecurityGroup": "GroupName Description VpcId TagSpecifications",
        "CreateSubnet": "VpcId CidrBlock AvailabilityZone AvailabilityZoneId TagSpecifications",
        "CreateVpc": "CidrBlock InstanceTenancy TagSpecifications",
        "CreateVpcEndpoint": (
            "VpcId ServiceName VpcEndpointType PolicyDocument RouteTableIds SubnetIds SecurityGroupIds "
            "PrivateDnsEnabled TagSpecifications"
        ),
        "DescribeSecurityGroupRules": "Filters SecurityGroupRuleIds MaxResults NextToken",
        "ModifySubnetAttribute": "SubnetId MapPublicIpOnLaunch",
        "ModifyVpcAttribute": "VpcId EnableDnsHostnames EnableDnsSupport",
        "ModifyVpcEndpoint": (
            "VpcEndpointId PolicyDocument AddSubnetIds RemoveSubnetIds AddSecurityGroupIds RemoveSecurityGroupIds "
            "AddRouteTableIds RemoveRouteTableIds"
        ),
        "ReleaseAddress": "AllocationId",
        "ReplaceRoute": _ROUTE,
        "RevokeSecurityGroupEgress": f"{_RULE} SecurityGroupRuleIds",
        "RevokeSecurityGroupIngress": f"{_RULE} SecurityGroupRuleIds",
    }.items()
}
_EVERYWHERE = {"DryRun", "ClientToken"}  # the second is made by the clients themselves, for when they ask again
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateRoute.html
_TARGETS = ("GatewayId", "NatGatewayId", "NetworkInterfaceId")
_PORTS = ("tcp", "udp", "icmp", "6", "17", "1")
_RULE_FILTERS = ("group-id", "security-group-rule-id")


def check(request: AwsRequest) -> None:
    """Raises ApiError for what moto would ignore or fail at, and for a dry run, which is allowed by then."""
    if request.service != "ec2":
        return
    operation, params = request.operation, request.params
    known = MEMBERS.get(operation)
    if known is not None:
        unknown = sorted(name for name, value in params.items() if name not in known | _EVERYWHERE and value)
        if unknown:
            raise unsupported(f"{', '.join(unknown)} of {operation}")
    if operation in ("CreateRoute", "ReplaceRoute") and sum(bool(params.get(name)) for name in _TARGETS) != 1:
        raise ApiError("InvalidParameterCombination", f"Expected exactly one of {', '.join(_TARGETS)}")
    if operation in ("DescribeSecurityGroups", "DescribeSecurityGroupRules"):
        _filters(operation, params)
    if "SecurityGroup" in operation and not operation.startswith(("Describe", "Create", "Delete")):
        for each in [params, *(params.get("IpPermissions") or [])]:
            _ports(each)
    if params.get("DryRun"):
        raise ApiError("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412)


def _filters(operation: str, params: Mapping[str, Any]) -> None:
    """moto fails inside for a filter that it does not have."""
    known: tuple[str, ...] = _RULE_FILTERS
    if operation == "DescribeSecurityGroups":
        known = ("description", "group-id", "group-name", "owner-id", "vpc-id", "ip-permission.", "egress.")
    for each in params.get("Filters") or []:
        name = str(each.get("Name"))
        if not name.startswith(known) and not name.startswith("tag"):
            raise unsupported(f"the filter {name} of {operation}")


def _ports(permission: Mapping[str, Any]) -> None:
    protocol = str(permission.get("IpProtocol") or "").lower()
    if not protocol or protocol in ("-1", "all"):
        return
    if permission.get("FromPort") is None or permission.get("ToPort") is None:
        if protocol not in _PORTS:
            raise unsupported(f"the protocol {protocol} without FromPort and ToPort")
        text = "Invalid value for portRange. Must specify both from and to ports with TCP/UDP."
        raise ApiError("InvalidParameterValue", text)
