"""Whether a bucket policy is public.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rehearsal.validation.rule import several, statements

# fixed values of these make a statement for everybody one for somebody
_NARROWING = frozenset(
    key.lower()
    for key in (
        "aws:SourceIp", "aws:SourceArn", "aws:SourceVpc", "aws:SourceVpce", "aws:SourceOwner", "aws:SourceAccount",
        "aws:userid", "aws:PrincipalOrgID", "aws:PrincipalOrgPaths", "aws:PrincipalArn", "aws:PrincipalAccount",
        "aws:SourceOrgID", "aws:SourceOrgPaths", "s3:x-amz-server-side-encryption-aws-kms-key-id",
        "s3:DataAccessPointArn", "s3:DataAccessPointAccount",
    )
)  # fmt: skip
_TESTS = ("stringequals", "stringlike", "stringequalsignorecase", "arnequals", "arnlike", "ipaddress")


def is_public(found: Mapping[str, Any]) -> bool:
    """Whether some statement lets in everybody."""
    return any(_public(statement) for statement in statements(found))


def _public(statement: Mapping[str, Any]) -> bool:
    if statement.get("Effect") != "Allow":
        return False
    principal = statement.get("Principal")
    everyone = principal == "*" or (isinstance(principal, Mapping) and "*" in several(principal.get("AWS")))
    return ("NotPrincipal" in statement or everyone) and not _narrowed(statement.get("Condition") or {})


def _narrowed(condition: Mapping[str, Any]) -> bool:
    for operator, keys in condition.items():
        name = operator.lower().removeprefix("foranyvalue:")
        if name not in _TESTS or not isinstance(keys, Mapping):
            continue
        for key, values in keys.items():
            if key.lower() in _NARROWING and all(_fixed(name, key, str(value)) for value in several(values)):
                return True
    return False


def _fixed(operator: str, key: str, value: str) -> bool:
    """Whether a value names somebody: no variables, no wildcard for everybody, no range of all addresses."""
    if operator == "ipaddress":
        return not value.endswith("/0")
    if "${" in value:
        return False
    if key.lower().endswith(("arn", "orgpaths")):  # an account, or an organization, must be fixed
        return any(part.isdigit() and len(part) == 12 for part in value.split(":")) or value.startswith(
            ("o-", "arn:aws:s3")
        )
    return "*" not in value and "?" not in value
