"""Who gets a role with a token: what is right goes through, and each attack on it is refused."""

from __future__ import annotations

import base64
import datetime
import hashlib
import hmac
import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives import serialization
from joserfc import jwk, jwt

from rehearsal.embedded_aws import EmbeddedAws
from tests.emulator.github import web

pytestmark = pytest.mark.emulator


@pytest.fixture(scope="module")
def provider(world: EmbeddedAws) -> str:
    for name in ("acme/models", "acme/other", "acme/models-fork"):
        world.github.create(name, {"README.md": b"models\n"})
    web.provider(world, web.OTHER, clients=("other-audience",))
    return web.provider(world)


@pytest.fixture(scope="module")
def role(world: EmbeddedAws, provider: str) -> str:
    return web.role(world, "train", provider, web.exactly())


def refusal(world: EmbeddedAws, arn: str, token: str, **more: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        web.assume(world, arn, token, **more)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


DENIED = ("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")


def test_a_job_of_the_branch_is_who_the_role_is(world: EmbeddedAws, role: str, provider: str) -> None:
    answer = web.assume(world, role, web.job(world))
    assert answer["SubjectFromWebIdentityToken"] == web.MAIN
    assert (answer["Provider"], answer["Audience"]) == (provider, web.AUDIENCE)
    assert answer["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{web.ACCOUNT}:assumed-role/train/job"
    keys = answer["Credentials"]
    identity = world.accounts.authenticate(
        keys["AccessKeyId"], keys["SessionToken"], "sts", datetime.datetime.now(datetime.UTC)
    )
    me = world.client("sts", account=web.ACCOUNT, region=web.REGION, identity=identity).get_caller_identity()
    assert me["Arn"] == answer["AssumedRoleUser"]["Arn"]


@pytest.mark.parametrize(
    "claims",
    [
        {"ref": "refs/heads/feature"},
        {"ref": "refs/heads/main2"},
        {"ref": "refs/tags/main"},
        {"repository": "acme/other"},
        {"repository": "acme/models-fork"},
        {"event_name": "pull_request", "ref": "refs/pull/1/merge"},
        {"environment": "prod"},
        {"environment": "ref:refs/heads/main"},
    ],
    ids=lambda claims: " ".join(claims.values()),
)
def test_a_job_of_anything_else_is_denied(world: EmbeddedAws, role: str, claims: dict[str, str]) -> None:
    """Another branch, a tag of the branch's name, another repository, a fork's, pull requests, environments."""
    assert refusal(world, role, web.job(world, **claims)) == DENIED


def test_an_environment_is_let_in_by_its_subject_alone(world: EmbeddedAws, provider: str) -> None:
    arn = web.role(world, "prod", provider, web.exactly("repo:acme/models:environment:prod"))
    assert web.assume(world, arn, web.job(world, environment="prod"))["Credentials"]
    assert refusal(world, arn, web.job(world, environment="test")) == DENIED
    assert refusal(world, arn, web.job(world)) == DENIED


def test_another_workflow_file_is_denied(world: EmbeddedAws, provider: str) -> None:
    arn = web.role(world, "one-workflow", provider, web.exactly(job_workflow_ref=web.WORKFLOW))
    assert web.assume(world, arn, web.job(world))["Credentials"]
    for other in ("acme/models/.github/workflows/x.yml@refs/heads/main", web.WORKFLOW.replace("main", "feature")):
        assert refusal(world, arn, web.job(world, job_workflow_ref=other)) == DENIED


def test_a_claim_that_sts_does_not_know_decides_nothing(world: EmbeddedAws, provider: str) -> None:
    """`repository_owner` is in the token, but is no condition key."""
    arn = web.role(world, "by-owner", provider, web.exactly(repository_owner="acme"))
    assert refusal(world, arn, web.job(world, repository_owner="acme")) == DENIED


def test_a_customized_subject_is_what_the_repository_says(world: EmbeddedAws, provider: str) -> None:
    world.github.repositories.at("acme/models").subject = ("repo", "context", "job_workflow_ref")
    try:
        token = web.job(world)
        subject = f"{web.MAIN}:job_workflow_ref:{web.WORKFLOW}"
        arn = web.role(world, "customized", provider, web.exactly(subject))
        assert web.assume(world, arn, token)["SubjectFromWebIdentityToken"] == subject
        other = web.job(world, job_workflow_ref="acme/models/.github/workflows/x.yml@refs/heads/main")
        assert refusal(world, arn, other) == DENIED
    finally:
        world.github.repositories.at("acme/models").subject = ("repo", "context")


def test_wildcards_let_in_what_they_say_and_no_more(world: EmbeddedAws, provider: str) -> None:
    conditions = {"StringLike": {f"{web.HOST}:sub": "repo:acme/models:ref:refs/heads/rel-*"},
                  "StringEquals": {f"{web.HOST}:aud": web.AUDIENCE}}  # fmt: skip
    arn = web.role(world, "releases", provider, conditions)
    assert web.assume(world, arn, web.job(world, ref="refs/heads/rel-1"))["Credentials"]
    assert refusal(world, arn, web.job(world)) == DENIED
    literal = web.role(world, "literal", provider, web.exactly("repo:acme/models:*"))
    assert refusal(world, literal, web.job(world)) == DENIED  # StringEquals knows no wildcards


def test_the_token_of_one_group_is_nothing_to_the_role_of_another(world: EmbeddedAws, role: str, provider: str) -> None:
    other = web.role(world, "group-b", provider, web.exactly("repo:acme/models:ref:refs/heads/b"))
    token = web.job(world)
    assert web.assume(world, role, token)["Credentials"]
    assert refusal(world, other, token) == DENIED
    assert web.assume(world, other, web.job(world, ref="refs/heads/b"))["Credentials"]


def test_the_audience_has_to_be_one_of_the_provider(world: EmbeddedAws, role: str) -> None:
    assert refusal(world, role, web.job(world, "https://github.com/acme")) == (
        "InvalidIdentityToken", "Incorrect token audience",
    )  # fmt: skip


def test_the_provider_is_that_of_the_role(world: EmbeddedAws, provider: str) -> None:
    """A role that trusts another account's provider is nobody's, whatever its own account has."""
    arn = web.role(world, "foreign", provider, web.exactly(), account=web.OTHER)
    assert refusal(world, arn, web.job(world, "other-audience")) == DENIED
    third = web.role(
        world, "none", "arn:aws:iam::333333333333:oidc-provider/" + web.HOST, web.exactly(), "333333333333"
    )
    code, text = refusal(world, third, web.job(world))
    assert (code, text) == ("InvalidIdentityToken", f"No OpenIDConnect provider found in your account for {web.ISSUER}")


def test_a_role_of_that_name_does_not_have_to_be(world: EmbeddedAws, provider: str) -> None:
    assert refusal(world, f"arn:aws:iam::{web.ACCOUNT}:role/nobody", web.job(world)) == DENIED


def parts(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    header, claims, _ = token.split(".")
    return json.loads(base64.urlsafe_b64decode(header + "==")), json.loads(base64.urlsafe_b64decode(claims + "=="))


def text(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def public_pem(world: EmbeddedAws) -> bytes:
    keys: Any = world.github.keys_of(web.ISSUER)
    key: Any = jwk.RSAKey.import_key(keys["keys"][0]).public_key
    return bytes(key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo))


def forged(world: EmbeddedAws, how: str) -> str:
    """A token with the right claims that the issuer did not sign so."""
    token = web.job(world, ref="refs/heads/x")
    header, claims = parts(token)
    claims["sub"] = web.MAIN
    if how == "other key":
        other = jwk.RSAKey.generate_key(2048, {"kid": header["kid"]}, private=True)
        return jwt.encode(header, claims, other)
    if how == "unknown kid":
        return jwt.encode(
            {**header, "kid": "mine"}, claims, jwk.RSAKey.generate_key(2048, {"kid": "mine"}, private=True)
        )
    if how == "key in its header":
        own = jwk.RSAKey.generate_key(2048, {"kid": "mine"}, private=True)
        return jwt.encode({**header, "kid": "mine", "jwk": dict(own.as_dict(private=False))}, claims, own)
    if how == "other claims":
        return ".".join((token.split(".")[0], text(claims), token.split(".")[2]))
    if how == "alg none":
        return f"{text({**header, 'alg': 'none'})}.{text(claims)}."
    signed = f"{text({**header, 'alg': 'HS256'})}.{text(claims)}"
    made = hmac.new(public_pem(world), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64.urlsafe_b64encode(made).rstrip(b'=').decode()}"


@pytest.mark.parametrize(
    "how", ["other key", "unknown kid", "key in its header", "other claims", "alg none", "HS256 with the public key"]
)
def test_a_forged_token_is_refused(world: EmbeddedAws, role: str, how: str) -> None:
    assert refusal(world, role, forged(world, how))[0] == "InvalidIdentityToken"


def signed(world: EmbeddedAws, **changed: Any) -> str:
    """A token that the issuer's own key signs, with claims of any kind."""
    header, claims = parts(web.job(world))
    key = world.github.issuers[web.ISSUER]._key
    return jwt.encode(header, {name: value for name, value in {**claims, **changed}.items() if value is not None}, key)


def test_a_token_is_good_in_its_time_only(world: EmbeddedAws, role: str) -> None:
    now = int(time.time())
    assert web.assume(world, role, signed(world))["Credentials"]
    code, message = refusal(world, role, signed(world, exp=now - 1))
    assert code == "ExpiredTokenException"
    assert message.startswith("Token expired: current date/time ")
    assert refusal(world, role, signed(world, nbf=now + 200))[0] == "InvalidIdentityToken"
    assert refusal(world, role, signed(world, iat=now + 200))[0] == "InvalidIdentityToken"
    assert refusal(world, role, signed(world, exp=float("inf")))[0] == "InvalidIdentityToken"


@pytest.mark.parametrize("claim", ["iss", "sub", "aud", "exp", "iat"])
def test_a_token_without_a_claim_is_refused(world: EmbeddedAws, role: str, claim: str) -> None:
    assert refusal(world, role, signed(world, **{claim: None}))[0] == "InvalidIdentityToken"


def test_an_issuer_that_only_claims_to_be_one_is_refused(world: EmbeddedAws, role: str) -> None:
    for issuer in (f"{web.ISSUER}/", f"{web.ISSUER}.evil.example", "https://evil.example"):
        assert refusal(world, role, signed(world, iss=issuer))[0] == "InvalidIdentityToken"


@pytest.mark.parametrize("token", ["nonsense", "a.b.c", "e30.e30.", "ghs_0123456789abcdef"])
def test_what_is_no_token_is_refused(world: EmbeddedAws, role: str, token: str) -> None:
    code, message = refusal(world, role, token)
    assert code == "InvalidIdentityToken"
    assert "valid JWT" in message or "required claim" in message


def test_a_session_is_narrowed_by_policies_and_not_longer_than_the_role_allows(world: EmbeddedAws, role: str) -> None:
    nothing = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]})
    assert web.assume(world, role, web.job(world), Policy=nothing)["Credentials"]
    assert refusal(world, role, web.job(world), DurationSeconds=7200)[0] == "ValidationError"


