"""KMS, called directly. https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html"""

from __future__ import annotations

from collections.abc import Iterator

from rehearsal.iam import keys
from rehearsal.iam.checks import Asked, Check, On, Rule, Value, account_of, several, tag_context, tags_of


def _on_key(asked: Asked, named: str | None = None, *, action: str | None = None) -> Iterator[Check]:
    """The action on the key that an id, ARN or alias means, with what its grants and aliases are."""
    name = str(named or asked.get("KeyId"))
    arn = keys.arn(name, asked.caller)
    context: dict[str, Value] = tag_context(tags_of(asked, "Tags")) if asked.operation == "TagResource" else {}
    if ":alias/" in name or name.startswith("alias/"):
        context["kms:RequestAlias"] = "alias/" + name.partition("alias/")[2]
    for key, value in (asked.get("EncryptionContext") or {}).items():
        context[f"kms:EncryptionContext:{key}"] = str(value)
    if asked.get("EncryptionContext"):
        context["kms:EncryptionContextKeys"] = sorted(asked.params["EncryptionContext"])
    yield Check(action or f"kms:{asked.operation}", arn, account_of(arn, asked.caller), context | keys.context(arn))


def _grant(asked: Asked) -> Iterator[Check]:
    """A grant: what it lets do, for whom, and whether an AWS service makes it."""
    for check in _on_key(asked):
        context: dict[str, Value] = dict(check.context) | {
            "kms:GrantOperations": [str(each) for each in asked.params.get("Operations", [])],
            "kms:GranteePrincipal": str(asked.get("GranteePrincipal")),
            "kms:GrantIsForAWSResource": str(asked.caller.via is not None).lower(),
        }
        yield Check(check.action, check.resource, check.account, context)


def _decrypt(asked: Asked) -> Iterator[Check]:
    """The key of a ciphertext: the one named, else the one it was encrypted with."""
    yield from _on_key(asked, asked.get("KeyId") or keys.of_ciphertext(asked.params.get("CiphertextBlob")))


def _re_encrypt(asked: Asked) -> Iterator[Check]:
    """From one key to another: an action on each."""
    source = asked.get("SourceKeyId") or keys.of_ciphertext(asked.params.get("CiphertextBlob"))
    yield from _on_key(asked, source, action="kms:ReEncryptFrom")
    yield from _on_key(asked, asked.get("DestinationKeyId"), action="kms:ReEncryptTo")


def _alias(asked: Asked) -> Iterator[Check]:
    """An alias: the action on it and on its key."""
    alias = asked.arn(str(asked.get("AliasName")))
    yield Check(f"kms:{asked.operation}", alias, asked.caller.account)
    target = asked.get("TargetKeyId") or (keys.arn(alias, asked.caller) if asked.operation == "DeleteAlias" else None)
    if target:
        arn = keys.arn(str(target), asked.caller)
        yield Check(f"kms:{asked.operation}", arn, account_of(arn, asked.caller), keys.context(arn))


_KEY = ("DescribeKey", "GetKeyPolicy", "PutKeyPolicy", "ListKeyPolicies", "EnableKey", "DisableKey",
        "EnableKeyRotation", "DisableKeyRotation", "GetKeyRotationStatus", "ScheduleKeyDeletion", "CancelKeyDeletion",
        "TagResource", "UntagResource", "ListResourceTags", "UpdateKeyDescription", "Encrypt", "GenerateDataKey",
        "GenerateDataKeyWithoutPlaintext", "ListGrants", "RevokeGrant", "RetireGrant")  # fmt: skip


def _create(asked: Asked) -> Iterator[Check]:
    tags = tag_context(tags_of(asked, "Tags"))
    yield Check("kms:CreateKey", "*", asked.caller.account, tags)
    if tags:  # of the key that comes to be: a policy must name all keys
        yield Check("kms:TagResource", asked.arn("key/*"), asked.caller.account, tags)


RULES: dict[str, Rule] = {
    **dict.fromkeys(_KEY, _on_key),
    "CreateKey": _create,
    "CreateGrant": _grant,
    "Decrypt": _decrypt,
    "ReEncrypt": _re_encrypt,
    **dict.fromkeys(("CreateAlias", "UpdateAlias", "DeleteAlias"), _alias),
    **several("*", "ListKeys", "ListAliases", "GenerateRandom"),
    "ListRetirableGrants": On(),
}
