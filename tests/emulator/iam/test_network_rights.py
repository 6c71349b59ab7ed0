"""Rights on networks, instance profiles and Studio: by ARN, by tags, and for the roles that are passed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rehearsal.embedded_aws import EmbeddedAws
from tests.emulator.conftest import ACCOUNTS, REGION, Client
from tests.emulator.roles import almighty, trusting

ACCOUNT = ACCOUNTS[0]
PLACE = f"arn:aws:ec2:{REGION}:{ACCOUNT}"


def allowed(world: EmbeddedAws, name: str, *statements: dict[str, Any]) -> Any:
    """Clients of a role that may do what the statements allow."""
    iam = world.client("iam", account=ACCOUNT, region=REGION)
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ACCOUNT}}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    own = [{"Effect": "Allow", **each} for each in statements]
    policy = json.dumps({"Version": "2012-10-17", "Statement": own})
    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=policy)
    return lambda service: world.client(service, account=ACCOUNT, region=REGION, role=role)


def denial(call: Any, **params: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**params)
    error = caught.value.response["Error"]
    assert error["Code"] in ("UnauthorizedOperation", "AccessDenied", "AccessDeniedException")
    return str(error["Message"])


def test_what_has_a_tag_may_be_changed(world: EmbeddedAws, client: Client) -> None:
    ec2 = client("ec2")
    tags = [{"ResourceType": "security-group", "Tags": [{"Key": "team", "Value": "a"}]}]
    group = ec2.create_security_group(GroupName="tagged", Description="d", TagSpecifications=tags)["GroupId"]
    other = ec2.create_security_group(GroupName="plain", Description="d")["GroupId"]
    mine = {"StringEquals": {"aws:ResourceTag/team": "a"}}
    may = {"Action": "ec2:AuthorizeSecurityGroupIngress", "Resource": f"{PLACE}:security-group/*", "Condition": mine}
    its = allowed(world, "of-a-team", may)("ec2")
    rule = {
        "IpPermissions": [{"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}]
    }
    its.authorize_security_group_ingress(GroupId=group, **rule)
    text = denial(its.authorize_security_group_ingress, GroupId=other, **rule)
    assert f"ec2:AuthorizeSecurityGroupIngress on resource: {PLACE}:security-group/{other}" in text
    assert "ec2:AuthorizeSecurityGroupIngress" in denial(
        its.authorize_security_group_ingress, GroupName="plain", **rule
    )
    assert "ec2:DeleteSecurityGroup" in denial(its.delete_security_group, GroupId=group)


def test_a_subnet_needs_its_vpc_and_tags_need_a_right_of_their_own(world: EmbeddedAws, client: Client) -> None:
    one, two = (client("ec2").create_vpc(CidrBlock="10.4.0.0/16")["Vpc"]["VpcId"] for _ in range(2))
    places = [f"{PLACE}:subnet/*", f"{PLACE}:vpc/{one}"]
    its = allowed(world, "of-a-vpc", {"Action": "ec2:CreateSubnet", "Resource": places})("ec2")
    its.create_subnet(VpcId=one, CidrBlock="10.4.1.0/24")
    assert f"vpc/{two}" in denial(its.create_subnet, VpcId=two, CidrBlock="10.4.1.0/24")
    tags = [{"ResourceType": "subnet", "Tags": [{"Key": "a", "Value": "b"}]}]
    text = denial(its.create_subnet, VpcId=one, CidrBlock="10.4.2.0/24", TagSpecifications=tags)
    assert f"ec2:CreateTags on resource: {PLACE}:subnet/*" in text
    table = client("ec2").create_route_table(VpcId=one)["RouteTable"]["RouteTableId"]
    route = {"RouteTableId": table, "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-0123456789abcdef0"}
    assert f"route-table/{table}" in denial(its.create_route, **route)


def test_roles_are_passed(world: EmbeddedAws, client: Client) -> None:
    iam = client("iam")
    role = almighty(iam, "studio-role", trusting("sagemaker.amazonaws.com"))
    iam.create_instance_profile(InstanceProfileName="profile")
    its = allowed(
        world,
        "passes-nothing",
        {"Action": ["sagemaker:*", "iam:AddRoleToInstanceProfile", "iam:GetInstanceProfile"], "Resource": "*"},
    )
    settings = {"ExecutionRole": role}
    domain = {"DomainName": "d", "AuthMode": "IAM", "DefaultUserSettings": settings}
    assert f"iam:PassRole on resource: {role}" in denial(its("sagemaker").create_domain, **domain)
    found = client("sagemaker").create_domain(**domain)["DomainId"]
    profile = {"DomainId": found, "UserProfileName": "u"}
    assert "iam:PassRole" in denial(its("sagemaker").create_user_profile, **profile, UserSettings=settings)
    its("sagemaker").create_user_profile(**profile)
    assert "iam:PassRole" in denial(its("sagemaker").update_user_profile, **profile, UserSettings=settings)
    adding = {"InstanceProfileName": "profile", "RoleName": "studio-role"}
    assert "iam:PassRole" in denial(its("iam").add_role_to_instance_profile, **adding)
    assert its("iam").get_instance_profile(InstanceProfileName="profile")["InstanceProfile"]["Roles"] == []
    assert "iam:DeleteInstanceProfile" in denial(its("iam").delete_instance_profile, InstanceProfileName="profile")
