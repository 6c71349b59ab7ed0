"""What differs between services: keys, roles, buckets, operations of the owner only."""

from __future__ import annotations

from typing import Any

import pytest

from iam_policy import Effect, Principal, Unsupported
from tests.unit.iam_policy.build import (
    ALLOWED,
    ANONYMOUS,
    BUCKET,
    DENIED,
    KEY,
    NOT_ALLOWED,
    OTHER,
    OTHER_ROOT,
    OWN,
    ROLE,
    ROLE_TO_ASSUME,
    ROOT,
    USER,
    allow,
    ask,
    deny,
    policy,
    role,
    root,
    service,
    user,
)

YES = policy(allow(), name="yes")
DELEGATED = policy(allow("kms:*", to={"AWS": ROOT}), name="key policy")
VIA_S3 = {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}
VIA = {"kms:ViaService": "s3.us-east-1.amazonaws.com"}


def key(*statements: dict[str, Any]) -> Any:
    return policy(*statements, name="key policy")


KEYS: list[tuple[str, Principal, dict[str, Any], Effect]] = [
    ("delegated, identity allows", ROLE, {"identity": YES, "resource": DELEGATED}, ALLOWED),
    ("delegated, identity does not", ROLE, {"resource": DELEGATED}, NOT_ALLOWED),
    ("not delegated: identity does not count", ROLE, {"identity": YES, "resource": key()}, NOT_ALLOWED),
    ("without a key policy", ROLE, {"identity": YES}, NOT_ALLOWED),
    (
        "delegated for another action",
        ROLE,
        {"identity": YES, "resource": key(allow("kms:List*", to={"AWS": ROOT}))},
        NOT_ALLOWED,
    ),
    ("delegated by number", ROLE, {"identity": YES, "resource": key(allow("kms:*", to={"AWS": OWN}))}, ALLOWED),
    (
        "delegated under a condition",
        ROLE,
        {"identity": YES, "resource": key(allow(to={"AWS": ROOT}, when=VIA_S3)), "context": VIA},
        ALLOWED,
    ),
    (
        "the condition does not hold",
        ROLE,
        {"identity": YES, "resource": key(allow(to={"AWS": ROOT}, when=VIA_S3))},
        NOT_ALLOWED,
    ),
    ("to another account only", ROLE, {"identity": YES, "resource": key(allow(to={"AWS": OTHER_ROOT}))}, NOT_ALLOWED),
    ("role named, no identity", ROLE, {"resource": key(allow(to={"AWS": ROLE.arn}))}, ALLOWED),
    ("another role named", ROLE, {"identity": YES, "resource": key(allow(to={"AWS": f"{ROLE.arn}2"}))}, NOT_ALLOWED),
    ("everyone", ROLE, {"resource": key(allow(to="*"))}, ALLOWED),
    (
        "delegated, boundary limits",
        ROLE,
        {"identity": YES, "boundary": policy(allow("s3:*")), "resource": DELEGATED},
        NOT_ALLOWED,
    ),
    ("identity denies", ROLE, {"identity": policy(deny()), "resource": key(allow(to={"AWS": ROLE.arn}))}, DENIED),
    ("root, delegated", root(), {"resource": DELEGATED}, ALLOWED),
    ("root, not named", root(), {"resource": key(allow(to={"AWS": ROLE.arn}))}, NOT_ALLOWED),
    ("other account, both", role(OTHER), {"identity": YES, "resource": key(allow(to={"AWS": OTHER_ROOT}))}, ALLOWED),
    ("other account, no identity", role(OTHER), {"resource": key(allow(to={"AWS": OTHER_ROOT}))}, NOT_ALLOWED),
    ("other account, not named", role(OTHER), {"identity": YES, "resource": DELEGATED}, NOT_ALLOWED),
    ("service named", service(), {"resource": key(allow(to={"Service": service().arn}))}, ALLOWED),
]


@pytest.mark.parametrize(("caller", "layers", "expected"), [row[1:] for row in KEYS], ids=[row[0] for row in KEYS])
def test_keys(caller: Principal, layers: dict[str, Any], expected: Effect) -> None:
    assert ask(caller, "kms:Decrypt", KEY, **layers).effect is expected


