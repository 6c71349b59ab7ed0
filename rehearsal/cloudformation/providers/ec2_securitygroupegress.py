"""AWS::EC2::SecurityGroupEgress.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-securitygroupegress.html
"""

from __future__ import annotations

from rehearsal.cloudformation.providers._security_rules import Rule


class Egress(Rule):
    """A rule about what goes out."""

    type = "AWS::EC2::SecurityGroupEgress"
    way = "Egress"
