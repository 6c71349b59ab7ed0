"""AWS::EC2::SecurityGroup.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-securitygroup.html
"""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.cloudformation.provider import Call, Made
from rehearsal.cloudformation.providers._ec2 import Network
from rehearsal.cloudformation.providers._security_rules import EVERYWHERE, permission

# property -> what it is without the property, the operations that add and take away
RULES: tuple[tuple[str, list[dict[str, Any]], str], ...] = (
    ("SecurityGroupIngress", [], "Ingress"),
    ("SecurityGroupEgress", [EVERYWHERE], "Egress"),
)
PLACES = ("IpRanges", "Ipv6Ranges", "PrefixListIds", "UserIdGroupPairs")


class SecurityGroup(Network):
    """A security group with the rules written in it. Ref is its id or, in the default VPC, its name."""

    type = "AWS::EC2::SecurityGroup"
    noun, absent = "security group", ("InvalidGroup.NotFound",)
    removal = ("DeleteSecurityGroup", "GroupId")
    kind, describing = "security-group", ("DescribeSecurityGroups", "GroupIds", "SecurityGroups")
    shown: ClassVar = {"GroupName": "GroupName", "GroupDescription": "Description", "VpcId": "VpcId"}
    named_by = "GroupName"

    def create(self, call: Call) -> Made:
        """The group, then its rules."""
        wanted = call.properties
        made = call.invoke(
            "CreateSecurityGroup",
            GroupName=call.name(wanted.get("GroupName"), 255),
            Description=wanted["GroupDescription"],
            TagSpecifications=self.tag_specifications(call),
            **call.pick("VpcId"),
        )
        call.reserve(made["GroupId"])
        self._rules(call, {})
        return self.found(call, made["GroupId"])

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Rules and tags."""
        self._rules(call, old)
        return super().update(call, old)

    def made(self, call: Call, found: dict[str, Any]) -> Made:
        """Ref is the id where the template has a VPC."""
        group = found["GroupId"]
        name = group if "VpcId" in call.properties else found["GroupName"]
        return Made(name, {"GroupId": group, "Id": group}, handle=group)

    def actual(self, call: Call) -> dict[str, Any]:
        """Name, description, VPC, tags, and those of the template's rules that are there.

        Rules that stand by themselves in a template are the group's as well, so that more of them is no drift.
        """
        found = self.described(call, call.handle)
        rules = {}
        for name, _, way in RULES:
            there = _flat(found["IpPermissions" if way == "Ingress" else "IpPermissionsEgress"])
            rules[name] = [rule for rule in call.properties.get(name) or [] if _key(permission(rule)) in there]
        return super().actual(call) | rules

    def _rules(self, call: Call, old: dict[str, Any]) -> None:
        for name, otherwise, way in RULES:
            before = old.get(name) or otherwise
            after = call.properties.get(name) or otherwise
            gone = [permission(rule) for rule in before if rule not in after]
            new = [permission(rule) for rule in after if rule not in before]
            for operation, rules in ((f"RevokeSecurityGroup{way}", gone), (f"AuthorizeSecurityGroup{way}", new)):
                if rules:
                    call.invoke(operation, GroupId=call.handle, IpPermissions=rules)


def _flat(permissions: list[dict[str, Any]]) -> set[str]:
    """What is permitted, each by itself; EC2 shows those of the same ports together."""
    alone: list[dict[str, Any]] = []
    for each in permissions:
        ports = {name: value for name, value in each.items() if name not in PLACES}
        alone += [{**ports, name: [one]} for name in PLACES for one in each.get(name) or []]
    return set(map(_key, alone))


def _key(permission: dict[str, Any]) -> str:
    """What tells one permission from another: protocol, ports, and where from or to."""
    places = [
        place.get("CidrIp") or place.get("CidrIpv6") or place.get("PrefixListId") or place.get("GroupId")
        for name in PLACES
        for place in permission.get(name) or []
    ]
    ports = [str(permission.get(name, "")) for name in ("FromPort", "ToPort")]
    return " ".join([permission["IpProtocol"], *ports, *map(str, places)])