def test_a_denial_says_that_the_key_policy_does_not_delegate() -> None:
    reason = ask(ROLE, "kms:Decrypt", KEY, identity=YES, resource=key()).reason
    assert reason == (
        f"the key policy of {KEY} allows neither {ROLE.session_arn} nor its account to kms:Decrypt on {KEY}; identity "
        "policies do not count without it"
    )


@pytest.mark.parametrize(
    ("action", "on"),
    [("kms:ListKeys", "*"), ("kms:CreateKey", "*"), ("kms:DeleteAlias", f"arn:aws:kms:us-east-1:{OWN}:alias/a")],
)
def test_of_kms_identity_decides_what_is_not_about_a_key(action: str, on: str) -> None:
    assert ask(ROLE, action, on, identity=YES).allowed


@pytest.mark.parametrize(
    ("action", "works"),
    [
        ("kms:Decrypt", True),
        ("kms:ReEncryptTo", True),
        ("kms:CreateGrant", True),
        ("kms:DescribeKey", True),
        ("kms:ScheduleKeyDeletion", False),
        ("kms:PutKeyPolicy", False),
        ("kms:GetKeyPolicy", False),
        ("kms:DisableKey", False),
        ("KMS:TagResource", False),
    ],
)
def test_operations_on_keys_from_another_account(action: str, works: bool) -> None:
    decision = ask(role(OTHER), action, KEY, identity=YES, resource=key(allow(to="*")))
    assert decision.allowed is works
    assert works or decision.reason == f"{action} is only for the account that owns the resource, {OWN}"
    assert ask(ROLE, action, KEY, identity=YES, resource=DELEGATED).allowed


@pytest.mark.parametrize("action", ["s3:PutBucketPolicy", "s3:GetBucketPolicy", "s3:DeleteBucketPolicy"])
def test_bucket_policies_are_the_owners(action: str) -> None:
    public = policy(allow(to="*"))
    assert ask(ROLE, action, BUCKET, resource=public).allowed
    for caller in (role(OTHER), root(OTHER)):
        identity = YES if caller.kind == "role" else ()
        assert ask(caller, action, BUCKET, identity=identity, resource=public).effect is NOT_ALLOWED
    assert ask(ANONYMOUS, action, BUCKET, resource=public).effect is NOT_ALLOWED
    assert ask(role(OTHER), "s3:PutBucketTagging", BUCKET, identity=YES, resource=public).allowed


def test_the_root_user_gets_out_of_a_bucket_policy_that_denies_everything() -> None:
    locked = policy(deny(to="*"))
    assert ask(root(), "s3:DeleteBucketPolicy", BUCKET, resource=locked).allowed
    assert ask(root(), "s3:ListBucket", BUCKET, resource=locked).effect is DENIED
    assert (
        ask(root(), "s3:DeleteBucketPolicy", BUCKET, resource=locked, scps=((policy(allow("ec2:*")),),)).effect
        is NOT_ALLOWED
    )
    assert not ask(root(OTHER), "s3:DeleteBucketPolicy", BUCKET, resource=locked).allowed


def test_queues_are_managed_by_the_owner() -> None:
    queue, public = f"arn:aws:sqs:us-east-1:{OWN}:a", policy(allow(to="*"))
    assert ask(role(OTHER), "sqs:SendMessage", queue, identity=YES, resource=public).allowed
    assert not ask(role(OTHER), "sqs:DeleteQueue", queue, identity=YES, resource=public).allowed


def trust(*statements: dict[str, Any]) -> Any:
    return policy(*statements, name="trust policy")


