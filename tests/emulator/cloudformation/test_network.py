"""A network as templates make it: seen through EC2, as the CDK's lookup asks, changed, drifted from and deleted."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rehearsal.embedded_aws import EmbeddedAws
from tests.emulator.cloudformation.conftest import Stacks, own_tags
from tests.emulator.conftest import ACCOUNTS
from tests.emulator.roles import trusting

Client = Callable[..., Any]
HTTPS = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": "443", "CidrIp": "10.0.0.0/16", "Description": "from inside"}


def ref(name: str, attribute: str | None = None) -> dict[str, Any]:
    return {"Fn::GetAtt": [name, attribute]} if attribute else {"Ref": name}


def made(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::EC2::{kind}", "Properties": properties}


def network(**more: Any) -> dict[str, Any]:
    """What the CDK's `ec2.Vpc` becomes: a public and a private subnet, gateways, routes, endpoints, a flow log."""
    zone = {"Fn::Select": [0, {"Fn::GetAZs": ""}]}
    named = [{"Key": "Name", "Value": "net"}]
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "vpc-flow-logs.amazonaws.com"}}
        ],
    }
    resources = {
        "Vpc": made("VPC", CidrBlock="10.0.0.0/16", EnableDnsHostnames="true", Tags=named),
        "Public": made(
            "Subnet",
            VpcId=ref("Vpc"),
            CidrBlock="10.0.0.0/24",
            AvailabilityZone=zone,
            MapPublicIpOnLaunch=True,
            Tags=[{"Key": "aws-cdk:subnet-type", "Value": "Public"}],
        ),
        "Private": made(
            "Subnet",
            VpcId=ref("Vpc"),
            CidrBlock={"Fn::Select": [1, {"Fn::Cidr": ["10.0.0.0/16", 4, 8]}]},
            AvailabilityZone=zone,
        ),
        "Open": made("RouteTable", VpcId=ref("Vpc"), Tags=named),
        "Closed": made("RouteTable", VpcId=ref("Vpc")),
        "OpenSubnet": made("SubnetRouteTableAssociation", RouteTableId=ref("Open"), SubnetId=ref("Public")),
        "ClosedSubnet": made("SubnetRouteTableAssociation", RouteTableId=ref("Closed"), SubnetId=ref("Private")),
        "Gateway": made("InternetGateway"),
        "Attached": made("VPCGatewayAttachment", VpcId=ref("Vpc"), InternetGatewayId=ref("Gateway")),
        "Address": made("EIP", Domain="vpc"),
        "Nat": made("NatGateway", SubnetId=ref("Public"), AllocationId=ref("Address", "AllocationId"))
        | {"DependsOn": ["Attached"]},
        "ToAll": made("Route", RouteTableId=ref("Open"), DestinationCidrBlock="0.0.0.0/0", GatewayId=ref("Gateway"))
        | {"DependsOn": ["Attached"]},
        "Out": made("Route", RouteTableId=ref("Closed"), DestinationCidrBlock="0.0.0.0/0", NatGatewayId=ref("Nat")),
        "Group": made(
            "SecurityGroup", GroupDescription="g", VpcId=ref("Vpc"), SecurityGroupIngress=[HTTPS], Tags=named
        ),
        "Self": made(
            "SecurityGroupIngress",
            GroupId=ref("Group", "GroupId"),
            IpProtocol="tcp",
            FromPort=0,
            ToPort=65535,
            SourceSecurityGroupId=ref("Group", "GroupId"),
            Description="among themselves",
        ),
        "S3": made(
            "VPCEndpoint",
            VpcId=ref("Vpc"),
            ServiceName={"Fn::Sub": "com.amazonaws.${AWS::Region}.s3"},
            RouteTableIds=[ref("Closed")],
        ),
        "Sts": made(
            "VPCEndpoint",
            VpcId=ref("Vpc"),
            ServiceName={"Fn::Sub": "com.amazonaws.${AWS::Region}.sts"},
            VpcEndpointType="Interface",
            SubnetIds=[ref("Private")],
            SecurityGroupIds=[ref("Group")],
            PrivateDnsEnabled=True,
        ),
        "Logs": {"Type": "AWS::Logs::LogGroup"},
        "Writer": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust}},
        "Flows": made(
            "FlowLog",
            ResourceId=ref("Vpc"),
            ResourceType="VPC",
            TrafficType="ALL",
            LogGroupName=ref("Logs"),
            DeliverLogsPermissionArn=ref("Writer", "Arn"),
        ),
    }
    outputs = {
        "Group": ref("Vpc", "DefaultSecurityGroup"),
        "Zone": ref("Public", "AvailabilityZone"),
        "Route": ref("Out"),
        "Attached": ref("Attached"),
        "Interface": {"Fn::Select": [0, ref("Sts", "NetworkInterfaceIds")]},
        "Dns": {"Fn::Select": [0, ref("Sts", "DnsEntries")]},
        "Address": ref("Address"),
        "Cidr": ref("Vpc", "CidrBlock"),
    }
    return {"Resources": resources | more, "Outputs": {name: {"Value": value} for name, value in outputs.items()}}


