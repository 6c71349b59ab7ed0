"""Functions in a network: whether subnets, security groups and the role's rights are there. Nothing is isolated by it.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
"""

from __future__ import annotations

from botocore.exceptions import ClientError

from rehearsal.api import ApiError, Caller, Params
from rehearsal.iam.checks import Check
from rehearsal.lambdas.state import wrong
from rehearsal.ports import Authorization, Platform

_NEEDED = ("CreateNetworkInterface", "DescribeNetworkInterfaces", "DeleteNetworkInterface")


class Networks:
    """Looks after the networks of functions."""

    def __init__(self, platform: Platform, iam: Authorization) -> None:
        self._platform, self._iam = platform, iam

    def placed(self, caller: Caller, given: Params, role: str) -> Params:
        """The settings with the network's id. Raises ApiError InvalidParameterValueException."""
        subnets, groups = given.get("SubnetIds") or [], given.get("SecurityGroupIds") or []
        if not subnets and not groups:
            return given
        if not subnets or not groups:
            raise wrong("SubnetIds and SecurityIds must coexist or be both empty list.")
        ec2 = self._platform.internal_client("ec2", account=caller.account, region=caller.region)
        try:
            operation = "DescribeSubnets"
            networks = {each["VpcId"] for each in ec2.describe_subnets(SubnetIds=subnets)["Subnets"]}
            operation = "DescribeSecurityGroups"
            networks |= {each["VpcId"] for each in ec2.describe_security_groups(GroupIds=groups)["SecurityGroups"]}
        except ClientError as error:
            code, text = error.response["Error"]["Code"], error.response["Error"].get("Message")
            told = f"Error occurred while {operation}. EC2 Error Code: {code}. EC2 Error Message: {text}"
            raise wrong(told) from None
        if len(networks) > 1:
            raise wrong("The provided subnets and security groups are not all of one VPC.")
        self._check(role, caller)
        return given | {"VpcId": networks.pop()}

    def _check(self, role: str, caller: Caller) -> None:
        identity = self._platform.accounts.role_session(role)
        for action in _NEEDED:
            try:
                self._iam.require(identity, [Check(f"ec2:{action}", "*", caller.account)], caller.region, "ec2")
            except ApiError:
                text = f"The provided execution role does not have permissions to call {action} on EC2"
                raise wrong(text) from None
