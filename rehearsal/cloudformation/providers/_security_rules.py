"""Rules of security groups: as templates write them, and as EC2's operations take them."""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.cloudformation.provider import Call, Made, Provider

EVERYWHERE = {"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}
"""What a security group lets out when its template does not say."""


def permission(rule: dict[str, Any]) -> dict[str, Any]:
    """A rule as one of EC2's permissions."""
    told = {"Description": rule["Description"]} if rule.get("Description") else {}
    made: dict[str, Any] = {"IpProtocol": str(rule["IpProtocol"])}
    made |= {name: rule[name] for name in ("FromPort", "ToPort") if name in rule and made["IpProtocol"] != "-1"}
    for name, member in (("CidrIp", "IpRanges"), ("CidrIpv6", "Ipv6Ranges")):
        if rule.get(name):
            made[member] = [{name: rule[name], **told}]
    prefix = rule.get("SourcePrefixListId") or rule.get("DestinationPrefixListId")
    if prefix:
        made["PrefixListIds"] = [{"PrefixListId": prefix, **told}]
    pair = {
        "GroupId": rule.get("SourceSecurityGroupId") or rule.get("DestinationSecurityGroupId"),
        "GroupName": rule.get("SourceSecurityGroupName"),
        "UserId": rule.get("SourceSecurityGroupOwnerId"),
    }
    group = {name: value for name, value in pair.items() if value}
    if group:
        made["UserIdGroupPairs"] = [{**group, **told}]
    return made


class Rule(Provider):
    """One rule of a security group that stands by itself, known by its id; `way` is `Ingress` or `Egress`."""

    service, noun = "ec2", "rule"
    absent = ("InvalidSecurityGroupRuleId.NotFound", "InvalidGroup.NotFound", "InvalidPermission.NotFound")
    way: ClassVar[str]

    def create(self, call: Call) -> Made:
        """The rule, added to its group."""
        wanted = {"IpPermissions": [permission(call.properties)], **call.pick("GroupId", "GroupName")}
        made = call.invoke(f"AuthorizeSecurityGroup{self.way}", **wanted)
        return self._made(made["SecurityGroupRules"][0]["SecurityGroupRuleId"])

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Its description."""
        wanted = {"IpPermissions": [permission(call.properties)], **call.pick("GroupId", "GroupName")}
        call.invoke(f"UpdateSecurityGroupRuleDescriptions{self.way}", **wanted)
        return self._made(call.handle)

    def remove(self, call: Call) -> None:
        """The rule."""
        group = self._described(call, call.handle)["GroupId"]
        call.invoke(f"RevokeSecurityGroup{self.way}", GroupId=group, SecurityGroupRuleIds=[call.handle])

    def found(self, call: Call, name: str) -> Made:
        """The one with the id `name`."""
        return self._made(self._described(call, name)["SecurityGroupRuleId"])

    def actual(self, call: Call) -> dict[str, Any]:
        """Protocol, ports, addresses, description and group."""
        found = self._described(call, call.handle)
        told = {name: found.get(name) for name in ("IpProtocol", "FromPort", "ToPort", "Description", "GroupId")}
        if found["IpProtocol"] == "-1":
            told = {name: value for name, value in told.items() if name not in ("FromPort", "ToPort")}
        return told | {"CidrIp": found.get("CidrIpv4"), "CidrIpv6": found.get("CidrIpv6")}

    def _described(self, call: Call, name: str) -> dict[str, Any]:
        found: dict[str, Any] = call.invoke("DescribeSecurityGroupRules", SecurityGroupRuleIds=[name])
        rule: dict[str, Any] = found["SecurityGroupRules"][0]
        return rule

    def _made(self, name: str) -> Made:
        return Made(name, {"Id": name})
