"""STS. https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html"""

from __future__ import annotations

from collections.abc import Iterator

from rehearsal.iam.checks import Asked, Check, Rule, Value, account_of, always, several


def _assume(asked: Asked) -> Iterator[Check]:
    """The role, whose trust policy is the resource policy."""
    arn = str(asked.get("RoleArn"))
    context: dict[str, Value] = {"sts:RoleSessionName": str(asked.get("RoleSessionName"))}
    if asked.get("ExternalId"):
        context["sts:ExternalId"] = str(asked.get("ExternalId"))
    yield Check("sts:AssumeRole", arn, account_of(arn, asked.caller), context)


RULES: dict[str, Rule] = {
    "AssumeRole": _assume,
    "AssumeRoleWithWebIdentity": always,  # the token and the trust policy decide, not who sends it
    "GetCallerIdentity": always,
    **several("*", "GetAccessKeyInfo", "DecodeAuthorizationMessage"),
}
