"""The caller's door to AWS: who they are, clients in their own account and in others, refusals said plainly."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from model_cicd.aws import sessions
from model_cicd.text.errors import ModelCicdError

_SESSION_NAME = "model-cicd"
_DENIED = frozenset(
    {"403", "AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "NotAuthorized", "UnauthorizedException",
     "AuthorizationError", "AuthorizationErrorException"}
)  # fmt: skip
_NO_IDENTITY = frozenset(
    {"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException"}
)


class DeniedError(ModelCicdError):
    """The caller lacks a permission, `action`: the message says who, which and on what. `short` leaves out who."""

    def __init__(self, who: str, action: str, resource: str, said: str = "", hint: str = "") -> None:
        self.short = f"no permission: {action} on {resource}"
        self.action = action
        parts = [f"{who} may not {action} on {resource}"]
        parts += [f"AWS says: {said}"] if said else []
        parts += [hint] if hint else []
        super().__init__("\n  ".join(parts))


def reason_of(error: ModelCicdError) -> str:
    """Why something is not known, in a few words where a permission is missing."""
    return error.short if isinstance(error, DeniedError) else str(error)


class Access:
    """AWS as the caller may see it: with their own credentials, or with a role that they ask for.

    Creating one asks AWS who the caller is. Raises ModelCicdError when there are no valid credentials.
    """

    def __init__(self, *, region: str | None = None, role_arn: str | None = None) -> None:
        self._sessions: dict[str, Any] = {}
        self._lock = threading.RLock()  # making clients of one session is not thread-safe
        self._own = _session(region)
        if role_arn:
            self.who = "the caller"
            self._own = self._assumed(role_arn, self._own.region_name)
        with self.asking("sts:GetCallerIdentity", "themselves"):
            found = self._own.client("sts", region_name=self._own.region_name or "us-east-1").get_caller_identity()
        self.account: str = found["Account"]
        self.who = str(found["Arn"])

    who = "the caller"

    @property
    def region(self) -> str | None:
        """The region of the caller's settings."""
        region: str | None = self._own.region_name
        return region

    def client(self, service: str, *, account: str, region: str, role_arn: str | None = None) -> Any:
        """A client in `account`: the caller's own credentials where they are of that account, else `role_arn` assumed.

        Raises DeniedError when the account is another one and no role leads there, or the caller may not assume it.
        """
        if account == self.account:
            with self._lock:
                return self._own.client(service, region_name=region, config=_config())
        if not role_arn:
            raise DeniedError(
                self.who, "act", f"account {account}", hint=f"use credentials of account {account}, or --role-arn"
            )
        return self.as_role(service, role_arn=role_arn, region=region)

    def as_role(self, service: str, *, role_arn: str, region: str) -> Any:
        """A client that acts as `role_arn`. Raises DeniedError when the caller may not assume it."""
        with self._lock:
            if role_arn not in self._sessions:
                self._sessions[role_arn] = self._assumed(role_arn, region)
            return self._sessions[role_arn].client(service, region_name=region, config=_config())

    def _assumed(self, role_arn: str, region: str | None) -> Any:
        made = sessions.assumed(self._own, role_arn, region=region or "us-east-1", name=_SESSION_NAME)
        with self.asking("sts:AssumeRole", role_arn):
            made.get_credentials().get_frozen_credentials()
        return made

    @contextmanager
    def asking(self, action: str, resource: str, hint: str = "") -> Iterator[None]:
        """Turn what AWS refuses inside into one message: DeniedError for a permission, else ModelCicdError."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield
        except ClientError as error:
            said = error.response.get("Error", {})
            code, message = str(said.get("Code", "")), str(said.get("Message", ""))
            if code in _DENIED:
                raise DeniedError(self.who, action, resource, message, hint) from None
            if code in _NO_IDENTITY:
                raise ModelCicdError(f"the AWS credentials are not valid (any more): {code}: {message}") from None
            raise ModelCicdError(f"{action} on {resource} was refused: {code}: {message}") from None
        except BotoCoreError as error:
            raise ModelCicdError(f"{action} on {resource}: {error}") from None


def error_code(error: Any) -> str:
    """The code of a ClientError."""
    return str(error.response.get("Error", {}).get("Code", ""))


def _session(region: str | None) -> Any:
    import boto3
    from botocore.exceptions import BotoCoreError

    try:
        session = boto3.Session(region_name=region)
        if session.get_credentials() is None:
            raise ModelCicdError("no AWS credentials were found: set AWS_PROFILE, or log in")
    except BotoCoreError as error:
        raise ModelCicdError(str(error)) from None
    return session


def _config() -> Any:
    from botocore.config import Config

    return Config(retries={"mode": "adaptive", "max_attempts": 8})
