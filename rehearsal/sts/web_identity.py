"""Whom a token of an identity provider lets take on a role.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moto.iam.models import iam_backends

from rehearsal.accounts import ROLE_ARN, Credentials
from rehearsal.api import ApiError
from rehearsal.iam.checks import Check, Value
from rehearsal.iam.principals import find_role
from rehearsal.ports import Authorization, Issuers
from rehearsal.sts import tokens

ACTION = "sts:AssumeRoleWithWebIdentity"
_DENIED = f"Not authorized to perform {ACTION}"
# claims that STS knows of one provider alone, besides sub, aud and amr of each
_MORE: Mapping[str, tuple[str, ...]] = {
    "token.actions.githubusercontent.com": (
        "actor", "actor_id", "enterprise_id", "environment", "job_workflow_ref", "ref", "repository", "repository_id",
        "workflow",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class WebIdentity:
    """Who a verified token stands for: the subject, the provider's ARN and for whom the token is."""

    subject: str
    provider: str
    audience: str


class WebIdentities:
    """Looks at tokens: the provider in the role's account, keys of the issuer, times, audience, the role's trust."""

    def __init__(self, issuers: Issuers, iam: Authorization) -> None:
        self._issuers = issuers
        self._iam = iam

    def admit(self, role: str, session: str, token: str, seconds: int, region: str) -> WebIdentity:
        """Whom a token lets take on a role (an ARN). Raises ApiError: of the token, or AccessDenied of the role."""
        found = ROLE_ARN.match(role)
        if found is None:
            raise ApiError("ValidationError", "Request ARN is invalid")
        header, claims = tokens.read(token)
        provider = self._provider(found["account"], found["partition"], str(claims["iss"]))
        tokens.verify(token, header, self._issuers.keys_of(str(claims["iss"])))
        tokens.in_time(claims, int(time.time()))
        audience = next((each for each in tokens.audiences(claims) if each in provider.client_id_list), None)
        if audience is None:
            raise tokens.invalid("Incorrect token audience")
        keys = _keys(str(provider.url), claims, audience) | {"sts:RoleSessionName": session}
        self._trusted(Check(ACTION, role, found["account"], keys), str(provider.arn), region)
        _short_enough(role, seconds)
        return WebIdentity(str(claims["sub"]), str(provider.arn), audience)

    def _provider(self, account: str, partition: str, issuer: str) -> Any:
        """The provider (moto's) of an account for an issuer."""
        held = list(iam_backends[account][partition].open_id_providers.values())
        found = next((each for each in held if f"https://{each.url}" == issuer), None)
        if found is None:
            raise tokens.invalid(f"No OpenIDConnect provider found in your account for {issuer}")
        return found

    def _trusted(self, check: Check, provider: str, region: str) -> None:
        """What the trust policy of the role says, which alone decides."""
        who = Credentials("", "", None, "", provider, provider=provider)
        if find_role(check.resource) is None:
            raise ApiError("AccessDenied", _DENIED, 403)
        try:
            self._iam.require(who, [check], region, "sts")
        except ApiError:
            raise ApiError("AccessDenied", _DENIED, 403) from None


def _keys(prefix: str, claims: Mapping[str, Any], audience: str) -> dict[str, Value]:
    """The condition keys of the claims; any other claim decides nothing."""
    made: dict[str, Value] = {f"{prefix}:sub": str(claims["sub"]), f"{prefix}:aud": audience}
    if isinstance(claims.get("amr"), list):
        made[f"{prefix}:amr"] = [str(each) for each in claims["amr"]]
    return made | {f"{prefix}:{name}": str(claims[name]) for name in _MORE.get(prefix, ()) if claims.get(name)}


def _short_enough(role: str, seconds: int) -> None:
    longest = getattr(find_role(role), "max_session_duration", None)
    if longest and seconds > int(longest):
        text = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        raise ApiError("ValidationError", text)
