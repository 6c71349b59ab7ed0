"""The issuer of identity tokens: its keys, what it publishes of them, and the tokens it signs.

https://docs.github.com/en/actions/reference/security/oidc
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from typing import Any

from joserfc import jwk, jwt

SECONDS = 300  # that a token is good for
_KEY_BITS = 2048
CLAIMS = ("actor", "actor_id", "base_ref", "check_run_id", "environment", "event_name", "head_ref", "job_workflow_ref",
          "job_workflow_sha", "ref", "ref_protected", "ref_type", "repository", "repository_id", "repository_owner",
          "repository_owner_id", "repository_visibility", "run_attempt", "run_id", "run_number", "runner_environment",
          "sha", "workflow", "workflow_ref", "workflow_sha")  # fmt: skip
_STANDARD = ("aud", "exp", "iat", "iss", "jti", "nbf", "sub")


class Issuer:
    """One issuer, `url`; its key is made when it is first needed and never leaves this process."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._made: jwk.RSAKey | None = None

    @property
    def _key(self) -> jwk.RSAKey:
        if self._made is None:
            named: jwk.KeyParameters = {"kid": uuid.uuid4().hex, "use": "sig", "alg": "RS256"}
            self._made = jwk.RSAKey.generate_key(_KEY_BITS, named, private=True)
        return self._made

    def discovery(self) -> dict[str, Any]:
        """What is at /.well-known/openid-configuration."""
        return {
            "issuer": self.url,
            "jwks_uri": f"{self.url}/.well-known/jwks",
            "subject_types_supported": ["public", "pairwise"],
            "response_types_supported": ["id_token"],
            "claims_supported": sorted((*_STANDARD, *CLAIMS)),
            "id_token_signing_alg_values_supported": ["RS256"],
            "scopes_supported": ["openid"],
        }

    def jwks(self) -> dict[str, Any]:
        """Its public keys."""
        return {"keys": [dict(self._key.as_dict(private=False))]}

    def sign(self, claims: Mapping[str, str], audience: str) -> str:
        """A token of now. Raises ValueError for claims that are not a job's to say."""
        unknown = sorted(set(claims) - {*CLAIMS, "sub"})
        if unknown or not claims.get("sub"):
            raise ValueError(f"claims: got {', '.join(unknown) or 'no sub'}, expected sub and {', '.join(CLAIMS)}")
        now = int(time.time())
        own = {"iss": self.url, "aud": audience, "jti": str(uuid.uuid4()), "iat": now, "nbf": now - SECONDS}
        header = {"alg": "RS256", "typ": "JWT", "kid": str(self._key.kid)}
        return jwt.encode(header, {**claims, **own, "exp": now + SECONDS}, self._key)
