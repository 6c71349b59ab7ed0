"""Subnets and security groups that the manifest attaches things to: there, and of one VPC."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from model_cicd.doctor.look import Look, UnseenError
from model_cicd.doctor.site import Attachment


@dataclass(frozen=True)
class _Kind:
    word: str
    operation: str
    parameter: str
    key: str
    id: str


_SUBNETS = _Kind("subnet", "DescribeSubnets", "SubnetIds", "Subnets", "SubnetId")
_GROUPS = _Kind("security group", "DescribeSecurityGroups", "GroupIds", "SecurityGroups", "GroupId")


def check(look: Look) -> None:
    """Each attachment that the manifest has here."""
    for each in look.site.attachments:
        _attachment(look, each)


def _attachment(look: Look, attachment: Attachment) -> None:
    vpcs: dict[str, str] = {}
    wanted = [(_SUBNETS, each) for each in attachment.vpc.subnet_ids]
    wanted += [(_GROUPS, each) for each in attachment.vpc.security_group_ids]
    for kind, name in wanted:
        with suppress(UnseenError):
            parameters: dict[str, Any] = {kind.parameter: [name]}
            found = look.ask("ec2", kind.operation, of=name, **parameters)
            if not found or not found[kind.key]:
                mend = f"aws ec2 describe-{kind.word.replace(' ', '-')}s --region {look.site.place.region}"
                look.stops(f"the {kind.word} {name} of {attachment.who} is not there, choose one that is", mend)
            else:
                vpcs[name] = found[kind.key][0]["VpcId"]
    if len(set(vpcs.values())) > 1:
        parts = ", ".join(f"{name} in {vpc}" for name, vpc in vpcs.items())
        look.stops(f"{attachment.who} has subnets and security groups of several VPCs: {parts}")
    elif vpcs and len(vpcs) == len(wanted):
        look.fine(f"{len(wanted)} subnets and security groups of {attachment.who} are there, in one VPC")