ASSUME: list[tuple[str, Principal, dict[str, Any], Effect]] = [
    ("role named", ROLE, {"resource": trust(allow("sts:AssumeRole", None, to={"AWS": ROLE.arn}))}, ALLOWED),
    (
        "identity only",
        ROLE,
        {"identity": YES, "resource": trust(allow("sts:AssumeRole", None, to={"AWS": USER.arn}))},
        NOT_ALLOWED,
    ),
    ("no trust policy", ROLE, {"identity": YES}, NOT_ALLOWED),
    ("account, identity", ROLE, {"identity": YES, "resource": trust(allow("sts:*", None, to={"AWS": ROOT}))}, ALLOWED),
    ("account, no identity", ROLE, {"resource": trust(allow("sts:*", None, to={"AWS": ROOT}))}, NOT_ALLOWED),
    (
        "other account, both",
        role(OTHER),
        {"identity": YES, "resource": trust(allow("sts:*", None, to={"AWS": OTHER}))},
        ALLOWED,
    ),
    (
        "other account, no identity",
        role(OTHER),
        {"resource": trust(allow("sts:*", None, to={"AWS": OTHER}))},
        NOT_ALLOWED,
    ),
    (
        "another account",
        user(OTHER),
        {"identity": YES, "resource": trust(allow("sts:*", None, to={"AWS": OWN}))},
        NOT_ALLOWED,
    ),
    ("service", service(), {"resource": trust(allow("sts:AssumeRole", None, to={"Service": service().arn}))}, ALLOWED),
    (
        "another service",
        service(),
        {"resource": trust(allow("sts:AssumeRole", None, to={"Service": "sns.amazonaws.com"}))},
        NOT_ALLOWED,
    ),
    ("another action", ROLE, {"resource": trust(allow("sts:TagSession", None, to={"AWS": ROLE.arn}))}, NOT_ALLOWED),
    ("root user", root(), {"resource": trust(allow("sts:*", None, to={"AWS": ROOT}))}, NOT_ALLOWED),
    ("root user of another account", root(OTHER), {"resource": trust(allow("sts:*", None, to="*"))}, NOT_ALLOWED),
]


@pytest.mark.parametrize(("caller", "layers", "expected"), [row[1:] for row in ASSUME], ids=[row[0] for row in ASSUME])
def test_assuming_a_role(caller: Principal, layers: dict[str, Any], expected: Effect) -> None:
    assert ask(caller, "sts:AssumeRole", ROLE_TO_ASSUME, **layers).effect is expected


def test_a_denial_to_assume_speaks_of_the_trust_policy() -> None:
    decision = ask(role(OTHER), "STS:assumeRole", ROLE_TO_ASSUME, identity=YES, resource=trust())
    assert decision.reason.startswith(f"no trust policy of account {OWN} allows ")


def test_external_ids_tags_and_source_identities() -> None:
    external = trust(
        allow("sts:AssumeRole", None, to={"AWS": OTHER}, when={"StringEquals": {"sts:ExternalId": "x"}}),
        allow("sts:TagSession", None, to={"AWS": OTHER}, when={"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}),
    )

    def may(action: str, **context: Any) -> bool:
        given = {name.replace("_", ":"): value for name, value in context.items()}
        return ask(role(OTHER), action, ROLE_TO_ASSUME, identity=YES, resource=external, context=given).allowed

    assert may("sts:AssumeRole", sts_ExternalId="x")
    assert not may("sts:AssumeRole", sts_ExternalId="y")
    assert not may("sts:AssumeRole")
    assert may("sts:TagSession", aws_TagKeys=["team"])
    assert not may("sts:TagSession", aws_TagKeys=["team", "admin"])
    assert not may("sts:SetSourceIdentity")


def test_services_without_resource_policies_are_closed_to_other_accounts() -> None:
    pipeline = f"arn:aws:codepipeline:us-east-1:{OWN}:a"
    for action, on in (("codepipeline:StartPipelineExecution", pipeline), ("iam:PassRole", ROLE_TO_ASSUME)):
        assert ask(ROLE, action, on, identity=YES).allowed
        assert ask(role(OTHER), action, on, identity=YES).effect is NOT_ALLOWED


@pytest.mark.parametrize(
    ("action", "on"),
    [
        ("iam:PassRole", ROLE_TO_ASSUME),
        ("codepipeline:StartPipelineExecution", f"arn:aws:codepipeline:us-east-1:{OWN}:a"),
    ],
)
def test_a_resource_policy_where_there_is_none_raises(action: str, on: str) -> None:
    """A trust policy that is passed for iam:PassRole must not grant it."""
    with pytest.raises(Unsupported, match="with a resource policy: none is known for"):
        ask(ROLE, action, on, resource=policy(allow(to="*")))


def test_signing_in_with_saml_raises() -> None:
    action = "sts:AssumeRoleWithSAML"
    with pytest.raises(Unsupported, match="signing in with SAML is not decided here"):
        ask(ANONYMOUS, action, ROLE_TO_ASSUME, resource=trust(allow(action, None, to={"Federated": "x"})))


def test_who_am_i_cannot_be_denied() -> None:
    assert ask(ROLE, "sts:GetCallerIdentity", "*", identity=policy(deny())).allowed
    assert not ask(ANONYMOUS, "sts:GetCallerIdentity", "*").allowed
