"""Organizations: every account may ask which one it is in.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsorganizations.html
"""

from __future__ import annotations

from rehearsal.iam.checks import Rule, several

RULES: dict[str, Rule] = several("*", "DescribeOrganization")