@pytest.fixture(scope="module")
def ec2(client: Client) -> Any:
    return client("ec2")


@pytest.fixture(scope="module")
def stack(stacks: Stacks) -> str:
    found = stacks.create(network(), name="network")
    assert found["StackStatus"] == "CREATE_COMPLETE", stacks.reasons("network")
    return "network"


def of_vpc(name: str, vpc: str = "vpc-id") -> list[dict[str, Any]]:
    return [{"Name": vpc, "Values": [name]}]


def test_what_the_lookup_of_the_cdk_asks(stacks: Stacks, ec2: Any, stack: str) -> None:
    ids = stacks.physical(stack)
    (vpc,) = ec2.describe_vpcs(Filters=[{"Name": "tag:Name", "Values": ["net"]}])["Vpcs"]
    assert (vpc["VpcId"], vpc["CidrBlock"], vpc["IsDefault"]) == (ids["Vpc"], "10.0.0.0/16", False)
    subnets = {each["SubnetId"]: each for each in ec2.describe_subnets(Filters=of_vpc(ids["Vpc"]))["Subnets"]}
    assert set(subnets) == {ids["Public"], ids["Private"]}
    public = subnets[ids["Public"]]
    assert (public["MapPublicIpOnLaunch"], public["AvailabilityZone"]) == (True, "us-east-1a")
    assert own_tags(public["Tags"]) == [] or public["Tags"]
    tables = ec2.describe_route_tables(Filters=of_vpc(ids["Vpc"]))["RouteTables"]
    mains = [table for table in tables for each in table["Associations"] if each["Main"]]
    assert len(mains) == 1
    of_subnet = {each.get("SubnetId"): table for table in tables for each in table["Associations"]}
    routes = {each.get("DestinationCidrBlock"): each for each in of_subnet[ids["Public"]]["Routes"]}
    assert routes["0.0.0.0/0"]["GatewayId"] == ids["Gateway"]
    assert routes["10.0.0.0/16"]["GatewayId"] == "local"
    private = {each.get("DestinationCidrBlock"): each for each in of_subnet[ids["Private"]]["Routes"]}
    assert private["0.0.0.0/0"]["NatGatewayId"] == ids["Nat"]
    gateways = [
        {"Name": "attachment.vpc-id", "Values": [ids["Vpc"]]},
        {"Name": "attachment.state", "Values": ["attached"]},
        {"Name": "state", "Values": ["available"]},
    ]
    assert ec2.describe_vpn_gateways(Filters=gateways)["VpnGateways"] == []
    zones = ec2.describe_availability_zones()["AvailabilityZones"]
    assert {"us-east-1a", "us-east-1b", "us-east-1c"} <= {each["ZoneName"] for each in zones}


