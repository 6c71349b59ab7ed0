"""Custom::VpcRestrictDefaultSG: a default security group that lets nothing in or out.

https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_ec2.Vpc.html#restrictdefaultsecuritygroup
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from rehearsal.cloudformation.cdk_resources.request import CREATE, DELETE, Answer, Request


def handle(request: Request) -> Answer:
    """Take the two rules away that every VPC begins with; give them back at the end."""
    ec2 = request.clients.client("ec2")
    group, account = request.text("DefaultSecurityGroupId"), request.text("Account")
    before = request.old.get("DefaultSecurityGroupId")
    if request.kind == CREATE:
        _restrict(ec2, group, account)
    elif request.kind == DELETE:
        _release(ec2, group, account)
    elif before != group:
        _release(ec2, str(before), account)
        _restrict(ec2, group, account)
    return Answer(request.id or request.number)


def _rules(group: str, account: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The rules in and out."""
    inward = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group, "UserId": account}]}
    outward = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    return {"GroupId": group, "IpPermissions": [inward]}, {"GroupId": group, "IpPermissions": [outward]}


def _restrict(ec2: Any, group: str, account: str) -> None:
    inward, outward = _rules(group, account)
    _revoke(ec2.revoke_security_group_egress, outward)
    _revoke(ec2.revoke_security_group_ingress, inward)


def _release(ec2: Any, group: str, account: str) -> None:
    inward, outward = _rules(group, account)
    ec2.authorize_security_group_ingress(**inward)
    ec2.authorize_security_group_egress(**outward)


def _revoke(call: Callable[..., Any], rule: dict[str, Any]) -> None:
    try:
        call(**rule)
    except ClientError as error:
        if error.response["Error"]["Code"] != "InvalidPermission.NotFound":
            raise
