"""Who is behind credentials: the principal, its identity policies, boundary and session policies."""

from __future__ import annotations

import functools
import json
from typing import Any

from moto.iam.models import iam_backends

from iam_policy import Policy, Principal
from rehearsal.accounts import ROLE_ARN, Credentials

_ADMINISTRATOR = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'


class Missing(Exception):
    """The role behind a session is gone, or a policy it refers to."""


def principal_of(identity: Credentials) -> Principal:
    """The principal of credentials."""
    if identity.service:
        return Principal(kind="service", arn=identity.service, account="")
    if identity.role:
        return Principal(kind="role", arn=identity.role, account=identity.account, session_arn=identity.arn)
    if identity.provider:
        return Principal(kind="web-identity", arn=identity.provider, account="")
    return Principal(kind="user", arn=identity.arn, account=identity.account)


def identity_policies(identity: Credentials) -> tuple[Policy, ...]:
    """Inline and managed policies; those of an administrator are AdministratorAccess."""
    if identity.role is None:
        own = not identity.service and not identity.provider
        return (parse(_ADMINISTRATOR, "AdministratorAccess"),) if own else ()
    return policies_of_role(identity.role)


def policies_of_role(arn: str) -> tuple[Policy, ...]:
    """The identity policies of a role. Raises Missing without such a role."""
    role = find_role(arn)
    if role is None:
        raise Missing(f"the role {arn} does not exist")
    inline = [parse(text, name) for name, text in sorted(dict(role.policies).items())]
    managed = [_managed(each) for _, each in sorted(dict(role.managed_policies).items())]
    return (*inline, *managed)


def aws_managed(role: str) -> frozenset[str]:
    """The names of the AWS managed policies that are attached to a role."""
    found = find_role(role)
    attached = dict(found.managed_policies) if found is not None else {}
    return frozenset(str(policy.name) for arn, policy in attached.items() if ":iam::aws:policy/" in arn)


def boundary_of(identity: Credentials) -> Policy | None:
    """The permissions boundary. Raises Missing when its policy is gone."""
    role = find_role(identity.role) if identity.role else None
    arn = role.permissions_boundary_arn if role is not None else None
    return _managed(find_managed(str(arn), identity.account)) if arn else None


def session_policies(identity: Credentials) -> tuple[Policy, ...] | None:
    """The policies given to AssumeRole, None without any."""
    texts = identity.session_policies
    return tuple(parse(text, f"session policy {number}") for number, text in enumerate(texts, 1)) or None


def managed_text(arn: str, account: str) -> str:
    """The document of a managed policy of `account` or of AWS. Raises Missing."""
    return _text(find_managed(arn, account))


def find_managed(arn: str, account: str) -> Any:
    """moto's managed policy. Raises Missing."""
    found = iam_backends[account][arn.split(":")[1]].managed_policies.get(arn)
    if found is None:
        raise Missing(f"the policy {arn} does not exist")
    return found


def find_role(arn: str) -> Any | None:
    """moto's role, or None."""
    found = ROLE_ARN.match(arn)
    if found is None:
        return None
    roles = list(iam_backends[found["account"]][found["partition"]].roles.values())
    return next((role for role in roles if role.name == found["name"] and role.arn == arn), None)


@functools.lru_cache(maxsize=4096)
def parse(text: str, name: str) -> Policy:
    """A policy document, parsed once for each text."""
    return Policy.parse(json.loads(text), name=name)


def _managed(policy: Any) -> Policy:
    return parse(_text(policy), str(policy.name))


def _text(policy: Any) -> str:
    return str(next(each.document for each in policy.versions if each.version_id == policy.default_version_id))