def test_references_and_attributes(stacks: Stacks, ec2: Any, stack: str) -> None:
    ids = stacks.physical(stack)
    outputs = {each["OutputKey"]: each["OutputValue"] for each in stacks.describe(stack)["Outputs"]}
    (default,) = ec2.describe_security_groups(
        Filters=[*of_vpc(ids["Vpc"]), {"Name": "group-name", "Values": ["default"]}]
    )["SecurityGroups"]
    assert outputs["Group"] == default["GroupId"]
    assert outputs["Zone"] == "us-east-1a"
    assert outputs["Route"] == f"{ids['Closed']}|0.0.0.0/0"
    assert outputs["Attached"] == f"IGW|{ids['Vpc']}"
    assert outputs["Interface"].startswith("eni-")
    assert ".sts.us-east-1.vpce.amazonaws.com" in outputs["Dns"]
    (address,) = ec2.describe_addresses(PublicIps=[outputs["Address"]])["Addresses"]
    assert address["NetworkInterfaceId"]
    assert ids["Group"].startswith("sg-")
    dns = ec2.describe_vpc_attribute(VpcId=ids["Vpc"], Attribute="enableDnsHostnames")
    assert dns["EnableDnsHostnames"] == {"Value": True}
    (flow,) = ec2.describe_flow_logs(Filters=[{"Name": "resource-id", "Values": [ids["Vpc"]]}])["FlowLogs"]
    assert (flow["FlowLogId"], flow["LogGroupName"]) == (ids["Flows"], ids["Logs"])
    prefixes = [
        each.get("DestinationPrefixListId")
        for table in ec2.describe_route_tables(RouteTableIds=[ids["Closed"]])["RouteTables"]
        for each in table["Routes"]
    ]
    assert any(prefixes), "the gateway endpoint has no route"


def test_rules_of_groups_change_in_place(stacks: Stacks, ec2: Any, stack: str) -> None:
    group = stacks.physical(stack)["Group"]

    def rules() -> set[tuple[Any, ...]]:
        found = ec2.describe_security_group_rules(Filters=of_vpc(group, "group-id"))["SecurityGroupRules"]
        return {
            (each["IsEgress"], each["IpProtocol"], each["FromPort"], each.get("CidrIpv4"), each.get("Description"))
            for each in found
        }

    among = (False, "tcp", 0, None, "among themselves")
    out = (True, "-1", -1, "0.0.0.0/0", None)
    assert rules() == {(False, "tcp", 443, "10.0.0.0/16", "from inside"), among, out}
    changed = network()
    changed["Resources"]["Group"]["Properties"] |= {
        "SecurityGroupIngress": [HTTPS | {"FromPort": 80, "ToPort": 80}],
        "SecurityGroupEgress": [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "0.0.0.0/0"}],
    }
    assert stacks.update(stack, changed)["StackStatus"] == "UPDATE_COMPLETE", stacks.reasons(stack)
    assert stacks.physical(stack)["Group"] == group
    assert rules() == {(False, "tcp", 80, "10.0.0.0/16", "from inside"), among, (True, "tcp", 443, "0.0.0.0/0", None)}
    assert stacks.update(stack, network())["StackStatus"] == "UPDATE_COMPLETE", stacks.reasons(stack)
    assert out in rules()


