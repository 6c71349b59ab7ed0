"""KMS keys as the back end has them: what a name means, whose policy decides, which key a ciphertext is of."""

from __future__ import annotations

import base64
import json
from typing import Any

from moto.kms.models import kms_backends

from rehearsal.api import Caller
from rehearsal.iam.checks import Value

_KEY_ID_LENGTH = 36


def arn(name: str, caller: Caller) -> str:
    """The ARN of the key that an id, ARN or alias means to the caller; an alias without a key stays what it is."""
    parts = name.split(":")
    region, account = (parts[3], parts[4]) if name.startswith("arn:") else (caller.region, caller.account)
    resource = name.split(":", 5)[5] if name.startswith("arn:") else name
    prefix = f"arn:{caller.partition}:kms:{region}:{account}:"
    if resource.startswith("alias/aws/"):  # AWS makes its own keys when they are first used
        kms_backends[account][region].any_id_to_key_id(resource)
    if resource.startswith("alias/"):
        found = next((key.arn for key in _keys(account, region).values() if resource in _aliases(key)), None)
        return str(found) if found else prefix + resource
    return prefix + "key/" + resource.removeprefix("key/")


def find(key_arn: str) -> Any | None:
    """The key (moto's), or None."""
    parts = key_arn.split(":")
    if len(parts) < 6 or not parts[5].startswith("key/"):
        return None
    return _keys(parts[4], parts[3]).get(parts[5].removeprefix("key/"))


def policy(key_arn: str) -> str | None:
    """The key's policy, or None without such a key; a key that comes to be (`key/*`) leaves it to its account."""
    if key_arn.endswith(":key/*"):
        own = {"Effect": "Allow", "Principal": {"AWS": key_arn.split(":")[4]}, "Action": "kms:*", "Resource": "*"}
        return json.dumps({"Version": "2012-10-17", "Statement": [own]})
    key = find(key_arn)
    if key is None:
        return None
    if any(alias.startswith("alias/aws/") for alias in _aliases(key)):
        return _managed(key_arn, next(alias for alias in _aliases(key) if alias.startswith("alias/aws/")))
    return str(key.policy)


def context(key_arn: str) -> dict[str, Value]:
    """The condition keys that describe the key itself."""
    key = find(key_arn)
    aliases = sorted(_aliases(key)) if key is not None else []
    return {"kms:ResourceAliases": aliases} if aliases else {}


def of_ciphertext(blob: object) -> str:
    """The id of the key that a ciphertext (base64) was made with: its first 36 characters."""
    try:
        return base64.b64decode(str(blob))[:_KEY_ID_LENGTH].decode("ascii")
    except ValueError:
        return "unknown"


def all_of(caller: Caller) -> list[str]:
    """The ARNs of the keys of the caller's account and region."""
    return [str(key.arn) for key in list(_keys(caller.account, caller.region).values())]


def _keys(account: str, region: str) -> Any:
    return kms_backends[account][region].keys


def _aliases(key: Any) -> list[str]:
    return [str(alias) for alias in key.aliases]


def _managed(key_arn: str, alias: str) -> str:
    """The policy of an AWS managed key: every principal of its account, through its service.

    https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#aws-managed-cmk
    """
    _, partition, _, region, account, _ = key_arn.split(":", 5)
    use = {
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:CreateGrant",
                   "kms:DescribeKey"],
        "Resource": "*",
        "Condition": {"StringEquals": {"kms:CallerAccount": account,
                                       "kms:ViaService": f"{alias.rpartition('/')[2]}.{region}.amazonaws.com"}},
    }  # fmt: skip
    read = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:{partition}:iam::{account}:root"},
        "Action": ["kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant"],
        "Resource": "*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [use, read]})
