"""Who asks, as the decision engine knows them."""

from __future__ import annotations

import functools

from iam_policy import Principal as PolicyPrincipal
from model_cicd.access.principals import Principal


@functools.lru_cache(maxsize=65536)
def policy_principal(principal: Principal) -> PolicyPrincipal:
    """The principal of a request."""
    if principal.jobs:
        return PolicyPrincipal("web-identity", principal.jobs.provider.arn, "")
    if principal.service:
        return PolicyPrincipal("service", principal.arn, "")
    return PolicyPrincipal("role", principal.arn, principal.account)