def test_an_account_has_one_provider_of_an_issuer(world: EmbeddedAws, provider: str) -> None:
    with pytest.raises(ClientError, match="EntityAlreadyExists"):
        web.provider(world)
    iam = world.client("iam", account=web.ACCOUNT, region=web.REGION)
    assert iam.list_open_id_connect_providers()["OpenIDConnectProviderList"] == [{"Arn": provider}]
    for url in ("http://token.example", "token.example", "https://token.example:8443", "https://token.example?a=b"):
        with pytest.raises(ClientError, match="Invalid Open ID Connect Provider URL"):
            web.provider(world, url=url)


def test_audiences_come_and_go(world: EmbeddedAws, role: str, provider: str) -> None:
    """Of a role whose trust does not look at the audience, the provider alone decides."""
    iam = world.client("iam", account=web.ACCOUNT, region=web.REGION)
    arn = web.role(world, "any-audience", provider, {"StringEquals": {f"{web.HOST}:sub": web.MAIN}})
    token = web.job(world, "mine")
    assert refusal(world, arn, token)[0] == "InvalidIdentityToken"
    iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=provider, ClientID="mine")
    assert web.assume(world, arn, token)["Audience"] == "mine"
    assert refusal(world, role, token) == DENIED
    iam.remove_client_id_from_open_id_connect_provider(OpenIDConnectProviderArn=provider, ClientID="mine")
    assert refusal(world, arn, token)[0] == "InvalidIdentityToken"


