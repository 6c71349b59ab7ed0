"""Service Quotas, read only.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsservicequotas.html
"""

from __future__ import annotations

from rehearsal.iam.checks import Rule, several

RULES: dict[str, Rule] = several(
    "*", "GetAWSDefaultServiceQuota", "GetServiceQuota", "ListAWSDefaultServiceQuotas", "ListServiceQuotas"
)
