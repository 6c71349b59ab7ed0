"""AWS::EC2::SecurityGroupIngress.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-securitygroupingress.html
"""

from __future__ import annotations

from rehearsal.cloudformation.providers._security_rules import Rule


class Ingress(Rule):
    """A rule about what comes in."""

    type = "AWS::EC2::SecurityGroupIngress"
    way = "Ingress"
