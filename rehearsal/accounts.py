"""Accounts and credentials: every access key belongs to exactly one identity of exactly one account."""

from __future__ import annotations

import datetime
import hashlib
import hmac
import re
import secrets
import threading
from dataclasses import dataclass, replace

from rehearsal.api import ApiError, partition_of
from rehearsal.refusals import refused

_INVALID = "The security token included in the request is invalid."
ACCOUNT_ID = re.compile(r"^\d{12}\Z", re.ASCII)
ROLE_ARN = re.compile(
    r"^arn:(?P<partition>aws[a-z-]*):iam::(?P<account>\d{12}):role/(?P<path>.*/)?(?P<name>[\w+=,.@-]{1,64})\Z"
)

STACK_SESSION = "AWSCloudFormation"
"""What CloudFormation calls its sessions of stacks' roles."""


@dataclass(frozen=True)
class Credentials:
    """An access key and the identity behind it; `role` is the ARN of a session's role, None for an administrator.

    `session_policies` are the documents that AssumeRole was given. `via` is the service that acts on the identity's
    behalf (`cloudformation.amazonaws.com`). `service` is an AWS service on its own, `AWS` what no policy decides about;
    `source` is then the ARN of the resource it works for. After `expires` they are refused. `provider` is the ARN of
    the identity provider that vouched for whoever took on the role.
    """

    access_key: str
    secret_key: str
    session_token: str | None
    account: str
    arn: str
    role: str | None = None
    session_policies: tuple[str, ...] = ()
    via: str | None = None
    service: str | None = None
    source: str | None = None
    expires: datetime.datetime | None = None
    provider: str | None = None

    @property
    def user_id(self) -> str:
        """The unique id of the principal: of a user (AIDA...), or of a role (AROA...) with the name of its session."""
        if self.role is None:
            return _unique_id("AIDA", self.arn)
        return f"{role_id(self.role)}:{self.arn.rpartition('/')[2]}"

    def environment(self, region: str) -> dict[str, str]:
        """The AWS_* variables under which a client acts as this identity."""
        variables = {
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_DEFAULT_REGION": region,
            "AWS_REGION": region,
        }
        return variables | ({"AWS_SESSION_TOKEN": self.session_token} if self.session_token else {})


class Accounts:
    """The accounts of one embedded AWS. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_key: dict[str, Credentials] = {}
        self._administrators: dict[str, Credentials] = {}
        self._derived: dict[tuple[str, ...], Credentials] = {}
        self._taken_on: dict[tuple[str, str], Credentials] = {}

    def add(self, account: str) -> Credentials:
        """The administrator of `account`, created when it is new. Keys are random, so none is valid elsewhere.

        Raises ValueError when the id has not 12 digits.
        """
        if not ACCOUNT_ID.match(account):
            raise ValueError(f"{account!r} is no account id: expected 12 digits")
        with self._lock:
            if account not in self._administrators:
                arn = f"arn:aws:iam::{account}:user/administrator"
                found = Credentials(f"AKIA{_token(16)}", secrets.token_hex(20), None, account, arn)
                self._administrators[account] = self._by_key[found.access_key] = found
            return self._administrators[account]

    def ids(self) -> list[str]:
        """The account ids, in order."""
        with self._lock:
            return sorted(self._administrators)

    def session(
        self,
        role_arn: str,
        session_name: str,
        policies: tuple[str, ...] = (),
        expires: datetime.datetime | None = None,
        provider: str | None = None,
    ) -> Credentials:
        """New temporary credentials of `role_arn`, narrowed by session policies.

        Raises ApiError when the ARN or its account is unknown.
        """
        found = ROLE_ARN.match(role_arn)
        if not found or found["account"] not in self._administrators:
            raise ApiError("AccessDenied", f"not authorized to perform: sts:AssumeRole on resource: {role_arn}", 403)
        account = found["account"]
        arn = f"arn:{found['partition']}:sts::{account}:assumed-role/{found['name']}/{session_name}"
        key, secret, token = f"ASIA{_token(16)}", secrets.token_hex(20), secrets.token_urlsafe(64)
        made = Credentials(key, secret, token, account, arn, role_arn, policies, expires=expires, provider=provider)
        with self._lock:
            self._by_key[made.access_key] = made
        return made

    def role_session(self, role: str, name: str = "rehearsal") -> Credentials:
        """The credentials of a role (an ARN) that an AWS service took on; one session a role and session name.

        Raises ApiError when the ARN or its account is unknown.
        """
        found = self._taken_on.get((role, name))
        return found or self._taken_on.setdefault((role, name), self.session(role, name))

    def forward(self, access_key: str, service: str) -> Credentials:
        """Credentials with which `service` acts on behalf of whoever has `access_key` (forward access sessions).

        https://docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html
        """
        return self._derive((access_key, service), replace(self.identify(access_key), via=service))

    def service(self, account: str, service: str, source: str | None = None) -> Credentials:
        """Credentials of an AWS service (`events.amazonaws.com`) that works for the resource `source` of `account`.

        `AWS` instead of a service is what AWS does on its own inside, which no policy decides about.
        """
        made = Credentials("", "", None, account, service, service=service, source=source)
        return self._derive((account, service, source or ""), made)

    def _derive(self, key: tuple[str, ...], like: Credentials) -> Credentials:
        with self._lock:
            if key not in self._derived:
                made = replace(like, access_key=f"ASIA{_token(16)}", secret_key=secrets.token_hex(20))
                self._derived[key] = self._by_key[made.access_key] = made
            return self._derived[key]

    def identify(self, access_key: str) -> Credentials:
        """Whose key it is. Raises ApiError InvalidClientTokenId for a key nobody was given."""
        with self._lock:
            found = self._by_key.get(access_key)
        if found is None:
            raise refused("unknown key", "sts", _INVALID)
        return found

    def authenticate(self, access_key: str, token: str | None, service: str, now: datetime.datetime) -> Credentials:
        """Whose key and session token these are. Raises ApiError in the words of `service` when they are nobody's."""
        with self._lock:
            found = self._by_key.get(access_key)
        if found is None:
            raise refused("unknown key", service, _INVALID)
        if not hmac.compare_digest((found.session_token or "").encode(), (token or "").encode()):
            raise refused("token", service, _INVALID)
        if found.expires is not None and now > found.expires:
            raise refused("expired token", service, "The security token included in the request is expired")
        return found


def role_arn(account: str, name: str, region: str = "us-east-1") -> str:
    """The ARN of a role without a path."""
    return f"arn:{partition_of(region)}:iam::{account}:role/{name}"


def role_id(role: str) -> str:
    """A stable unique id (AROA...) for a role ARN."""
    return _unique_id("AROA", role)


def _unique_id(prefix: str, arn: str) -> str:
    return prefix + hashlib.sha256(arn.encode()).hexdigest()[:17].upper()


def _token(length: int) -> str:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    return "".join(secrets.choice(alphabet) for _ in range(length))
