"""EC2: the network, and what the CDK command and Seed-Farmer look at.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from moto.ec2.models import ec2_backends

from rehearsal.iam.checks import Asked, Check, Rule, Value, pass_role, several, tag_context, tags_of, values

# what an id begins with -> the resource type of its ARN
_TYPES: Mapping[str, str] = {
    "acl": "network-acl", "eipalloc": "elastic-ip", "eni": "network-interface", "fl": "vpc-flow-log",
    "igw": "internet-gateway", "nat": "natgateway", "rtb": "route-table", "sg": "security-group",
    "sgr": "security-group-rule", "subnet": "subnet", "vpc": "vpc", "vpce": "vpc-endpoint",
}  # fmt: skip
_TAGS = "TagSpecifications[].Tags"
_FLOW_LOGS = "vpc-flow-logs.amazonaws.com"


@dataclass(frozen=True)
class _Of:
    """The rule of an operation on the resources whose ids stand at `paths`, of which at least one is checked.

    `new` is the type of the resource that it makes, with tags that need `ec2:CreateTags` besides.
    """

    paths: tuple[str, ...] = ()
    new: str | None = None
    passes: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, asked: Asked) -> Iterator[Check]:
        """The checks."""
        action, account, tags = f"ec2:{asked.operation}", asked.caller.account, tags_of(asked, _TAGS)
        ids = [str(each) for path in self.paths for each in values(asked.params, path)]
        if self.new:
            arn = asked.arn(f"{self.new}/*")
            yield Check(action, arn, account, tag_context(tags))
            if tags:
                yield Check("ec2:CreateTags", arn, account, {**tag_context(tags), "ec2:CreateAction": asked.operation})
        for each in ids:
            yield Check(action, _arn(asked, each), account, _tagged(asked, each))
        if not ids and not self.new:
            yield Check(action, "*", account)
        for path, service in self.passes.items():
            for role in values(asked.params, path):
                yield from pass_role(str(role), service, asked.caller)


def _arn(asked: Asked, name: str) -> str:
    kind = _TYPES.get(name.rpartition("-")[0])
    return asked.arn(f"{kind}/{name}") if kind else "*"


def _tagged(asked: Asked, name: str) -> dict[str, Value]:
    """The tags that a resource has."""
    tags = ec2_backends[asked.caller.account][asked.caller.region].tags.get(name) or {}
    return {f"{prefix}:ResourceTag/{key}": str(tags[key]) for key in tags for prefix in ("aws", "ec2")}


def _of_group(asked: Asked) -> Iterator[Check]:
    """A security group by its id or, in the default VPC, its name."""
    name, backend = asked.get("GroupName"), ec2_backends[asked.caller.account][asked.caller.region]
    found = backend.get_security_group_from_name(name) if name and not asked.get("GroupId") else None
    group = str(asked.get("GroupId") or (found.id if found else "sg-*"))
    yield Check(f"ec2:{asked.operation}", _arn(asked, group), asked.caller.account, _tagged(asked, group))


def _of_association(asked: Asked) -> Iterator[Check]:
    """The route table of an association."""
    backend = ec2_backends[asked.caller.account][asked.caller.region]
    wanted = asked.get("AssociationId")
    found = next((table.id for table in list(backend.route_tables.values()) if wanted in table._associations), "rtb-*")
    for each in dict.fromkeys((str(found), str(asked.get("RouteTableId") or found))):
        yield Check(f"ec2:{asked.operation}", _arn(asked, each), asked.caller.account, _tagged(asked, each))


def _retag(asked: Asked) -> Iterator[Check]:
    """Tags set or taken away by themselves."""
    tags = tags_of(asked, "Tags")
    for each in asked.get("Resources") or ["*"]:
        context = {**_tagged(asked, str(each)), **tag_context(tags)}
        yield Check(f"ec2:{asked.operation}", _arn(asked, str(each)), asked.caller.account, context)


def _flow_logs(asked: Asked) -> Iterator[Check]:
    """Flow logs; those that go to S3 are a delivery of logs, too.

    https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-permissions.html
    """
    yield from _Of(("ResourceIds[]",), "vpc-flow-log", {"DeliverLogsPermissionArn": _FLOW_LOGS})(asked)
    if asked.get("LogDestinationType") == "s3":
        yield Check("logs:CreateLogDelivery", "*", asked.caller.account)


RULES: dict[str, Rule] = {
    **several(
        "*",
        "DescribeAddresses",
        "DescribeAvailabilityZones",
        "DescribeFlowLogs",
        "DescribeInternetGateways",
        "DescribeManagedPrefixLists",
        "DescribeNatGateways",
        "DescribeNetworkAcls",
        "DescribeNetworkInterfaces",
        "DescribePrefixLists",
        "DescribeRegions",
        "DescribeRouteTables",
        "DescribeSecurityGroupRules",
        "DescribeSecurityGroups",
        "DescribeSubnets",
        "DescribeTags",
        "DescribeVpcEndpoints",
        "DescribeVpcs",
        "DescribeVpnGateways",
    ),
    "CreateTags": _retag,
    "DeleteTags": _retag,
    "CreateVpc": _Of(new="vpc"),
    **dict.fromkeys(("DeleteVpc", "DescribeVpcAttribute", "ModifyVpcAttribute"), _Of(("VpcId",))),
    "CreateSubnet": _Of(("VpcId",), "subnet"),
    **dict.fromkeys(("DeleteSubnet", "ModifySubnetAttribute"), _Of(("SubnetId",))),
    "CreateRouteTable": _Of(("VpcId",), "route-table"),
    **dict.fromkeys(("DeleteRouteTable", "CreateRoute", "ReplaceRoute", "DeleteRoute"), _Of(("RouteTableId",))),
    "AssociateRouteTable": _Of(("RouteTableId", "SubnetId", "GatewayId")),
    **dict.fromkeys(("DisassociateRouteTable", "ReplaceRouteTableAssociation"), _of_association),
    "CreateInternetGateway": _Of(new="internet-gateway"),
    "DeleteInternetGateway": _Of(("InternetGatewayId",)),
    **dict.fromkeys(("AttachInternetGateway", "DetachInternetGateway"), _Of(("InternetGatewayId", "VpcId"))),
    "AllocateAddress": _Of(new="elastic-ip"),
    "ReleaseAddress": _Of(("AllocationId",)),
    "CreateNatGateway": _Of(("SubnetId", "AllocationId"), "natgateway"),
    "DeleteNatGateway": _Of(("NatGatewayId",)),
    "CreateSecurityGroup": _Of(("VpcId",), "security-group"),
    **dict.fromkeys(
        (
            "DeleteSecurityGroup",
            "AuthorizeSecurityGroupIngress",
            "AuthorizeSecurityGroupEgress",
            "RevokeSecurityGroupIngress",
            "RevokeSecurityGroupEgress",
            "UpdateSecurityGroupRuleDescriptionsIngress",
            "UpdateSecurityGroupRuleDescriptionsEgress",
        ),
        _of_group,
    ),
    "CreateVpcEndpoint": _Of(("VpcId", "SubnetIds[]", "SecurityGroupIds[]", "RouteTableIds[]"), "vpc-endpoint"),
    "ModifyVpcEndpoint": _Of(("VpcEndpointId", "AddSubnetIds[]", "AddSecurityGroupIds[]", "AddRouteTableIds[]")),
    "DeleteVpcEndpoints": _Of(("VpcEndpointIds[]",)),
    "CreateFlowLogs": _flow_logs,
    "DeleteFlowLogs": _Of(("FlowLogIds[]",)),
}
