"""Key policies and aliases. https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html"""

from __future__ import annotations

import datetime

from iam_policy import Policies, Policy, Request, decide
from rehearsal.api import ApiError
from rehearsal.iam import keys
from rehearsal.iam.checks import Check
from rehearsal.iam.context import Organization, context_of
from rehearsal.iam.principals import parse, principal_of
from rehearsal.validation.existence import missing
from rehearsal.validation.rule import Given, Rule, document, parsed, statements

POLICY_BYTES = 32_768
_ADMINISTRATOR = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'


def key_policy(given: Given) -> None:
    """The policy of CreateKey, ReplicateKey and PutKeyPolicy: its principals exist, and its author may change it."""
    text = given.params.get("Policy")
    if text is None:
        return
    found = document(text, _malformed("The policy document is not valid JSON."))
    if len(text.encode()) > POLICY_BYTES:
        raise ApiError("LimitExceededException", f"The key policy is larger than {POLICY_BYTES} bytes.")
    if not all(statement.keys() & {"Principal", "NotPrincipal"} for statement in statements(found)):
        raise _malformed("Policy contains a statement with no principal.")
    if any(True for _ in missing(found, given.accounts)):
        raise _malformed("Policy contains a statement with one or more invalid principals.")
    try:
        policy = parsed(found, "the key policy")
    except ValueError as cause:
        raise _malformed(f"The policy document is not valid: {cause}") from None
    bypassed = given.params.get("BypassPolicyLockoutSafetyCheck")
    if policy is not None and not bypassed and not _may_change(given, policy):
        raise _malformed("The new key policy will not allow you to update the key policy in the future.")


def alias(given: Given) -> None:
    """Nobody but AWS has aliases that begin with alias/aws/; the others begin with alias/."""
    name = given.params["AliasName"]
    if name.startswith("alias/aws/"):
        raise ApiError("NotAuthorizedException", f"The prefix alias/aws/ is reserved for AWS managed keys: {name}")
    if not name.startswith("alias/"):
        raise ApiError("ValidationException", f"Invalid identifier: the alias name must begin with alias/, got {name}")


def _may_change(given: Given, policy: Policy) -> bool:
    """Whether the policy lets its author change it again; identity policies count as far as it delegates to them."""
    caller, identity = given.caller, given.accounts.identify(given.caller.access_key)
    if identity.service:
        return True
    name = given.params.get("KeyId")
    resource = (
        keys.arn(name, caller) if name else f"arn:{caller.partition}:kms:{caller.region}:{caller.account}:key/new"
    )
    check = Check("kms:PutKeyPolicy", resource, caller.account)
    now = datetime.datetime.now(datetime.UTC)
    request = Request(
        principal=principal_of(identity),
        action=check.action,
        resource=resource,
        resource_account=caller.account,
        context=context_of(identity, check, caller.region, Organization("", ()), now),
    )
    return decide(request, Policies(identity=(parse(_ADMINISTRATOR, "identity policies"),), resource=policy)).allowed


def _malformed(message: str) -> ApiError:
    return ApiError("MalformedPolicyDocumentException", message)


RULES: dict[tuple[str, str], Rule] = {
    ("kms", "CreateKey"): key_policy,
    ("kms", "ReplicateKey"): key_policy,
    ("kms", "PutKeyPolicy"): key_policy,
    ("kms", "CreateAlias"): alias,
    ("kms", "UpdateAlias"): alias,
    ("kms", "DeleteAlias"): alias,
}
