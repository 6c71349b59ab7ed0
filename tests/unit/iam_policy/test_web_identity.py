"""Tokens of an OIDC provider, and the trust policies that let them have a role."""

from __future__ import annotations

from typing import Any

import pytest

from iam_policy import PolicyError, Principal
from iam_policy.errors import Unsupported

from .build import ALLOWED, ANONYMOUS, DENIED, NOT_ALLOWED, OTHER, OWN, ROLE, ROLE_TO_ASSUME, allow, ask, deny, policy

ISSUER = "token.actions.githubusercontent.com"
PROVIDER = f"arn:aws:iam::{OWN}:oidc-provider/{ISSUER}"
WITH_TOKEN = "sts:AssumeRoleWithWebIdentity"
TOKEN = Principal("web-identity", PROVIDER, "")
CLAIMS = {f"{ISSUER}:aud": "sts.amazonaws.com", f"{ISSUER}:sub": "repo:acme/price:ref:refs/heads/main"}


def trust(*more: dict[str, Any], to: Any = None, action: Any = WITH_TOKEN) -> Any:
    listed = allow(action, None, to=to or {"Federated": PROVIDER}, when={"StringEquals": CLAIMS})
    return policy(listed, *more)


def decided(
    resource: Any, principal: Principal = TOKEN, action: str = WITH_TOKEN, claims: dict[str, str] | None = None
) -> Any:
    context = CLAIMS | {f"{ISSUER}:{name}": value for name, value in (claims or {}).items()}
    return ask(principal, action, ROLE_TO_ASSUME, context=context, resource=resource).effect


def test_the_token_that_the_trust_policy_names() -> None:
    assert decided(trust()) is ALLOWED


@pytest.mark.parametrize(
    "claims", [{"aud": "https://github.com/acme"}, {"sub": "repo:acme/price:pull_request"}, {"sub": "REPO:acme/price"}]
)
def test_tokens_with_other_claims(claims: dict[str, str]) -> None:
    assert decided(trust(), claims=claims) is NOT_ALLOWED


def test_claims_that_are_not_there_match_nothing() -> None:
    assert ask(TOKEN, WITH_TOKEN, ROLE_TO_ASSUME, resource=trust()).effect is NOT_ALLOWED


def test_other_providers() -> None:
    for provider in (f"arn:aws:iam::{OWN}:oidc-provider/github.example.com/_services/token", f"{PROVIDER}/acme"):
        assert decided(trust(), Principal("web-identity", provider, "")) is NOT_ALLOWED


def test_a_provider_of_another_account_even_where_it_is_named() -> None:
    other = PROVIDER.replace(OWN, OTHER)
    assert decided(trust(to={"Federated": other}), Principal("web-identity", other, "")) is NOT_ALLOWED


def test_nobody_without_a_token() -> None:
    for principal in (ROLE, ANONYMOUS):
        assert decided(trust(to="*"), principal) is NOT_ALLOWED
    assert decided(trust(to="*")) is ALLOWED  # as of everybody


def test_denies_and_accounts() -> None:
    assert decided(trust(deny(WITH_TOKEN, None, to="*"))) is DENIED
    assert decided(trust(to={"AWS": OWN})) is NOT_ALLOWED
    assert decided(trust(action="sts:AssumeRole")) is NOT_ALLOWED


def test_tags_that_a_token_brings_are_asked_for_too() -> None:
    assert decided(trust(), action="sts:TagSession") is NOT_ALLOWED
    assert decided(trust(action=[WITH_TOKEN, "sts:TagSession"]), action="sts:TagSession") is ALLOWED


def test_a_token_is_good_for_roles_alone() -> None:
    with pytest.raises(Unsupported, match="nothing but a role is got with one"):
        ask(TOKEN, "s3:GetObject", "arn:aws:s3:::models/a")
    with pytest.raises(Unsupported):
        decided(trust(), action="sts:AssumeRole")


@pytest.mark.parametrize("arn", [ISSUER, f"arn:aws:iam::{OWN}:saml-provider/x", f"{PROVIDER[:-3]}*", ROLE_TO_ASSUME])
def test_what_is_no_provider(arn: str) -> None:
    with pytest.raises(PolicyError, match="expected arn:aws:iam::ACCOUNT:oidc-provider/ISSUER"):
        Principal("web-identity", arn, "")
    with pytest.raises(PolicyError, match="it has none"):
        Principal("web-identity", PROVIDER, OWN)
