"""Roles that services take on: whether the trust policy, its conditions included, lets them."""

from __future__ import annotations

from iam_policy import Policies, Principal, Request, decide
from rehearsal.accounts import ROLE_ARN
from rehearsal.iam.checks import Value
from rehearsal.iam.principals import parse
from rehearsal.iam.resource_policies import trust_policy


def trusts_service(role: str, service: str, *, source: str | None = None, account: str | None = None) -> bool:
    """Whether the role (an ARN) exists and lets the service (`events.amazonaws.com`) assume it.

    `source` is the ARN of the resource that the service works for, `account` its account: the role's own by default,
    since services take on roles of the account of their resource only.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
    """
    found, text = ROLE_ARN.match(role), trust_policy(role)
    if found is None or text is None:
        return False
    owner = account or found["account"]
    context: dict[str, Value] = {
        "aws:SecureTransport": "true",
        "aws:PrincipalIsAWSService": "true",
        "aws:PrincipalServiceName": service,
        "aws:SourceAccount": owner,
        "aws:ResourceAccount": found["account"],
    } | ({"aws:SourceArn": source} if source else {})
    request = Request(
        principal=Principal(kind="service", arn=service, account=""),
        action="sts:AssumeRole",
        resource=role,
        resource_account=found["account"],
        context=context,
    )
    return decide(request, Policies(resource=parse(text, f"trust policy of {role}"))).allowed
