"""What AWS refuses although the caller may ask for it: one validator before every operation, ours and moto's.

CloudFormation's calls come through the same door, so that a template meets the same limits as a client. `front` is
what AWS's front ends check before they look at permissions, `check` what a service looks at afterwards; `completed` is
a request with the defaults that the service then takes.
"""

from __future__ import annotations

from rehearsal.accounts import Accounts
from rehearsal.api import Caller
from rehearsal.aws_request import AwsRequest
from rehearsal.validation import bodies, buckets, constraints, iam, kms, others, tags, values
from rehearsal.validation.defaults import completed
from rehearsal.validation.rule import Given

__all__ = ["check", "completed", "front"]

_TABLES = (iam.RULES, kms.RULES, others.RULES, values.RULES)


def front(request: AwsRequest) -> None:
    """Lengths, ranges, patterns and enumerations. Raises ApiError."""
    if request.s3 is None:
        constraints.check(request.service, request.operation, request.params)


def check(request: AwsRequest, caller: Caller, accounts: Accounts) -> None:
    """Names, principals, sizes, quotas, tags and what goes together. Raises ApiError."""
    if request.s3 is not None:
        bodies.check(request.s3)
        buckets.check(request.s3, caller, accounts)
        return
    tags.check(request.service, request.operation, request.params, caller)
    given = Given(request.service, request.operation, request.params, caller, accounts)
    for table in _TABLES:
        rule = table.get((request.service, request.operation))
        if rule is not None:
            rule(given)
