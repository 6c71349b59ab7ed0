"""ECR's repositories as those who pull see them: AWS's own, those that were made here, and those of `--image`."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from moto.ecr.models import ecr_backends

from rehearsal.accounts import Accounts
from rehearsal.iam.authorizer import Authorizer
from rehearsal.iam.checks import Check

# what https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html grants roles for images
PULL = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
_URI = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?/(?P<name>[^:@]+)([:@].+)?"
)


@functools.cache
def aws_accounts() -> frozenset[str]:
    """The accounts in which AWS holds images for everybody (made by scripts/image_accounts.py)."""
    found = json.loads(Path(__file__).with_name("image_accounts.json").read_text(encoding="utf-8"))
    return frozenset(account for accounts in found.values() for account in accounts)


@dataclass(frozen=True)
class Repository:
    """One repository; `arn` without a partition: `ecr:REGION:ACCOUNT:repository/NAME`."""

    account: str
    region: str
    name: str

    @property
    def arn(self) -> str:
        """Its ARN from the service on."""
        return f"ecr:{self.region}:{self.account}:repository/{self.name}"


def repository_of(uri: str) -> Repository | None:
    """The repository that an image is in, None for what is no image in ECR."""
    found = _URI.fullmatch(uri)
    return Repository(found["account"], found["region"], found["name"]) if found else None


class Repositories:
    """Their policies. `mapped` are images that exist as the user says: `members` may pull them."""

    def __init__(self, mapped: Mapping[str, str], members: Collection[str]) -> None:
        self._mapped, self._members = mapped, members

    def policy(self, arn: str) -> str | None:
        """The policy of a repository as JSON, None when it has none or does not exist."""
        region, account, rest = arn.split(":", 5)[3:]
        wanted = Repository(account, region, rest.partition("/")[2])
        made = _made(wanted)
        if made is not None:
            policy = made.policy
            return policy if policy is None or isinstance(policy, str) else json.dumps(policy)
        if account in aws_accounts():
            return _allowing("*")
        if wanted not in map(repository_of, self._mapped):
            return None
        return _allowing([f"arn:aws:iam::{each}:root" for each in sorted(self._members)])

    def missing(self, uri: str) -> bool:
        """Whether an image that nobody speaks of is in a repository that does not exist."""
        wanted = repository_of(uri)
        return wanted is not None and wanted.account not in aws_accounts() and _made(wanted) is None

    def made(self, uri: str) -> bool:
        """Whether an image is in a repository that was made here."""
        wanted = repository_of(uri)
        return wanted is not None and _made(wanted) is not None


class Pulls:
    """Decides whether a role can pull an image."""

    def __init__(self, accounts: Accounts, iam: Authorizer) -> None:
        self._accounts, self._iam = accounts, iam

    def refusal(self, role: str, uri: str, region: str) -> str | None:
        """Why the role (an ARN) cannot pull an image in a region, as SageMaker says it; None when it can."""
        wanted = repository_of(uri)
        if wanted is None or self._iam.mode == "off":
            return None
        because = None
        identity = self._accounts.role_session(role)
        arn = f"arn:{role.split(':')[1]}:{wanted.arn}"
        checks = [Check("ecr:GetAuthorizationToken", "*", identity.account)]
        checks += [Check(action, arn, wanted.account) for action in PULL]
        for check in checks:
            because = because or self._iam.refusal(identity, check, region)
        if because is None or self._iam.mode != "enforce":
            return None
        return (
            f"Cannot find repository: {wanted.name} in registry ID: {wanted.account} Please check if your ECR "
            f"repository exists and role {role} has proper pull permissions for SageMaker: "
            f"{', '.join(PULL)} ({because})"
        )


def _made(wanted: Repository) -> Any | None:
    return ecr_backends[wanted.account][wanted.region].repositories.get(wanted.name)


def _allowing(principals: str | list[str]) -> str:
    who = principals if isinstance(principals, str) else {"AWS": principals}
    statement = {"Effect": "Allow", "Principal": who, "Action": list(PULL)}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