def test_an_enterprise_server_is_another_issuer(world: EmbeddedAws, role: str, provider: str) -> None:
    """Of its claims STS knows `sub` and `aud` alone; its tokens are nothing to roles that trust github.com."""
    url, host = "https://github.example/_services/token", "github.example/_services/token"
    world.github.issue_as(url)
    try:
        token = web.job(world)
        assert refusal(world, role, token) == (
            "InvalidIdentityToken", f"No OpenIDConnect provider found in your account for {url}",
        )  # fmt: skip
        own = web.provider(world, url=url)
        conditions = {"StringEquals": {f"{host}:sub": web.MAIN, f"{host}:aud": web.AUDIENCE}}
        arn = web.role(world, "enterprise", own, conditions)
        assert web.assume(world, arn, token)["Provider"] == own
        assert refusal(world, role, token) == DENIED
        assert refusal(world, arn, web.job(world, ref="refs/heads/x")) == DENIED
        more = {"StringEquals": conditions["StringEquals"] | {f"{host}:job_workflow_ref": web.WORKFLOW}}
        assert refusal(world, web.role(world, "enterprise-more", own, more), token) == DENIED
    finally:
        world.github.issue_as(web.ISSUER)
    assert refusal(world, arn, web.job(world)) == DENIED


def test_an_immutable_subject_has_the_numbers_of_owner_and_repository(
    world: EmbeddedAws, role: str, provider: str
) -> None:
    repository = world.github.repositories.at("acme/models")
    repository.immutable = True
    try:
        subject = f"repo:acme@{repository.owner_number}/models@{repository.number}:ref:refs/heads/main"
        arn = web.role(world, "immutable", provider, web.exactly(subject))
        assert web.assume(world, arn, web.job(world))["SubjectFromWebIdentityToken"] == subject
        assert refusal(world, role, web.job(world)) == DENIED
    finally:
        repository.immutable = False
    assert refusal(world, arn, web.job(world)) == DENIED
