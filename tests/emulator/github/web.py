"""Roles that trust jobs of workflows, and jobs that ask for them."""

from __future__ import annotations

import functools
import json
from typing import Any

import botocore.session
from botocore import UNSIGNED
from botocore.config import Config

from rehearsal.embedded_aws import EmbeddedAws

ACCOUNT, OTHER = "111111111111", "222222222222"
REGION, REPOSITORY = "us-east-1", "acme/models"
ISSUER, AUDIENCE = "https://token.actions.githubusercontent.com", "sts.amazonaws.com"
HOST = "token.actions.githubusercontent.com"
MAIN = "repo:acme/models:ref:refs/heads/main"
WORKFLOW = "acme/models/.github/workflows/train.yml@refs/heads/main"


def provider(
    world: EmbeddedAws, account: str = ACCOUNT, *, url: str = ISSUER, clients: tuple[str, ...] = (AUDIENCE,)
) -> str:
    """The ARN of an account's provider of an issuer."""
    iam = world.client("iam", account=account, region=REGION)
    made = iam.create_open_id_connect_provider(Url=url, ClientIDList=list(clients))
    return str(made["OpenIDConnectProviderArn"])


def role(world: EmbeddedAws, name: str, trusted: str, conditions: dict[str, Any], account: str = ACCOUNT) -> str:
    """A role that a provider's users may take on under conditions; its ARN."""
    statement = {"Effect": "Allow", "Principal": {"Federated": trusted}, "Action": "sts:AssumeRoleWithWebIdentity",
                 "Condition": conditions}  # fmt: skip
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam = world.client("iam", account=account, region=REGION)
    return str(iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy)["Role"]["Arn"])


def exactly(subject: str = MAIN, **more: str) -> dict[str, Any]:
    """The conditions: subject, audience and further claims, each exactly so."""
    return {
        "StringEquals": {f"{HOST}:sub": subject, f"{HOST}:aud": AUDIENCE, **{f"{HOST}:{k}": v for k, v in more.items()}}
    }


@functools.cache
def _client(endpoint: str) -> Any:
    config = Config(signature_version=UNSIGNED, retries={"max_attempts": 0})
    return botocore.session.Session().create_client("sts", region_name=REGION, endpoint_url=endpoint, config=config)


def assume(world: EmbeddedAws, arn: str, token: str, **more: Any) -> dict[str, Any]:
    """AssumeRoleWithWebIdentity, which nobody signs."""
    client = _client(world.endpoint)
    answer: dict[str, Any] = client.assume_role_with_web_identity(
        RoleArn=arn, RoleSessionName="job", WebIdentityToken=token, **more
    )
    return answer


def job(world: EmbeddedAws, audience: str = AUDIENCE, **claims: str) -> str:
    """The token of a job: of a push to main of the repository unless claims say otherwise."""
    default = {"repository": REPOSITORY, "ref": "refs/heads/main", "event_name": "push", "job_workflow_ref": WORKFLOW}
    return world.github.id_token(default | claims, audience)