def test_drift(stacks: Stacks, ec2: Any, stack: str) -> None:
    ids = stacks.physical(stack)

    def drift() -> dict[str, list[str]]:
        started = stacks.api.detect_stack_drift(StackName=stack)["StackDriftDetectionId"]
        status = stacks.api.describe_stack_drift_detection_status(StackDriftDetectionId=started)
        assert status["DetectionStatus"] == "DETECTION_COMPLETE", status
        found = stacks.api.describe_stack_resource_drifts(StackName=stack)["StackResourceDrifts"]
        assert {each["StackResourceDriftStatus"] for each in found if each["ResourceType"].startswith("AWS::EC2")} <= {
            "IN_SYNC",
            "MODIFIED",
            "DELETED",
        }
        return {
            each["LogicalResourceId"]: [one["PropertyPath"] for one in each["PropertyDifferences"]]
            for each in found
            if each["StackResourceDriftStatus"] != "IN_SYNC"
        }

    assert drift() == {}
    ec2.modify_vpc_attribute(VpcId=ids["Vpc"], EnableDnsHostnames={"Value": False})
    ec2.revoke_security_group_ingress(
        GroupId=ids["Group"],
        IpPermissions=[{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/16"}]}],
    )
    assert drift() == {"Vpc": ["/EnableDnsHostnames"], "Group": ["/SecurityGroupIngress"]}
    ec2.modify_vpc_attribute(VpcId=ids["Vpc"], EnableDnsHostnames={"Value": True})
    ec2.authorize_security_group_ingress(
        GroupId=ids["Group"],
        IpPermissions=[
            {
                "IpProtocol": "tcp",
                "FromPort": 443,
                "ToPort": 443,
                "IpRanges": [{"CidrIp": "10.0.0.0/16", "Description": "from inside"}],
            }
        ],
    )


def test_parameters_name_what_is_there(stacks: Stacks, refused: Callable[..., str], stack: str) -> None:
    ids = stacks.physical(stack)
    template = {
        "Parameters": {"Vpc": {"Type": "AWS::EC2::VPC::Id"}, "Subnets": {"Type": "List<AWS::EC2::Subnet::Id>"}},
        "Resources": {"Group": made("SecurityGroup", GroupDescription="g", VpcId=ref("Vpc"))},
    }

    def given(vpc: str, subnets: str) -> list[dict[str, str]]:
        return [{"ParameterKey": "Vpc", "ParameterValue": vpc}, {"ParameterKey": "Subnets", "ParameterValue": subnets}]

    both = f"{ids['Public']},{ids['Private']}"
    message = refused(stacks.create, template, Parameters=given("vpc-0123456789abcdef0", both))
    text = "Parameter validation failed: parameter value {} for parameter name {} does not exist"
    assert message == f"ValidationError: {text.format('vpc-0123456789abcdef0', 'Vpc')}"
    message = refused(stacks.create, template, Parameters=given(ids["Vpc"], f"{both},subnet-0123456789abcdef0"))
    assert text.format("subnet-0123456789abcdef0", "Subnets") in message
    other = stacks.create(template, Parameters=given(ids["Vpc"], both))
    assert other["StackStatus"] == "CREATE_COMPLETE", stacks.reasons(other["StackId"])
    assert stacks.delete(other["StackName"])["StackStatus"] == "DELETE_COMPLETE"


def test_a_role_without_rights_makes_no_network(world: EmbeddedAws, stacks: Stacks) -> None:
    iam = world.client("iam", account=ACCOUNTS[0], region="us-east-1")
    trust = trusting("cloudformation.amazonaws.com")
    role = iam.create_role(RoleName="no-network", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    statement = {"Effect": "Allow", "Action": ["ec2:CreateVpc", "ec2:Describe*"], "Resource": "*"}
    only = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_role_policy(RoleName="no-network", PolicyName="p", PolicyDocument=only)
    template = {"Resources": {"Vpc": made("VPC", CidrBlock="10.1.0.0/16", Tags=[{"Key": "a", "Value": "b"}])}}
    found = stacks.create(template, RoleARN=role)
    assert found["StackStatus"] == "ROLLBACK_COMPLETE"  # tags need ec2:CreateTags
    assert "UnauthorizedOperation" in stacks.reasons(found["StackId"])[0]


def test_everything_goes_with_the_stack(stacks: Stacks, ec2: Any, stack: str) -> None:
    ids = stacks.physical(stack)
    with pytest.raises(ClientError, match="dependencies") as caught:
        ec2.delete_vpc(VpcId=ids["Vpc"])
    assert caught.value.response["Error"]["Code"] == "DependencyViolation"
    assert stacks.delete(stack)["StackStatus"] == "DELETE_COMPLETE", stacks.reasons(stack)
    with pytest.raises(ClientError, match="does not exist"):
        ec2.describe_vpcs(VpcIds=[ids["Vpc"]])
    for call, member in (
        (ec2.describe_subnets, "Subnets"),
        (ec2.describe_network_acls, "NetworkAcls"),
        (ec2.describe_route_tables, "RouteTables"),
        (ec2.describe_vpc_endpoints, "VpcEndpoints"),
        (ec2.describe_network_interfaces, "NetworkInterfaces"),
    ):
        assert call(Filters=of_vpc(ids["Vpc"]))[member] == []
    assert ec2.describe_addresses()["Addresses"] == []
