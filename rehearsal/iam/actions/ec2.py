"""EC2, as far as the CDK command and Seed-Farmer look at it.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
"""

from __future__ import annotations

from rehearsal.iam.checks import Rule, several

RULES: dict[str, Rule] = several(
    "*",
    "DescribeAvailabilityZones",
    "DescribeRegions",
    "DescribeVpcs",
    "DescribeSubnets",
    "DescribeSecurityGroups",
    "DescribeRouteTables",
)
